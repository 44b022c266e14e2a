package eventlog

import (
	"errors"
	"time"

	"vauban/store"
)

// This file is for readers of the log that are no consumers, because they do I/O with what they read: they keep a place of their own, in
// their own transactions, that retention respects like a consumer's.

// Hold notes that the reader has read the log up to seq. Nothing after it is dropped.
func Hold(tx store.Tx, reader string, seq int64, at time.Time) error {
	return cursorTable().Put(tx, &cursor{Name: reader, Seq: seq, Moved: at.UTC()})
}

// Release forgets the reader. One that is not known is no error.
func Release(tx store.Tx, reader string) error {
	if err := cursorTable().Delete(tx, cursorKey(reader)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// Settled is a place in the log before everything that commits from now on, the transaction's own entries included: a reader that starts
// there misses nothing of what is to come, and reads at most the outbox in vain.
func Settled(tx store.Tx) (int64, error) { return getRelayed(tx) }
