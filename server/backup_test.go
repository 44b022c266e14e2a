package server_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vauban/blob"
	"vauban/server"
)

// TestBackupHoldsObjects: the bytes of objects come back with the state, while a server runs on it, and a backup that ends early is refused.
func TestBackupHoldsObjects(t *testing.T) {
	cfg := configured(server.Config{Data: t.TempDir()})
	s, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	key, jam := &blob.DataKey{1, 2, 3}, strings.Repeat("jam", 100_000)
	if _, err := s.Deps().Blobs.Put(t.Context(), "jar", key, strings.NewReader(jam)); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	m, err := server.Backup(t.Context(), cfg, &archive)
	if err != nil || m.Objects != 2 { // and the mark
		t.Fatalf("%+v, %v", m, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(cfg.Data, "blobs", ".backup*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	root, err := os.ReadFile(filepath.Join(cfg.Data, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	empty := func() server.Config {
		c := configured(server.Config{Data: t.TempDir()})
		if err := os.WriteFile(filepath.Join(c.Data, "root.key"), root, 0o600); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, n := range []int{archive.Len() / 2, archive.Len() - 20} {
		c := empty()
		if _, err := server.Restore(t.Context(), c, bytes.NewReader(archive.Bytes()[:n])); err == nil {
			t.Errorf("%d bytes of %d were taken for the whole", n, archive.Len())
		}
		if left, _ := os.ReadDir(c.Data); len(left) != 1 {
			t.Errorf("a restore that failed has left %v", left)
		}
	}
	c := empty()
	if m, err = server.Restore(t.Context(), c, &archive); err != nil || m.Objects != 2 {
		t.Fatalf("%+v, %v", m, err)
	}
	again, err := server.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	o, err := again.Deps().Blobs.Open(t.Context(), "jar", key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if b, err := io.ReadAll(o.Range(t.Context(), 0, o.Size())); err != nil || string(b) != jam {
		t.Errorf("%d bytes came back of %d: %v", len(b), len(jam), err)
	}
}
