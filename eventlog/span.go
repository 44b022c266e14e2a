package eventlog

import (
	"context"
	"fmt"
	"time"

	"vauban/eventlog/archive"
	"vauban/store"
)

// Span returns between which sequence numbers the entries since that time lie, for Read: all of them have after < Seq <= last. Older ones may
// lie between them too.
func (l *Log) Span(ctx context.Context, since time.Time) (after, last int64, err error) {
	err = l.db.Read(ctx, func(tx store.Tx) error {
		o, err := l.outboxIn(tx)
		if err == nil {
			after, last = o.relayed, o.hi
		}
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("read the outbox: %w", err)
	}
	parts, err := l.archive.Parts(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, p := range parts {
		if p.Events > 0 && p.Day >= archive.DayOf(since) {
			after = min(after, p.First-1)
		}
	}
	return after, last, nil
}
