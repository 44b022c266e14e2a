package server

import (
	"context"
	"path/filepath"

	"github.com/google/uuid"

	"vauban/eventlog"
	"vauban/eventlog/archive"
	"vauban/eventlog/dayfile"
	"vauban/eventlog/lease"
	"vauban/eventlog/pgarchive"
	"vauban/store"
)

// eventsDir holds the archived records in the data directory, one file a day.
const eventsDir = "events"

// openLog opens the log with its archive beside the state: in memory, in files, or in the database that replicas share.
func openLog(ctx context.Context, cfg *Config, db store.DB) (*eventlog.Log, error) {
	opt := eventlog.Options{Clock: cfg.Clock, Logger: cfg.Logger}
	var driver archive.Driver
	var err error
	switch {
	case cfg.Database != "":
		driver, err = pgarchive.Open(ctx, cfg.Database, pgarchive.Options{})
		opt.Leases = lease.New(db, lease.Options{Holder: uuid.NewString(), Clock: cfg.Clock})
	case cfg.Data == "":
		driver = &archive.Memory{}
	default:
		driver, err = dayfile.Open(filepath.Join(cfg.Data, eventsDir))
	}
	if err != nil {
		return nil, err
	}
	return eventlog.Open(db, driver, opt)
}
