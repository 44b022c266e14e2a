// Package sqlite keeps the store in one SQLite database: the embedded default, for one machine.
//
// All writes of a process pass one committer, which lets them run one after the other, each in a savepoint, and commits
// what has come together, with the events that only want to be durable, in one fsync. Reads run beside it on snapshots (WAL).
// A second process may open the same file: it takes turns by SQLite's own locks.
//
// Start reading at [Open]; committer.go is the heart, tx.go the operations, conn.go the thin layer over the C interface,
// which is used directly because prepared statements and copied-once blobs are worth a factor of two over database/sql.
//
// This package must not interpret documents or events.
package sqlite
