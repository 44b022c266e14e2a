package sqs

import (
	"errors"
	"slices"
	"time"

	"vauban/store"
)

// Group is a message group of a FIFO queue. While messages of it are in flight, nothing more of it can be received.
type Group struct {
	Space, Name string
	Last        int64     // number given last: the next is greater, whatever the clock says
	Count       int       // messages
	Locked      bool      `json:",omitempty"` // some were encrypted by KMS
	Flying      []Flight  `json:",omitempty"`
	At          time.Time // when the next message can be received
}

// Flight is a message that was received and not deleted yet.
type Flight struct {
	Number int64
	Until  time.Time
}

var groups = &store.Table[Group]{
	Name: "sqs.group",
	Key:  func(g *Group) store.Key { return store.K(g.Space, g.Name) },
}

func (g *Group) due() *Due { return &Due{Space: g.Space, At: g.At, Lane: g.Name, Locked: g.Locked} }

// change loads a group, lets fn change it, and stores it with its place among the dues.
func change(tx store.Tx, space, name string, fn func(g *Group) error) error {
	g, err := groups.Get(tx, store.K(space, name))
	if store.IsAbsent(err) {
		g, err = &Group{Space: space, Name: name}, nil
	}
	if err != nil {
		return err
	}
	old, had := g.due(), g.Count > 0
	if err := fn(g); err != nil {
		return err
	}
	to, has := g.due(), g.Count > 0
	if had && has && old.At.Equal(to.At) && old.Locked == to.Locked {
		return groups.Put(tx, g)
	}
	if had {
		err = dues.Delete(tx, old.key())
	}
	if has {
		err = errors.Join(err, dues.Insert(tx, to))
	}
	return errors.Join(err, groups.Put(tx, g))
}

func (s *Service) putInGroup(tx store.Tx, q *Queue, m *Message, now time.Time) error {
	m.Lane = m.Group
	return change(tx, q.Space, m.Lane, func(g *Group) error {
		g.Last = max(g.Last+1, s.sequence(now))
		m.Number = g.Last
		if g.Count++; g.Count == 1 {
			g.At = m.At
		}
		g.Locked = g.Locked || m.Lock != nil
		return messages.Insert(tx, m)
	})
}

// removeFromGroup wakes those who wait: the group may go on.
func (s *Service) removeFromGroup(tx store.Tx, q *Queue, m *Message, now time.Time) error {
	if err := tx.Ring(q.arn()); err != nil {
		return err
	}
	return change(tx, q.Space, m.Lane, func(g *Group) error {
		if err := messages.Delete(tx, m.key()); err != nil {
			return err
		}
		g.Count--
		g.land(m.Number)
		return g.settle(tx, now)
	})
}

// land takes a message off the list of those in flight.
func (g *Group) land(number int64) {
	g.Flying = slices.DeleteFunc(g.Flying, func(f Flight) bool { return f.Number == number })
}

// settle works out when the group's next message can be received: when those in flight are back, or its first message's delay is over.
func (g *Group) settle(tx store.Tx, now time.Time) error {
	g.Flying = slices.DeleteFunc(g.Flying, func(f Flight) bool { return !f.Until.After(now) })
	if g.Count == 0 {
		g.Flying, g.Locked = nil, false
		return nil
	}
	if len(g.Flying) > 0 {
		g.At = time.Time{}
		for _, f := range g.Flying {
			if f.Until.After(g.At) {
				g.At = f.Until
			}
		}
		return nil
	}
	head, err := messages.List(tx, store.K(g.Space, g.Name), nil, 1)
	if err != nil {
		return err
	}
	g.At = now
	if len(head.Items) > 0 && head.Items[0].At.After(now) {
		g.At = head.Items[0].At
	}
	return nil
}
