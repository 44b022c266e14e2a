package archive

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode/utf8"
)

// Bounds of a package. Developer guide: "Lambda quotas".
const (
	MaxZipped   = 50 << 20
	MaxUnzipped = 250 << 20
	maxFiles    = 50_000
	maxPath     = 1024
	maxLink     = 1024
	maxDepth    = 64
)

// Errors of packages that are refused.
var (
	ErrInvalid = errors.New("archive: not a ZIP archive that can be unpacked")
	ErrLarge   = errors.New("archive: too large when unpacked")
)

// Check reads the directory of an archive and refuses what would not be unpacked. It returns the size that the archive claims to have when unpacked.
func Check(r io.ReaderAt, size int64) (unzipped int64, err error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if len(z.File) == 0 {
		return 0, fmt.Errorf("%w: it is empty", ErrInvalid)
	}
	if len(z.File) > maxFiles {
		return 0, fmt.Errorf("%w: it has more than %d files", ErrLarge, maxFiles)
	}
	seen := map[string]bool{}
	for _, f := range z.File {
		if err := checkFile(f); err != nil {
			return 0, err
		}
		name := path.Clean(f.Name)
		if seen[name] && !f.FileInfo().IsDir() {
			return 0, fmt.Errorf("%w: %q is there twice", ErrInvalid, f.Name)
		}
		seen[name] = true
		if f.UncompressedSize64 > MaxUnzipped {
			return 0, ErrLarge
		}
		if unzipped += int64(f.UncompressedSize64); unzipped > MaxUnzipped {
			return 0, ErrLarge
		}
	}
	return unzipped, nil
}

func checkFile(f *zip.File) error {
	name := strings.TrimSuffix(f.Name, "/")
	if name == "" || len(name) > maxPath || !utf8.ValidString(name) || strings.ContainsAny(name, "\x00\\") || !fs.ValidPath(name) || strings.Count(name, "/") > maxDepth {
		return fmt.Errorf("%w: the name %.200q", ErrInvalid, f.Name)
	}
	if f.Flags&1 != 0 {
		return fmt.Errorf("%w: %q is encrypted", ErrInvalid, f.Name)
	}
	switch kind := f.Mode() & fs.ModeType; kind {
	case 0, fs.ModeDir:
	case fs.ModeSymlink:
		if f.UncompressedSize64 > maxLink {
			return fmt.Errorf("%w: the link %q is too long", ErrInvalid, f.Name)
		}
	default:
		return fmt.Errorf("%w: %q is neither a file nor a directory nor a link", ErrInvalid, f.Name)
	}
	return nil
}

// Unpack writes the files of an archive below the directory, which must exist: files that all may read and none may write, links that stay inside. It
// counts what it writes, whatever the archive claims.
func Unpack(r io.ReaderAt, size int64, dir string) error {
	if _, err := Check(r, size); err != nil {
		return err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := unpacking{root: root, left: MaxUnzipped}
	for _, f := range z.File {
		if f.Mode()&fs.ModeSymlink == 0 {
			err = u.file(f)
		}
		if err != nil {
			return err
		}
	}
	for _, f := range z.File { // after the files: nothing is written through a link
		if f.Mode()&fs.ModeSymlink != 0 {
			if err := u.link(f); err != nil {
				return err
			}
		}
	}
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = root.Chmod(name, 0o755) // whatever the process masks
		}
		return err
	})
}

type unpacking struct {
	root *os.Root
	left int64
}

func (u *unpacking) file(f *zip.File) error {
	name := path.Clean(f.Name)
	if f.FileInfo().IsDir() {
		return u.wrong(u.root.MkdirAll(name, 0o755))
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return u.wrong(err)
	}
	mode := fs.FileMode(0o444)
	if f.Mode()&0o111 != 0 {
		mode = 0o555
	}
	to, err := u.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return u.wrong(err)
	}
	from, err := f.Open()
	if err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrInvalid, err), to.Close())
	}
	defer from.Close()
	n, err := io.Copy(to, io.LimitReader(from, u.left+1))
	if u.left -= n; err == nil && u.left < 0 {
		err = ErrLarge
	}
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err == nil {
		err = to.Chmod(mode) // whatever the process masks
	}
	return errors.Join(err, to.Close())
}

// wrong tells an archive whose files stand in each other's way from a disk that fails.
func (u *unpacking) wrong(err error) error {
	if errors.Is(err, fs.ErrExist) || errors.Is(err, errNotDirectory) {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return err
}

func (u *unpacking) link(f *zip.File) error {
	name := path.Clean(f.Name)
	from, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	defer from.Close()
	b, err := io.ReadAll(io.LimitReader(from, maxLink+1))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	to := string(b)
	if !inside(name, to) {
		return fmt.Errorf("%w: the link %q leads out of the package", ErrInvalid, f.Name)
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return u.wrong(err)
	}
	return u.wrong(u.root.Symlink(to, name))
}

// inside reports whether a link stays in the package by what it says. What it leads to may be a link, too: that is resolved where the code runs, in a
// file system of its own.
func inside(name, to string) bool {
	if to == "" || len(to) > maxLink || path.IsAbs(to) || strings.ContainsRune(to, 0) || !utf8.ValidString(to) {
		return false
	}
	at := path.Join(path.Dir(name), to)
	return at != ".." && !strings.HasPrefix(at, "../")
}
