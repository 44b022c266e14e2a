package server

import (
	"context"
	"path/filepath"

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
func openLog(ctx context.Context, cfg *Config, db store.DB, leases *lease.Leases) (*eventlog.Log, error) {
	opt := eventlog.Options{Clock: cfg.Clock, Logger: cfg.Logger, Leases: leases}
	var driver archive.Driver
	var err error
	switch {
	case cfg.Database != "":
		driver, err = pgarchive.Open(ctx, cfg.Database, pgarchive.Options{})
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
