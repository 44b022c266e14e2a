package server_test

import (
	"path/filepath"
	"strings"
	"testing"

	"vauban/server"
)

// TestBlobsBelongToTheState: a state starts with the objects that it had before, and with no other's.
func TestBlobsBelongToTheState(t *testing.T) {
	cfg := configured(server.Config{Data: t.TempDir()})
	open := func(blobs string) error {
		cfg.Blobs = blobs
		s, err := server.Open(t.Context(), cfg)
		if err != nil {
			return err
		}
		return s.Close()
	}
	own := filepath.Join(t.TempDir(), "objects")
	for range 2 {
		if err := open(own); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "--blobs") {
		t.Errorf("with another's objects: %v", err)
	}
	for _, bad := range []string{"s3:", "s3://bucket"} {
		if err := open(bad); err == nil || !strings.Contains(err.Error(), "object store") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
