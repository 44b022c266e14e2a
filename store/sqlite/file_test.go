package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vauban/store"
)

func openTest(t *testing.T, path string, o Options) *DB {
	t.Helper()
	db, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

// docs writes raw documents of the given size.
func put(db *DB, size int, names ...string) error {
	return db.Write(context.Background(), func(tx store.Tx) error {
		for _, name := range names {
			d := store.Doc{Key: store.K(name), Body: []byte(strings.Repeat("x", size))}
			err := tx.Update("t", d, 0, store.Indexes{}, true)
			if errors.Is(err, store.ErrNotFound) {
				err = tx.Insert("t", d, store.Indexes{Unique: map[string]store.Key{"u": d.Key}, Refs: map[string][]store.Key{"r": {d.Key}}}, true)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func stored(t *testing.T, db *DB) (names []string) {
	t.Helper()
	err := db.Read(context.Background(), func(tx store.Tx) error {
		return tx.Scan("t", nil, nil, func(d store.Doc) bool {
			var name string
			if err := d.Key.Parts(&name); err != nil {
				t.Error(err)
			}
			names = append(names, name)
			return true
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestModes(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "a", "b", "state.db")
	db := openTest(t, path, Options{})
	if err := put(db, 10, "a"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"": 0o700 | fs.ModeDir, "state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600} {
		st, err := os.Stat(filepath.Join(filepath.Dir(path), name))
		if err != nil || st.Mode() != want {
			t.Errorf("%q: %v, %v, want %v", name, st.Mode(), err, want)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("after Close: %v, %v, want the database alone", left, err)
	}
	// A file that others could read is closed to them.
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	db = openTest(t, path, Options{})
	if st, err := os.Stat(path); err != nil || st.Mode() != 0o600 {
		t.Errorf("mode after opening again: %v, %v", st.Mode(), err)
	}
	if got := stored(t, db); len(got) != 1 {
		t.Errorf("stored %v", got)
	}
}

func TestStrangePaths(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b?c#d%20.db", "ü.db", "mode=memory&x.db"} {
		db := openTest(t, filepath.Join(dir, name), Options{})
		if err := put(db, 10, "a"); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	t.Chdir(dir)
	db := openTest(t, "relative.db", Options{})
	if err := put(db, 10, "a"); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(dir, "relative.db-wal")); err != nil || st.Size() == 0 {
		t.Errorf("log beside the file: %v, %v", st, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for name, open := range map[string]func() (*DB, error){
		"a text file":         func() (*DB, error) { return Open(context.Background(), text, Options{}) },
		"a directory":         func() (*DB, error) { return Open(context.Background(), dir, Options{}) },
		"below a file":        func() (*DB, error) { return Open(context.Background(), filepath.Join(text, "x"), Options{}) },
		"a cancelled context": func() (*DB, error) { return Open(gone, filepath.Join(dir, "new"), Options{}) },
	} {
		if db, err := open(); err == nil {
			t.Errorf("Open took %s", name)
			_ = db.Close()
		} else {
			t.Log(err)
		}
	}
	path := filepath.Join(dir, "newer")
	db := openTest(t, path, Options{})
	if err := db.writer.exec("UPDATE meta SET value = 999 WHERE name = 'migration'"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), path, Options{}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Open of a newer store: %v", err)
	}
}

// TestMemoryLeavesNothing: the files of a store in memory have no name once it is open.
func TestMemoryLeavesNothing(t *testing.T) {
	count := func() int {
		left, err := filepath.Glob(filepath.Join(memoryDir(), "vauban-*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(left)
	}
	before := count()
	db := openTest(t, "", Options{})
	if after := count(); after > before {
		t.Errorf("%d directories in the memory file system, %d before", after, before)
	}
	for range 3 {
		if err := put(db, 3<<20, "a", "b", "c", "d"); err != nil {
			t.Fatal(err)
		}
	}
	if got := stored(t, db); len(got) != 4 {
		t.Errorf("stored %v", got)
	}
}

func TestDurability(t *testing.T) {
	db := openTest(t, filepath.Join(t.TempDir(), "state.db"), Options{})
	if n, _, err := db.writer.queryInt("PRAGMA synchronous"); n != 2 || err != nil {
		t.Errorf("synchronous = %d, %v, want 2 (FULL)", n, err)
	}
	s, err := db.writer.prepare("PRAGMA journal_mode")
	if err != nil {
		t.Fatal(err)
	}
	defer s.release()
	if _, err := s.step(); err != nil || string(s.view(0)) != "wal" {
		t.Errorf("journal_mode = %q, %v", s.view(0), err)
	}
}
