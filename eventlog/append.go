package eventlog

import (
	"context"
	"errors"

	"vauban/store"
)

// ErrBacklog says that the archive has not taken events for long and no more may wait.
var ErrBacklog = errors.New("eventlog: too many events wait for the archive")

// Append adds entries that commit with the transaction, and only with it.
func Append(tx store.Tx, entries ...*Entry) error {
	events, err := encodeAll(entries)
	if err != nil {
		return err
	}
	return tx.Append(events...)
}

// Append makes entries durable alone, in the group commit of whatever else is waiting. It refuses when too many events wait for the
// archive. (A transaction's entries are taken even then: what has changed is recorded while there is room on the disk.)
func (l *Log) Append(ctx context.Context, entries ...*Entry) error {
	if err := l.Room(); err != nil {
		return err
	}
	events, err := encodeAll(entries)
	if err != nil {
		return err
	}
	return l.db.Append(ctx, events...)
}

// Room answers ErrBacklog when Append would refuse.
func (l *Log) Room() error {
	if l.head.waiting() > l.opt.MaxOutbox {
		return ErrBacklog
	}
	return nil
}
