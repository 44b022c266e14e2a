// Package archive keeps events for as long as they are retained, compressed and indexed, in partitions of one UTC day and one kind. It
// is where the log's relay moves them from the store's outbox.
//
// Start reading at [Archive.Append]; then [Archive.Find] and [Archive.Read]. A [Driver] keeps the rows: [Memory] here,
// eventlog/dayfile in SQLite files, eventlog/pgarchive in PostgreSQL tables. archivetest is the suite that they pass.
//
// This package must not know what an event says (an [Index] function tells its kind and terms) and must not read the clock.
//
// # Layout
//
// Rows, not events, are what a database charges for, so events are packed:
//
//   - a frame holds up to 32 events (about 48 kB), compressed with zstd: little enough that reading one event out of it is cheap;
//   - a block spans the frames of up to 1,024 events; for every term in it there is one posting row (term, block) that lists the
//     events, instead of one index row for each event and attribute;
//   - event IDs are all different, so postings would not help: a block's row carries 32-bit fingerprints of its IDs, and every 32 blocks these are
//     merged into a segment of 256 rows by fingerprint, so that finding an ID reads one row for each 32,768 events.
//
// When events are few, blocks start small. Appending merges the newest small blocks with the new events as a binary
// counter carries, so that an event is rewritten at most about ten times and a partition never has more than a handful of small blocks.
//
// # Guarantees
//
// Appending is idempotent: a partition skips events up to its last sequence number, which is written in the same transaction. Events
// must be appended in log order. A partition's day is that of the event's time; the clock of a machine may jump, so
// sequence numbers order events and days only group them.
package archive
