package sqs

import (
	"time"

	"vauban/store"
)

// interval is how long a FIFO queue knows a message again. Developer guide: "Exactly-once processing in Amazon SQS".
const interval = 5 * time.Minute

// Seen is a message that a FIFO queue was sent. Entries are kept by the interval that they came in, so that old ones go together.
type Seen struct {
	Space    string
	Interval int64 // since the epoch
	Scope    string
	Dedup    string
	ID       string
	Number   int64
	Time     time.Time
}

var seens = &store.Table[Seen]{
	Name: "sqs.seen",
	Key:  func(x *Seen) store.Key { return store.K(x.Space, x.Interval, x.Scope, x.Dedup) },
}

func intervalOf(t time.Time) int64 { return t.UnixNano() / int64(interval) }

// scope is what a deduplication ID is one of: the queue's, or the group's.
func (q *Queue) scope(m *Message) string {
	if q.Settings.DeduplicationScope == scopeGroup {
		return m.Group
	}
	return ""
}

// seen is the message that came with the same deduplication ID within the interval, or nil.
func seen(tx store.Tx, q *Queue, m *Message, now time.Time) (*Seen, error) {
	for n := intervalOf(now); n >= intervalOf(now)-1; n-- {
		x, err := seens.Get(tx, store.K(q.Space, n, q.scope(m), m.Dedup))
		if store.IsAbsent(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if now.Before(x.Time.Add(interval)) {
			return x, nil
		}
	}
	return nil, nil
}

// remember keeps the message for the interval. One from the same interval of the clock that is over is replaced.
func remember(tx store.Tx, q *Queue, m *Message, now time.Time) error {
	return seens.Put(tx, &Seen{Space: q.Space, Interval: intervalOf(now), Scope: q.scope(m), Dedup: m.Dedup, ID: m.ID, Number: m.Number, Time: now})
}
