package postgres_test

import (
	"context"
	"testing"

	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/storetest"
)

func open(t *testing.T, dsn string) store.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.DB { return open(t, storetest.Postgres(t)) })
}

func TestTwoReplicas(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T) (a, b store.DB) {
		dsn := storetest.Postgres(t)
		return open(t, dsn), open(t, dsn)
	})
}
