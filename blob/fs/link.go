package fs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Link makes hard links of all objects of the store in dir below another directory of the same file system, in the same layout. Those that are
// there already stay. Objects never change, so that the links are a copy as of now: for backups.
func Link(ctx context.Context, dir, to string) error {
	from := filepath.Join(dir, objectsDir)
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path != from: // deleted meanwhile
			return nil
		case err != nil:
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		there := filepath.Join(to, objectsDir, rel)
		if d.IsDir() {
			if err := ctx.Err(); err != nil {
				return err
			}
			return os.MkdirAll(there, 0o700)
		}
		err = os.Link(path, there)
		if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}
