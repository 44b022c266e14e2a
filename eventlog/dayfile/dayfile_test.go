package dayfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"vauban/eventlog/archive"
	"vauban/eventlog/archive/archivetest"
	"vauban/store"
)

func open(t testing.TB, dir string) *Driver {
	t.Helper()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConformance(t *testing.T) {
	archivetest.Run(t, func(t testing.TB) archive.Driver { return open(t, t.TempDir()) })
}

var part = archive.Part{Kind: archive.Data, Day: archive.DayOf(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))}

func putRow(t testing.TB, d *Driver, b int64, v []byte) error {
	return d.Write(t.Context(), part, func(w archive.Writer) error {
		if err := w.Put(archive.Frames, []archive.Row{{Key: archive.Key{B: b}, Value: v}}); err != nil {
			return err
		}
		return w.SetInfo(archive.Info{Part: part, First: 1, Last: b, Events: b})
	})
}

func count(t testing.TB, d *Driver) (n int) {
	t.Helper()
	err := d.Read(t.Context(), part, func(r archive.Reader) error {
		rows, err := r.Scan(archive.Frames, 0, 0, 1<<40, false, 1<<20)
		n = len(rows)
		return err
	})
	if err != nil && !errors.Is(err, archive.ErrNoPart) {
		t.Fatal(err)
	}
	return n
}

func TestFilesOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "events")
	d := open(t, dir)
	if err := putRow(t, d, 7, []byte("x")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v; want 0600", e.Name(), info.Mode(), err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Parts(t.Context()); err == nil {
		t.Error("a closed driver answers")
	}
	entries, err = os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "data-20260501.db" {
		t.Errorf("after closing there are %v, %v; want one file", entries, err)
	}

	// Foreign files, and one that a crash left before its first commit, are no partitions.
	for _, name := range []string{"notes.txt", "events-2026.db", "events-20260502.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d = open(t, dir)
	parts, err := d.Parts(t.Context())
	if err != nil || len(parts) != 1 || parts[0].Part != part || parts[0].Last != 7 {
		t.Errorf("parts %+v, %v", parts, err)
	}
	if count(t, d) != 1 {
		t.Error("the row is gone")
	}
	if err := d.Drop(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "data-*")); err != nil || len(left) != 0 {
		t.Errorf("a dropped day left %v, %v", left, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNewerSchema(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if err := putRow(t, d, 1, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.files[part].writer.Exec("PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir)
	if _, err := d.Parts(t.Context()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("reading: %v, want ErrNewer", err)
	}
	if err := putRow(t, d, 2, nil); !errors.Is(err, store.ErrNewer) {
		t.Errorf("writing: %v, want ErrNewer", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m,mode=0700"); err != nil {
		t.Skipf("mounting a small file system needs a privilege: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	d := open(t, dir)
	defer d.Close()
	kept := int64(0)
	var full error
	for full == nil {
		if full = putRow(t, d, kept+1, make([]byte, 50_000)); full == nil {
			kept++
		}
		if kept > 1000 {
			t.Fatal("the disk does not fill")
		}
	}
	if !errors.Is(full, store.ErrFull) {
		t.Fatalf("got %v, want ErrFull", full)
	}
	if got := count(t, d); int64(got) != kept {
		t.Errorf("%d rows, want the %d that were written", got, kept)
	}
	if parts, err := d.Parts(t.Context()); err != nil || parts[0].Last != kept {
		t.Errorf("parts %+v, %v; want the last to be %d", parts, err, kept)
	}
	// Room again: it goes on.
	other := part
	other.Day++
	err := d.Write(t.Context(), other, func(w archive.Writer) error { return w.SetInfo(archive.Info{Part: other, Events: 1}) })
	if !errors.Is(err, store.ErrFull) {
		t.Errorf("a new file on a full disk: %v, want ErrFull", err)
	}
	if err := d.Drop(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), other, func(w archive.Writer) error { return w.SetInfo(archive.Info{Part: other, Events: 1}) })
	if err != nil {
		t.Errorf("after a day was dropped: %v", err)
	}
}
