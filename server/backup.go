package server

import (
	"archive/tar"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // registers the database/sql driver that copies the files

	"vauban/seal"
	"vauban/service/iam"
	"vauban/store/sqlite"
)

// ErrPostgres says that the state is in PostgreSQL, whose own tools copy it consistently.
var ErrPostgres = errors.New("the state is in PostgreSQL: back it up with pg_dump, together with the root key file kept apart")

// Manifest is the first member of a backup.
type Manifest struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"`
	Account string    `json:"account"`
	Files   []string  `json:"files"`
	Without string    `json:"without"` // what a restore needs besides
	Objects int       `json:"-"`       // whose bytes are in the archive
}

const backupFormat = 2

// Backup writes all state of the data directory to w as a compressed tar archive, with the bytes of objects where they are in a directory. It
// may run while a server does: each database is copied at one moment. The root key, the certificate authority's key and the administrator's credentials stay out: whoever holds
// the archive alone reads no secret.
func Backup(ctx context.Context, cfg Config, w io.Writer) (*Manifest, error) {
	if cfg.Database != "" {
		return nil, ErrPostgres
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	files, err := databases(cfg.Data)
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, filepath.Join(cfg.Data, stateFile), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	account, err := iam.Home(ctx, db)
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, fmt.Errorf("%s holds no account: %w", cfg.Data, err)
	}
	without := "the root key: a restore needs it"
	if cfg.blobDirectory() == "" {
		without += "; and the bytes of objects, which are in " + cfg.Blobs
	}
	objects, err := newSnapshot(&cfg)
	if err != nil {
		return nil, err
	}
	defer objects.remove()
	if err := objects.take(ctx); err != nil {
		return nil, err
	}
	m := &Manifest{Format: backupFormat, Created: cfg.Clock().UTC(), Account: account, Files: files, Without: without}
	z, err := zstd.NewWriter(w)
	if err != nil {
		return nil, err
	}
	t := tar.NewWriter(z)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := addBytes(t, "manifest.json", text, m.Created); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp(cfg.Data, ".backup-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	for _, name := range files {
		if err := addDatabase(ctx, t, cfg.Data, scratch, name, m.Created); err != nil {
			return nil, fmt.Errorf("copy %s: %w", name, err)
		}
	}
	if err := objects.take(ctx); err != nil {
		return nil, err
	}
	if m.Objects, err = objects.add(ctx, t, m.Created); err != nil {
		return nil, err
	}
	return m, errors.Join(t.Close(), z.Close())
}

// databases lists the SQLite files below the data directory. The state comes last: records that are moved to the archive while the
// copy runs are then in both, never in neither.
func databases(data string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(data, path)
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".db" && rel != stateFile && !strings.HasPrefix(rel, ".") {
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the data directory: %w", err)
	}
	if _, err := os.Stat(filepath.Join(data, stateFile)); err != nil {
		return nil, fmt.Errorf("%s holds no state: %w", data, err)
	}
	return append(out, stateFile), nil
}

func addBytes(t *tar.Writer, name string, b []byte, at time.Time) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b)), ModTime: at, Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := t.Write(b)
	return err
}

// addDatabase adds a copy of the database as of one moment.
func addDatabase(ctx context.Context, t *tar.Writer, data, scratch, name string, at time.Time) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, name)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	copied := filepath.Join(scratch, "copy.db")
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", copied); err != nil {
		return err
	}
	defer os.Remove(copied)
	return addFile(t, filepath.ToSlash(name), copied, at)
}

func addFile(t *tar.Writer, name, path string, at time.Time) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: at, Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// Restore makes the data directory, which must not exist or be empty, from a backup. It refuses unless the root key that cfg names opens
// what the backup holds; nothing is left behind then.
func Restore(ctx context.Context, cfg Config, r io.Reader) (*Manifest, error) {
	if cfg.Database != "" {
		return nil, ErrPostgres
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, stateFile)); err == nil {
		return nil, fmt.Errorf("%s holds state already: restore into an empty directory", cfg.Data)
	}
	scratch, err := os.MkdirTemp(cfg.Data, ".restore-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	m, err := unpack(scratch, r)
	if err != nil {
		return nil, fmt.Errorf("read the backup: %w", err)
	}
	if err := opens(ctx, &cfg, filepath.Join(scratch, stateFile)); err != nil {
		return nil, err
	}
	if m.Objects > 0 {
		if err := placeBlobs(&cfg, scratch); err != nil {
			return nil, err
		}
	}
	for _, name := range m.Files {
		to := filepath.Join(cfg.Data, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return nil, err
		}
		if err := os.Rename(filepath.Join(scratch, filepath.FromSlash(name)), to); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// opens checks that the root key opens the restored state.
func opens(ctx context.Context, cfg *Config, path string) error {
	db, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	ring, err := seal.Open(ctx, cfg.source(), seal.Keep(db), seal.Options{Clock: cfg.Clock, Rand: cfg.Rand})
	if err != nil {
		return fmt.Errorf("the root key does not open this backup: %w", err)
	}
	ring.Close()
	return nil
}

// unpack writes the archive's members below dir. The manifest comes first and names all others; anything else is refused.
func unpack(dir string, r io.Reader) (*Manifest, error) {
	z, err := zstd.NewReader(r)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	t := tar.NewReader(z)
	var m Manifest
	h, err := t.Next()
	if err != nil || h.Name != "manifest.json" {
		return nil, fmt.Errorf("this is not a backup of Vauban: %w", err)
	}
	if err := json.NewDecoder(io.LimitReader(t, 1<<20)).Decode(&m); err != nil {
		return nil, err
	}
	if m.Format != backupFormat && m.Format != 1 {
		return nil, fmt.Errorf("format %d is not known to this version", m.Format)
	}
	for _, name := range m.Files {
		h, err := t.Next()
		if err != nil {
			return nil, fmt.Errorf("%s is missing: %w", name, err)
		}
		if h.Name != filepath.ToSlash(name) || !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("member %q is not what the manifest names", h.Name)
		}
		if err := unpackFile(filepath.Join(dir, filepath.FromSlash(name)), t); err != nil {
			return nil, err
		}
	}
	if m.Format > 1 { // the first one had no objects
		if m.Objects, err = unpackBlobs(dir, t); err != nil {
			return nil, err
		}
	}
	return &m, nil
}

func unpackFile(path string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}
