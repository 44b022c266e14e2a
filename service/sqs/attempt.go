package sqs

import (
	"errors"
	"time"

	"vauban/store"
)

// Attempt is what a call with a ReceiveRequestAttemptId received from a FIFO queue: the same call again within the interval receives the same,
// unless some of it was deleted or its visibility changed. API reference: "ReceiveMessage".
type Attempt struct {
	Space    string
	Interval int64
	ID       string
	Time     time.Time
	Taken    []Received
	Locks    []Lock `json:",omitempty"`
}

// Received is one message of an attempt, as the attempt left it.
type Received struct {
	Lane   string
	Number int64
	Count  int
	At     time.Time
}

var attempts = &store.Table[Attempt]{
	Name: "sqs.attempt",
	Key:  func(a *Attempt) store.Key { return store.K(a.Space, a.Interval, a.ID) },
}

// attempted is the attempt that a call of that ID repeats, or nil.
func attempted(tx store.Tx, q *Queue, id string, now time.Time) (*Attempt, error) {
	if id == "" {
		return nil, nil
	}
	for n := intervalOf(now); n >= intervalOf(now)-1; n-- {
		a, err := attempts.Get(tx, store.K(q.Space, n, id))
		if store.IsAbsent(err) {
			continue
		}
		if err != nil || !now.Before(a.Time.Add(interval)) {
			return nil, err
		}
		list, err := a.unmodified(tx, now)
		if err != nil || list == nil {
			return nil, err
		}
		return a, nil
	}
	return nil, nil
}

// unmodified are the attempt's messages if all are still as it left them and hidden, else nil.
func (a *Attempt) unmodified(tx store.Tx, now time.Time) ([]*Message, error) {
	var out []*Message
	for _, r := range a.Taken {
		m, err := messages.Get(tx, store.K(a.Space, r.Lane, r.Number))
		if store.IsAbsent(err) || err == nil && (m.Received != r.Count || !m.At.Equal(r.At) || !m.At.After(now)) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// repeat receives again what the attempt received, and hides it anew.
func (t *taking) repeat(a *Attempt) error {
	list, err := a.unmodified(t.tx, t.now)
	if err != nil {
		return err
	}
	for i, m := range list {
		m.At = t.now.Add(t.hide)
		a.Taken[i].At = m.At
		if err := errors.Join(t.hideInGroup(m), t.add(m)); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	return attempts.Update(t.tx, a)
}

// hideInGroup stores a message of a group in flight that is hidden until another time.
func (t *taking) hideInGroup(m *Message) error {
	return change(t.tx, m.Space, m.Lane, func(g *Group) error {
		g.land(m.Number)
		g.Flying = append(g.Flying, Flight{Number: m.Number, Until: m.At})
		if err := messages.Update(t.tx, m); err != nil {
			return err
		}
		return g.settle(t.tx, t.now)
	})
}

// noteAttempt keeps what was received for the same call again.
func (t *taking) noteAttempt(id string) error {
	if id == "" || len(t.taken) == 0 {
		return nil
	}
	a := &Attempt{Space: t.queue.Space, Interval: intervalOf(t.now), ID: id, Time: t.now}
	for _, x := range t.taken {
		m := x.message
		a.Taken = append(a.Taken, Received{Lane: m.Lane, Number: m.Number, Count: m.Received, At: m.At})
		if m.Lock != nil {
			a.Locks = append(a.Locks, *m.Lock)
		}
	}
	return attempts.Put(t.tx, a)
}
