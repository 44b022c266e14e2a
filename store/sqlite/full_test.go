package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"vauban/store"
)

// fillUp writes until nothing goes in any more, and returns the names of what did.
func fillUp(t *testing.T, db *DB, size int) (names []string) {
	t.Helper()
	for i := range 10_000 {
		name := fmt.Sprintf("%05d", i)
		err := put(db, size, name, name+"b")
		if errors.Is(err, store.ErrFull) {
			return names
		}
		if err != nil {
			t.Fatalf("write %d: %v, want ErrFull in the end", i, err)
		}
		names = append(names, name, name+"b")
	}
	t.Fatal("it never became full")
	return nil
}

// whole checks that exactly these documents are there, with their index entries, and that the file is sound.
func whole(t *testing.T, db *DB, names []string) {
	t.Helper()
	if got := stored(t, db); strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("stored %d documents, want %d: %v", len(got), len(names), got)
	}
	for _, table := range []string{"uniq", "ref"} {
		n, err := ask(db, "SELECT count(*) FROM "+table)
		if err != nil || n != int64(len(names)) {
			t.Errorf("%s has %d rows, %v, want %d", table, n, err, len(names))
		}
	}
	err := db.read(context.Background(), func(c *conn) error {
		s, err := c.prepare("PRAGMA integrity_check")
		if err != nil {
			return err
		}
		defer s.release()
		if _, err := s.step(); err != nil || string(s.view(0)) != "ok" {
			t.Errorf("integrity_check: %s, %v", s.view(0), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// ask runs a query for one number where a test may: the writer's connection is the committer's, which also looks around on its own.
func ask(db *DB, sql string) (n int64, err error) {
	err = db.read(context.Background(), func(c *conn) error {
		n, _, err = c.queryInt(sql)
		return err
	})
	return n, err
}

func TestFull(t *testing.T) {
	for _, where := range []string{filepath.Join(t.TempDir(), "state.db"), ""} {
		db := openTest(t, where, Options{MaxBytes: 1 << 20})
		names := fillUp(t, db, 20_000)
		whole(t, db, names)
		if err := db.Append(context.Background(), store.Event{ID: "e", Body: make([]byte, 50_000)}); !errors.Is(err, store.ErrFull) {
			t.Errorf("Append to a full store: %v", err)
		}
		// Reading and deleting go on, and make room.
		err := db.Write(context.Background(), func(tx store.Tx) error {
			for _, name := range names[:10] {
				if err := tx.Delete("t", store.K(name), 0, true); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("delete in a full store: %v", err)
		}
		if err := put(db, 20_000, "zz"); err != nil {
			t.Errorf("write after room was made: %v", err)
		}
		whole(t, db, append(names[10:], "zz"))
	}
}

// TestFullAmongOthers: one write that does not fit takes no other of its commit along.
func TestFullAmongOthers(t *testing.T) {
	db := openTest(t, filepath.Join(t.TempDir(), "state.db"), Options{MaxBytes: 4 << 20})
	// One call holds the committer back, so that the others meet in one commit.
	hold, inside := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var once sync.Once
	wg.Go(func() {
		if err := db.Write(context.Background(), func(store.Tx) error { once.Do(func() { close(inside) }); <-hold; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-inside
	var names []string
	results := make([]error, 41)
	for i := range 41 {
		name, size := fmt.Sprintf("%02d", i), 100
		if i == 20 {
			size = 10 << 20
		} else {
			names = append(names, name)
		}
		wg.Go(func() { results[i] = put(db, size, name) })
	}
	events := make([]error, 5)
	for i := range events {
		wg.Go(func() {
			events[i] = db.Append(context.Background(), store.Event{ID: fmt.Sprint(i), Body: []byte("{}")})
		})
	}
	for len(db.calls) < 46 { // all are waiting
		runtime.Gosched()
	}
	close(hold)
	wg.Wait()
	for i, err := range results {
		if i == 20 && !errors.Is(err, store.ErrFull) || i != 20 && err != nil {
			t.Errorf("write %d: %v", i, err)
		}
	}
	if err := errors.Join(events...); err != nil {
		t.Error(err)
	}
	whole(t, db, names)
	if n, err := ask(db, "SELECT count(*) FROM event"); n != 5 || err != nil {
		t.Errorf("%d events, %v", n, err)
	}
}

// TestDiskFull uses a file system that is really full.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m,mode=700"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	db := openTest(t, filepath.Join(dir, "state.db"), Options{})
	if err := put(db, 1000, "first"); err != nil {
		t.Fatal(err)
	}
	// Something else takes the space.
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	names := fillUp(t, db, 20_000)
	whole(t, db, append(names, "first"))
	for range 3 {
		if err := put(db, 100_000, "x", "y"); !errors.Is(err, store.ErrFull) {
			t.Errorf("write to a full disk: %v", err)
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := put(db, 20_000, "x", "y"); err != nil {
		t.Errorf("write after the disk has space again: %v", err)
	}
	names = append(names, "first", "x", "y")
	whole(t, db, names)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole(t, openTest(t, filepath.Join(dir, "state.db"), Options{}), names)
}
