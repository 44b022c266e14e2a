package sns

import (
	"time"

	"vauban/store"
)

// Seen is a message that a FIFO topic was sent. Entries are kept by the interval that they came in, so that old ones go together.
type Seen struct {
	Interval int64 // since the epoch
	Space    string
	Scope    string
	Dedup    string
	ID       string
	Number   int64
	Time     time.Time
}

var seens = &store.Table[Seen]{
	Name: "sns.seen",
	Key:  func(x *Seen) store.Key { return store.K(x.Interval, x.Space, x.Scope, x.Dedup) },
}

// interval is how long a FIFO topic knows a message again. Developer guide: "Amazon SNS message deduplication for FIFO topics".
const interval = 5 * time.Minute

func intervalOf(t time.Time) int64 { return t.UnixNano() / int64(interval) }

// Counter is the last sequence number of a FIFO topic, or of one of its groups. Writing it puts publications in order.
type Counter struct {
	Space string
	Scope string
	Last  int64
}

var counters = &store.Table[Counter]{
	Name: "sns.counter",
	Key:  func(x *Counter) store.Key { return store.K(x.Space, x.Scope) },
}

// scope is what deduplication and order are one of: the topic's, or the group's.
func (t *Topic) scopeOf(group string) string {
	if t.Settings.Scope == scopeGroup {
		return group
	}
	return ""
}

// seen is the message that came with the same deduplication ID within the interval, or nil.
func seen(tx store.Tx, t *Topic, m *Message, now time.Time) (*Seen, error) {
	for n := intervalOf(now); n >= intervalOf(now)-1; n-- {
		x, err := seens.Get(tx, store.K(n, t.Space, t.scopeOf(m.Group), m.Dedup))
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

// counterBits of a number tell messages of the same millisecond apart.
const counterBits = 22

// number gives the message its sequence number and remembers it for the interval.
func number(tx store.Tx, t *Topic, m *Message, now time.Time) error {
	key := store.K(t.Space, t.scopeOf(m.Group))
	c, err := counters.Get(tx, key)
	if store.IsAbsent(err) {
		c, err = &Counter{Space: t.Space, Scope: t.scopeOf(m.Group)}, nil
	}
	if err != nil {
		return err
	}
	c.Last = max(c.Last+1, now.UnixMilli()<<counterBits)
	m.Number = c.Last
	if err := counters.Put(tx, c); err != nil {
		return err
	}
	return seens.Put(tx, &Seen{Interval: intervalOf(now), Space: t.Space, Scope: c.Scope, Dedup: m.Dedup, ID: m.ID, Number: m.Number, Time: now})
}

// Queued is a delivery of a FIFO topic in the line of its subscription and group. Only the first of a line is sent; its end starts the next.
type Queued struct {
	Space   string
	ID      string // of the subscription
	Group   string
	Number  int64
	Message string
}

var lines = &store.Table[Queued]{
	Name: "sns.line",
	Key:  func(q *Queued) store.Key { return store.K(q.Space, q.ID, q.Group, q.Number) },
}

// first is the first of a line, or nil.
func first(tx store.Tx, space, id, group string) (*Queued, error) {
	page, err := lines.List(tx, store.K(space, id, group), nil, 1)
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return page.Items[0], nil
}
