package eventlog

import (
	"context"
	"fmt"

	"vauban/store"
)

// Read returns entries with Seq > after in log order, at most limit; fewer when they are large, none only at the end. Entries are
// shared with other readers: they must not be changed.
func (l *Log) Read(ctx context.Context, after int64, limit int) ([]*Entry, error) {
	var out []*Entry
	relayed, covered := int64(0), false
	err := l.db.Read(ctx, func(tx store.Tx) error {
		out, covered = out[:0], false
		o, err := l.outboxIn(tx)
		if err != nil {
			return err
		}
		if relayed = o.relayed; !o.covers(after) {
			return nil // from the archive
		}
		covered = true
		size := 0
		return o.each(after, func(it item) bool {
			out = append(out, it.entry)
			size += len(it.event.Body)
			return len(out) < limit && size < relayBytes
		})
	})
	if err != nil || covered {
		return out, err
	}
	events, err := l.archive.Read(ctx, after, relayed, limit)
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	for i := range events {
		e, err := decode(&events[i])
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if len(out) == 0 { // all dropped: the outbox follows
		return l.Read(ctx, relayed, limit)
	}
	return out, nil
}
