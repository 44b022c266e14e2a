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
	return followers(p, parts) >= days
}

// followers counts the partitions of the kind that were begun after this one had ended.
func followers(p archive.Info, parts []archive.Info) (n int) {
	for _, q := range parts {
		if q.Kind == p.Kind && q.First > p.Last {
			n++
		}
	}
	return n
}

// Outlived is the place in the log up to which all events, data events too, are older than management events are kept: they are there only because
// somebody has not read them. A reader that cannot go on is to let them go, or the log would grow for ever.
func (l *Log) Outlived(ctx context.Context) (int64, error) {
	parts, err := l.archive.Parts(ctx)
	if err != nil {
		return 0, err
	}
	today := archive.DayOf(l.opt.Clock())
	var last int64
	kept := int64(math.MaxInt64)
	for _, p := range parts {
		days := l.opt.ManagementDays
		if p.Kind == archive.Data {
			days = l.opt.DataDays
		}
		if int(today)-int(p.Day) > l.opt.ManagementDays && followers(p, parts) >= days {
			last = max(last, p.Last)
		} else {
			kept = min(kept, p.First-1)
		}
	}
	return min(last, kept), nil
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
