package eventlog

import (
	"context"
	"fmt"
	"time"

	"vauban/eventlog/lease"
	"vauban/store"
)

// Bounds of what the relay moves at a time.
const (
	relayEvents = 4096
	relayBytes  = 16 << 20
)

// relay moves events from the outbox to the archive until ctx ends.
func (l *Log) relay(ctx context.Context, lease *lease.Lease) {
	var b backoff
	for l.awaitFlush(ctx) {
		_, err := l.relayOnce(ctx, lease)
		l.report(ctx, "relay", err)
		if err == nil {
			b.reset()
		} else if !sleep(ctx, b.next()) {
			return
		}
	}
}

// awaitFlush waits until enough events are in the outbox, or some for long enough; false when ctx ended.
func (l *Log) awaitFlush(ctx context.Context) bool {
	var due <-chan time.Time
	for ctx.Err() == nil {
		seq, relayed, more := l.head.get()
		if seq-relayed >= int64(l.opt.FlushEvents) {
			return true
		}
		if seq > relayed && due == nil {
			t := time.NewTimer(l.opt.FlushAfter)
			defer t.Stop()
			due = t.C
		}
		select {
		case <-more:
		case <-due:
			return true
		case <-ctx.Done():
		}
	}
	return false
}

// relayOnce moves the oldest events of the outbox. The archive has them durably before the outbox loses them; when it is cut off in
// between, the archive skips them the next time.
func (l *Log) relayOnce(ctx context.Context, lease *lease.Lease) (moved int, err error) {
	var events []store.Event
	var hi int64
	err = l.db.Read(ctx, func(tx store.Tx) error {
		o, err := l.outboxIn(tx)
		if err != nil {
			return err
		}
		events, hi = events[:0], o.hi
		l.head.set(o.hi, o.relayed)
		size := 0
		return o.each(o.relayed, func(it item) bool {
			events = append(events, it.event)
			size += len(it.event.Body)
			return len(events) < relayEvents && size < relayBytes
		})
	})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	if err := l.archive.Append(ctx, events); err != nil {
		return 0, err
	}
	upTo := events[len(events)-1].Seq
	err = l.db.Write(ctx, func(tx store.Tx) error {
		if err := guard(tx, lease); err != nil {
			return err
		}
		done, err := getRelayed(tx)
		if err != nil || done >= upTo {
			return err
		}
		if err := tx.DropEvents(upTo); err != nil {
			return err
		}
		return relayedTable().Put(tx, &relayed{Seq: upTo})
	})
	if err != nil {
		return 0, fmt.Errorf("take %d events out of the outbox: %w", len(events), err)
	}
	l.head.set(hi, upTo)
	return len(events), nil
}
