package eventlog

import (
	"context"
	"fmt"
	"math"
	"time"

	"vauban/eventlog/archive"
	"vauban/store"
)

// expireEvery is how often partitions are looked at. They last a day, so it is not urgent.
const expireEvery = time.Hour

// expire drops what has expired until ctx ends.
func (l *Log) expire(ctx context.Context) {
	for {
		_, err := l.expireOnce(ctx)
		l.report(ctx, "retention", err)
		if !sleep(ctx, expireEvery) {
			return
		}
	}
}

// expireOnce drops partitions that are older than their retention and that all have read.
func (l *Log) expireOnce(ctx context.Context) (dropped []archive.Part, err error) {
	read, err := l.readByAll(ctx)
	if err != nil {
		return nil, err
	}
	parts, err := l.archive.Parts(ctx)
	if err != nil {
		return nil, err
	}
	today := archive.DayOf(l.opt.Clock())
	for _, p := range parts {
		days := l.opt.ManagementDays
		if p.Kind == archive.Data {
			days = l.opt.DataDays
		}
		if p.Last > read || !expired(p, parts, today, days) {
			continue
		}
		if err := l.archive.Drop(ctx, p.Part); err != nil {
			return dropped, err
		}
		l.opt.Logger.Info("events have reached the end of their retention", "day", p.Day.String(), "data", p.Kind == archive.Data, "events", p.Events)
		dropped = append(dropped, p.Part)
		l.window.forget()
	}
	return dropped, nil
}

// expired reports whether the partition is to go. It is too old (or of a future that only a wrong clock can have seen), and as many
// partitions as days are kept were begun after it had ended: that does not depend on any clock.
func expired(p archive.Info, parts []archive.Info, today archive.Day, days int) bool {
	old := int(today)-int(p.Day) > days
	future := p.Day > today+1
	if !old && !future {
		return false
	}
	after := 0
	for _, q := range parts {
		if q.Kind == p.Kind && q.First > p.Last {
			after++
		}
	}
	return after >= days
}

// readByAll is the last event that the relay and every cursor have passed.
func (l *Log) readByAll(ctx context.Context) (int64, error) {
	least := int64(math.MaxInt64)
	err := l.db.Read(ctx, func(tx store.Tx) error {
		relayed, err := getRelayed(tx)
		if err != nil {
			return err
		}
		least = relayed
		for _, c := range l.registered() { // one that has not run yet has no cursor
			cur, err := getCursor(tx, c.name)
			if err != nil {
				return err
			}
			least = min(least, cur.Seq)
		}
		for cur, err := range cursorTable().Each(tx, nil) {
			if err != nil {
				return err
			}
			least = min(least, cur.Seq)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read the cursors: %w", err)
	}
	return least, nil
}
