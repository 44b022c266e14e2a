// Package eventlog is the append-only log of everything that was asked and done: one [Entry] for each call, in one order, kept for the
// retention period, looked up by people and consumed by what reacts to events.
//
// Start reading at [Entry], then [Append] and [Log.Append] (in), [Log.Lookup] (out, for people), [Log.Consume] (out, for programs).
//
// This package must not write records (the gateway does) and must not change one. Consumers only derive documents and enqueue
// outbound work (eventlog/delivery); they do no I/O.
//
// # The way of an entry
//
// The record of a change commits with the change, in the store's outbox; the record of a read or a failure joins the store's group
// commit. [Log.Run] moves entries from the outbox to the archive (eventlog/archive) and then takes them out of the outbox, in the same
// transaction in which it notes how far it has come. Readers take that note and the outbox in one snapshot: what is at or before the note is
// in the archive, complete; what is after it is in the outbox. So nothing is missed or seen twice, whatever the relay does in between or
// wherever it was killed.
//
// A consumer's cursor moves in the transaction of what it derives: at least once in general, and exactly once for what is in
// the store.
//
// # Retention
//
// A day's partition is dropped when it is older than the retention, all cursors have passed it, and as many newer days as the
// retention has days hold events. The last condition makes clocks harmless: one that jumps ahead by years for a minute makes
// everything look old. Days without events do not count, so a seldom used log reaches further back than asked. A reader that cannot go on holds
// partitions back; it is to let go of what [Log.Outlived] says.
package eventlog
