package seal

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File keeps the root key in a file of mode 0600, made at first start. Replicas share a copy of the file.
type File struct {
	Path string
}

// fileHeader starts the one line of a root key file; base64 of the key follows.
const fileHeader = "vauban-root-key-1 "

// maxFile bounds what is read as a key file.
const maxFile = 4096

// Create returns the key of the file, after making it if there is none. Processes that start at the same time agree on one key.
func (s File) Create(ctx context.Context, random io.Reader) (*RootKey, []byte, error) {
	k, err := s.Open(ctx, nil)
	if !errors.Is(err, ErrNoRootKey) {
		return k, nil, err
	}
	k, err = GenerateRootKey(random)
	if err != nil {
		return nil, nil, err
	}
	made, err := s.write(k)
	if err != nil {
		k.Wipe()
		return nil, nil, fmt.Errorf("make %s: %w", s.Path, err)
	}
	if !made {
		k.Wipe()
		k, err = s.Open(ctx, nil)
	}
	return k, nil, err
}

// Open reads the key.
func (s File) Open(_ context.Context, _ []byte) (*RootKey, error) {
	b, err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no file %s; put back the copy that was kept apart from the backups", ErrNoRootKey, s.Path)
	}
	if err != nil {
		return nil, err
	}
	defer clear(b)
	rest, ok := bytes.CutPrefix(b, []byte(fileHeader))
	if !ok {
		return nil, fmt.Errorf("%w: %s does not start with %q; it is not a root key file, or of a newer version", ErrRootKeyFile, s.Path, fileHeader)
	}
	k, err := parseKey(rest)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRootKeyFile, s.Path, err)
	}
	return k, nil
}

// read returns the content of a file that only its owner can read.
func (s File) read() ([]byte, error) {
	f, err := os.Open(s.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat() // of the file that was opened: it cannot be changed for another in between
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrRootKeyFile, s.Path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o, so that others than its owner can read it; run: chmod 600 %s", ErrRootKeyFile, s.Path, mode, s.Path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		clear(b)
		err = fmt.Errorf("%w: %s is too large", ErrRootKeyFile, s.Path)
	}
	return b, err
}

// write makes the file whole and durable, or reports that another process was first. A link, unlike a rename, never replaces.
func (s File) write(k *RootKey) (made bool, err error) {
	line := base64.RawURLEncoding.AppendEncode([]byte(fileHeader), k.key[:])
	line = append(line, '\n')
	defer clear(line)
	dir := filepath.Dir(s.Path)
	f, err := os.CreateTemp(dir, ".root-key-*") // mode 0600
	if err != nil {
		return false, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(line)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return false, err
	}
	if err := os.Link(f.Name(), s.Path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return false, nil
		}
		return false, err
	}
	return true, syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
