package events

import (
	"time"

	"vauban/service"
	"vauban/store"
)

// Body is an event that is too large to be in each of its deliveries. It is kept for longer than any delivery is tried.
type Body struct {
	Received time.Time
	ID, Text string
}

var bodies = &store.Table[Body]{
	Name: "events.body",
	Key:  func(b *Body) store.Key { return store.K(b.Received, b.ID) },
}

// The size above which events are bodies, and how long they are kept.
const (
	largeBody = 1024
	bodyTime  = (maxAge + 7200) * time.Second
)

// load reads the event of an order that does not have it.
func (o *order) load(tx store.Tx) error {
	if !o.Large {
		return nil
	}
	b, err := bodies.Get(tx, store.K(o.Received, o.ID))
	if err == nil {
		o.Event = b.Text
	}
	return err
}

// sweepBodies removes bodies that no delivery needs any longer.
func (s *Service) sweepBodies(w *service.Work) error {
	for more := true; more; {
		err := s.Store.Write(w, func(tx store.Tx) error {
			if err := w.Check(tx); err != nil {
				return err
			}
			page, err := bodies.List(tx, nil, nil, sweepMost)
			more = page.Next != nil
			for _, b := range page.Items {
				if b.Received.After(w.Time.Add(-bodyTime)) {
					more = false
					break
				}
				if err := bodies.Delete(tx, bodies.Key(b)); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
