// Package store keeps the state of a replica set: documents in typed tables, with unique and look-up keys, serialisable
// transactions, a feed of changes for caches and an outbox of events that commit together with the change they record.
//
// Start reading at [Table], which is what services use; [Key] is how documents are ordered; [DB] and [Tx] are what a
// driver implements. The drivers are store/sqlite and store/postgres; store/storetest is the suite that both pass.
//
// This package must not know what a document means, must not do I/O itself, and must not read the clock.
//
// # Rules for code inside a transaction
//
// The function given to Read or Write must not wait, do I/O, or open another transaction on the same DB: on SQLite all
// writers wait for it. The function given to Write may run more than once, so it must assign its results, not add to
// them. Within Scan and the Each iterators the same Tx may be read and written; whether documents that are not yet
// visited show those writes is not defined.
//
// # Versions of documents
//
// A document carries the schema version of its table. Reading an older one applies [Table.Upgrade] step by step;
// reading a newer one answers [ErrNewer], and so does overwriting it. [CheckVersions] runs at start, [Rewrite] once all
// replicas run the new program. See [Table.Downgrade] for an upgrade during which both programs serve.
package store
