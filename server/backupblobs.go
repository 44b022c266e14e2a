package server

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"vauban/blob/fs"
)

// This file is the part of a backup that holds objects' bytes. They are sealed under keys that the state holds, sealed under the root key.

// blobFiles is where a backup has them. The member that ends them counts them.
const (
	blobFiles = "blobs/objects/"
	blobCount = "blobs/count.json"
)

// blobMember is what a backup's object is called: the layout of package blob/fs.
var blobMember = regexp.MustCompile(`^blobs/objects/[0-9a-f]{2}/[0-9a-f]{2}/[a-z0-9_-]{1,128}$`)

// directory returns the directory of objects' bytes, "" when they are in a bucket.
func (c *Config) blobDirectory() string {
	switch {
	case strings.HasPrefix(c.Blobs, "s3:"):
		return ""
	case c.Blobs != "":
		return c.Blobs
	}
	return filepath.Join(c.Data, blobsDir)
}

// snapshot is a copy of the objects, by links.
type snapshot struct {
	from, dir string // "" when there are none
}

// newSnapshot makes an empty one beside the objects.
func newSnapshot(cfg *Config) (*snapshot, error) {
	from := cfg.blobDirectory()
	if _, err := os.Stat(from); from == "" || errors.Is(err, iofs.ErrNotExist) {
		return &snapshot{}, nil
	}
	dir, err := os.MkdirTemp(from, ".backup-*")
	return &snapshot{from, dir}, err
}

// take adds the objects that are there now. What the state refers to at one moment is in a snapshot that was taken before and after it,
// unless it was made and deleted between the two.
func (s *snapshot) take(ctx context.Context) error {
	if s.dir == "" {
		return nil
	}
	return fs.Link(ctx, s.from, s.dir)
}

func (s *snapshot) remove() {
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// add writes all objects to the archive, and how many they are.
func (s *snapshot) add(ctx context.Context, t *tar.Writer, at time.Time) (n int, err error) {
	if s.dir != "" {
		err = filepath.WalkDir(s.dir, func(file string, d iofs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(s.dir, file)
			if err != nil {
				return err
			}
			n++
			return addFile(t, path.Join("blobs", filepath.ToSlash(rel)), file, at)
		})
		if err != nil {
			return n, fmt.Errorf("copy the objects: %w", err)
		}
	}
	text, err := json.Marshal(n)
	if err != nil {
		return n, err
	}
	return n, addBytes(t, blobCount, text, at)
}

// unpackBlobs writes the objects of an archive below dir and returns how many there are.
func unpackBlobs(dir string, t *tar.Reader) (n int, err error) {
	for {
		h, err := t.Next()
		if err != nil {
			return n, fmt.Errorf("the objects end early: %w", err)
		}
		if h.Name == blobCount {
			var want int
			if err := json.NewDecoder(io.LimitReader(t, 64)).Decode(&want); err != nil || want != n {
				return n, fmt.Errorf("%d objects where %d were backed up: %w", n, want, err)
			}
			return n, nil
		}
		if !blobMember.MatchString(h.Name) {
			return n, fmt.Errorf("member %q does not belong into a backup", h.Name)
		}
		if err := unpackFile(filepath.Join(dir, filepath.FromSlash(h.Name)), t); err != nil {
			return n, err
		}
		n++
	}
}

// placeBlobs moves unpacked objects to where the server has them.
func placeBlobs(cfg *Config, scratch string) error {
	to := cfg.blobDirectory()
	if to == "" {
		return errors.New("the backup holds objects: restore them into a directory, and move them to the bucket from there")
	}
	if _, err := os.Stat(filepath.Join(to, "objects")); err == nil {
		return fmt.Errorf("%s holds objects already", to)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return os.Rename(filepath.Join(scratch, filepath.FromSlash(blobFiles)), filepath.Join(to, "objects"))
}
