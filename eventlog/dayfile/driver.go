package dayfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"vauban/eventlog/archive"
)

// Driver implements archive.Driver.
type Driver struct {
	dir string

	mu     sync.Mutex
	files  map[archive.Part]*file
	closed bool
}

var _ archive.Driver = (*Driver)(nil)

var errClosed = errors.New("dayfile: closed")

// Open opens the directory, making it with mode 0700 if needed. Files are opened when they are first used.
func Open(dir string) (*Driver, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open event archive: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open event archive: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open event archive: %w", err)
	}
	d := &Driver{dir: dir, files: map[archive.Part]*file{}}
	for _, e := range entries {
		if p, ok := parseName(e.Name()); ok && e.Type().IsRegular() {
			d.files[p] = newFile(filepath.Join(dir, e.Name()), p)
		}
	}
	return d, nil
}

// prefixes of file names, by kind.
func prefix(k archive.Kind) string {
	if k == archive.Data {
		return "data-"
	}
	return "events-"
}

const suffix = ".db"

func nameOf(p archive.Part) string { return prefix(p.Kind) + p.Day.String() + suffix }

func parseName(name string) (archive.Part, bool) {
	for _, k := range []archive.Kind{archive.Management, archive.Data} {
		rest, ok := strings.CutPrefix(name, prefix(k))
		if !ok {
			continue
		}
		if rest, ok = strings.CutSuffix(rest, suffix); !ok {
			continue
		}
		day, err := archive.ParseDay(rest)
		return archive.Part{Kind: k, Day: day}, err == nil
	}
	return archive.Part{}, false
}

// file returns the file of the partition, or nil when there is none and make is false.
func (d *Driver) file(p archive.Part, make bool) (*file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errClosed
	}
	f := d.files[p]
	if f == nil && make {
		f = newFile(filepath.Join(d.dir, nameOf(p)), p)
		d.files[p] = f
	}
	return f, nil
}

// Parts implements archive.Driver.
func (d *Driver) Parts(ctx context.Context) ([]archive.Info, error) {
	d.mu.Lock()
	files := make([]*file, 0, len(d.files))
	for _, f := range d.files {
		files = append(files, f)
	}
	closed := d.closed
	d.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	out := make([]archive.Info, 0, len(files))
	for _, f := range files {
		info, err := f.describe(ctx)
		if errors.Is(err, archive.ErrNoPart) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, info)
	}
	return out, nil
}

// Write implements archive.Driver.
func (d *Driver) Write(ctx context.Context, p archive.Part, fn func(archive.Writer) error) error {
	for {
		f, err := d.file(p, true)
		if err != nil {
			return err
		}
		err = f.write(ctx, fn)
		if !errors.Is(err, errGone) {
			return err
		}
	}
}

// Read implements archive.Driver.
func (d *Driver) Read(ctx context.Context, p archive.Part, fn func(archive.Reader) error) error {
	f, err := d.file(p, false)
	if err != nil {
		return err
	}
	if f == nil {
		return archive.ErrNoPart
	}
	return f.read(ctx, fn)
}

// Drop implements archive.Driver.
func (d *Driver) Drop(_ context.Context, p archive.Part) error {
	d.mu.Lock()
	defer d.mu.Unlock() // to the end: a new file of this name must not meet the old one
	f := d.files[p]
	delete(d.files, p)
	if f == nil {
		return nil
	}
	if err := f.remove(); err != nil {
		return err
	}
	return syncDir(d.dir)
}

// Close implements archive.Driver.
func (d *Driver) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	var errs []error
	for _, f := range d.files {
		errs = append(errs, f.close())
	}
	d.files = nil
	return errors.Join(errs...)
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// create makes the file with mode 0600 before SQLite does, whose modes follow the umask; its log and index inherit the mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // never opened here: closing it would release the locks that SQLite holds in this process (POSIX)
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
