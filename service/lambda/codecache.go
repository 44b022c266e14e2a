package lambda

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"vauban/service/lambda/archive"
)

// codeCache is where this replica keeps packages unpacked: directories that only the server's user can reach, read-only for the code. What no instance
// uses goes when there is too much.
type codeCache struct {
	base string // "" means the system's temporary directory

	mu   sync.Mutex
	dir  string // made when it is first needed
	uses map[string]*unpacked
	tick int64
}

type unpacked struct {
	dir   string
	users int
	last  int64 // when it was let go
	ready chan struct{}
	err   error
}

// maxUnpacked is how many unpacked packages are kept that no instance uses.
const maxUnpacked = 32

func newCodeCache(base string) *codeCache {
	return &codeCache{base: base, uses: map[string]*unpacked{}}
}

// root makes the directory of the cache, with a name of its own: what an earlier server left is nobody's.
func (k *codeCache) root() (string, error) {
	if k.dir != "" {
		return k.dir, nil
	}
	dir, err := os.MkdirTemp(k.base, "vauban-functions-") // mode 0700
	if err != nil {
		return "", fmt.Errorf("make the directory of unpacked functions: %w", err)
	}
	k.dir = dir
	return dir, nil
}

// use returns the directory of a package, which stays until release is called as often as use.
func (k *codeCache) use(ctx context.Context, s *Service, id string) (dir string, release func(), err error) {
	k.mu.Lock()
	u := k.uses[id]
	mine := u == nil
	if mine {
		root, err := k.root()
		if err != nil {
			k.mu.Unlock()
			return "", nil, err
		}
		u = &unpacked{dir: filepath.Join(root, id), ready: make(chan struct{})}
		k.uses[id] = u
	}
	u.users++
	k.mu.Unlock()
	release = sync.OnceFunc(func() { k.release(id, u) })
	if mine {
		u.err = unpack(context.WithoutCancel(ctx), s, id, u.dir) // others wait for it
		close(u.ready)
	}
	select {
	case <-u.ready:
	case <-ctx.Done():
		release()
		return "", nil, ctx.Err()
	}
	if u.err != nil {
		release()
		return "", nil, u.err
	}
	return u.dir, release, nil
}

func unpack(ctx context.Context, s *Service, id, dir string) error {
	o, err := s.open(ctx, id)
	if err != nil {
		return err
	}
	defer o.Close()
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := archive.Unpack(o, o.Size(), dir); err != nil {
		return errors.Join(fmt.Errorf("unpack %s: %w", id, err), remove(dir))
	}
	return nil
}

func (k *codeCache) release(id string, u *unpacked) {
	k.mu.Lock()
	defer k.mu.Unlock()
	u.users--
	k.tick++
	u.last = k.tick
	if u.users == 0 && u.err != nil && k.uses[id] == u {
		delete(k.uses, id)
		return
	}
	idle, oldest := 0, ""
	for id, u := range k.uses {
		if u.users > 0 {
			continue
		}
		idle++
		if oldest == "" || u.last < k.uses[oldest].last {
			oldest = id
		}
	}
	if idle > maxUnpacked {
		_ = remove(k.uses[oldest].dir) // what is left of it goes with the whole directory
		delete(k.uses, oldest)
	}
}

// close removes everything.
func (k *codeCache) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dir == "" {
		return nil
	}
	dir := k.dir
	k.dir, k.uses = "", map[string]*unpacked{}
	return remove(dir)
}

// remove deletes a tree, also one whose directories are not writable.
func remove(dir string) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(path, 0o700)
		}
		return err
	})
	return errors.Join(err, os.RemoveAll(dir))
}
