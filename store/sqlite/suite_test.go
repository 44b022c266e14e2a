package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"vauban/store"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

func open(t *testing.T, path string) store.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestSuiteOnDisk(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.DB { return open(t, filepath.Join(t.TempDir(), "state.db")) })
}

func TestSuiteInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.DB { return open(t, "") })
}

func TestTwoHandles(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T) (a, b store.DB) {
		path := filepath.Join(t.TempDir(), "state.db")
		return open(t, path), open(t, path)
	})
}
