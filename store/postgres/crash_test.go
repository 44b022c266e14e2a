package postgres_test

import (
	"context"
	"os"
	"testing"

	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.CrashChild(openAt)
	os.Exit(m.Run())
}

func openAt(ctx context.Context, dsn string) (store.DB, error) {
	return postgres.Open(ctx, dsn, postgres.Options{})
}

func TestReplicaKilled(t *testing.T) {
	storetest.Crash{Where: storetest.Postgres(t), Open: openAt, Rounds: 4}.Run(t)
}

func TestServerKilled(t *testing.T) {
	server := storetest.NewServer(t)
	storetest.Crash{Where: server.NewDatabase(t), Open: openAt, Rounds: 2, Kill: func(*os.Process) error {
		server.Crash()
		return server.Start()
	}}.Run(t)
}
