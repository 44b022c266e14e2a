// Package pgarchive is the archive's driver for replica sets: tables for each day and kind in a schema of a PostgreSQL database, so that
// expiry drops tables. A row of the table part describes each partition; it exists exactly while the partition's tables do.
//
// Several processes may read and write: writes of one partition take turns by an advisory lock. Start reading at [Open], then part.go.
//
// This package must not interpret rows.
package pgarchive
