package fs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"vauban/blob"
)

// Options of a store. The zero value works.
type Options struct {
	Rand io.Reader // nil means crypto/rand; must be safe for concurrent use
}

// Store implements blob.Store.
type Store struct {
	root string
	rand io.Reader
	// create makes a file for writing; tests replace it to have writing fail.
	create func(path string) (file, error)
}

var _ blob.Store = (*Store)(nil)

// file is what Put needs of the file that it writes.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

const (
	objectsDir = "objects"
	tmpDir     = "tmp"
)

// Open opens the store in the directory, making it if needed, and sweeps what crashed puts have left.
func Open(dir string, opt Options) (*Store, error) {
	s := &Store{root: dir, rand: opt.Rand, create: createFile}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	for _, d := range []string{"", objectsDir, tmpDir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("open blob directory: %w", err)
		}
	}
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := syncDir(d); err != nil {
			return nil, fmt.Errorf("open blob directory: %w", err)
		}
	}
	if err := s.sweep(); err != nil {
		return nil, fmt.Errorf("sweep blob directory: %w", err)
	}
	return s, nil
}

// place is where an object is: relative directory of two levels, and the path of its file.
func (s *Store) place(id string) (dir, path string) {
	sum := sha256.Sum256([]byte(id))
	h := hex.EncodeToString(sum[:2])
	dir = filepath.Join(s.root, objectsDir, h[:2], h[2:])
	return dir, filepath.Join(dir, id)
}

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, id string, key *blob.DataKey, r io.Reader) (int64, error) {
	if err := blob.CheckID(id); err != nil {
		return 0, err
	}
	tmp, f, err := s.newTemp()
	if err != nil {
		return 0, full(fmt.Errorf("put object: %w", err))
	}
	size, err := blob.Encrypt(ctx, f, s.rand, key, id, r)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = s.publish(tmp, id)
	}
	// The lock goes with Close: only now may a sweep look at the file. It has moved, or must go.
	err = errors.Join(err, f.Close())
	if err != nil {
		os.Remove(tmp)
		return 0, full(fmt.Errorf("put object: %w", err))
	}
	return size, nil
}

// publish moves the file to its place and makes that durable.
func (s *Store) publish(tmp, id string) error {
	dir, path := s.place(id)
	err := os.Rename(tmp, path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeShard(dir); err != nil {
			return err
		}
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return err
	}
	return syncDir(dir)
}

// makeShard makes a two-level directory durable.
func makeShard(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := syncDir(parent); err != nil {
		return err
	}
	return syncDir(filepath.Dir(parent))
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, id string, key *blob.DataKey) (blob.Object, error) {
	if err := blob.CheckID(id); err != nil {
		return nil, err
	}
	_, path := s.place(id)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, blob.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open object: %w", err)
	}
	o, err := blob.Open(f, info.Size(), key, id)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open object %s: %w", id, err)
	}
	return o, nil
}

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, id string) error {
	if err := blob.CheckID(id); err != nil {
		return err
	}
	dir, path := s.place(id)
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("delete object: %w", err)
	}
	return nil
}

// List implements blob.Store.
func (s *Store) List(ctx context.Context, fn func(blob.Info) error) error {
	var stop error
	err := filepath.WalkDir(filepath.Join(s.root, objectsDir), func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && (blob.CheckID(d.Name()) != nil || !info.Mode().IsRegular()) {
			return nil
		}
		if err != nil {
			return err
		}
		stop = fn(blob.Info{ID: d.Name(), Stored: info.Size(), Time: info.ModTime()})
		return stop
	})
	if stop != nil || err == nil {
		return stop
	}
	return fmt.Errorf("list objects: %w", err)
}

// Close implements blob.Store.
func (s *Store) Close() error { return nil }

// newTemp makes and locks a file in tmp.
func (s *Store) newTemp() (string, file, error) {
	var name [16]byte
	for {
		if _, err := io.ReadFull(s.rand, name[:]); err != nil {
			return "", nil, err
		}
		path := filepath.Join(s.root, tmpDir, hex.EncodeToString(name[:]))
		f, err := s.create(path)
		if err == nil || !errors.Is(err, errSwept) && !errors.Is(err, fs.ErrExist) {
			return path, f, err
		}
	}
}

// sweep removes the files in tmp that no process is writing.
func (s *Store) sweep() error {
	dir := filepath.Join(s.root, tmpDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || e.IsDir() {
			continue
		}
		if err := removeUnlocked(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// full turns the kernel's ways to say that there is no room into blob.ErrFull.
func full(err error) error {
	for _, e := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, e) {
			return fmt.Errorf("%w: %w", blob.ErrFull, err)
		}
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
