package server

import (
	"context"

	"vauban/eventlog"
	"vauban/store"
)

func openLog(_ context.Context, cfg *Config, db store.DB) (*eventlog.Log, error) {
	return eventlog.New(db, cfg.Clock), nil
}
