package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"vauban/store"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.CrashChild(openAt)
	os.Exit(m.Run())
}

func openAt(ctx context.Context, path string) (store.DB, error) {
	return sqlite.Open(ctx, path, sqlite.Options{})
}

func TestKilled(t *testing.T) {
	storetest.Crash{Where: filepath.Join(t.TempDir(), "state.db"), Open: openAt, Rounds: 8}.Run(t)
}
