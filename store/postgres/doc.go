// Package postgres keeps the store in PostgreSQL, for several replicas on several machines.
//
// Writes run as serialisable transactions, side by side, and again after a conflict. What a transaction emits, changes
// and events, is kept back until its function has returned; then one round trip takes the lock of the feed, numbers and writes it all, and
// commits: so the order of the numbers is the order of the commits, and the lock is held for little more than the commit itself.
//
// Start reading at [Open]; write.go has the life of a transaction, tx.go and its
// neighbours the operations, queries.go their statements, emit.go the feed.
//
// This package must not interpret documents or events, and keeps no state that the database does not have.
package postgres
