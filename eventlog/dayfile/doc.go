// Package dayfile is the archive's driver for one machine: a SQLite file for each day and kind in a directory,
//
//	events-20260501.db   management events
//	data-20260501.db     data events
//
// so that expiry is the removal of a file. A commit is durable when Write returns (WAL, synchronous=FULL).
//
// This package must not interpret rows. One process writes at a time; the description of a partition is remembered, so a second
// process should only read, and briefly. Start reading at [Open], then file.go.
package dayfile
