package sqs

import (
	"errors"
	"time"

	"vauban/service"
	"vauban/store"
)

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{
		{Name: "sqs.move", Every: time.Second, Run: s.moveAll},
		{Name: "sqs.expire", Every: 30 * time.Second, Run: s.expireAll},
		{Name: "sqs.sweep", Every: 10 * time.Second, Run: s.sweepAll},
	}
}

var _ service.Working = (*Service)(nil)

// write is one transaction of a job.
func (s *Service) write(w *service.Work, fn func(store.Tx) error) error {
	return s.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		return fn(tx)
	})
}

// sweepAll clears away what deleted and purged queues have left, and forgets names that can be used again.
func (s *Service) sweepAll(w *service.Work) error {
	if err := s.freeNames(w); err != nil {
		return err
	}
	var all []*Litter
	err := s.Store.Read(w, func(tx store.Tx) error {
		list, err := litter.List(tx, nil, nil, 0)
		all = list.Items
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range all {
		for done := false; !done; {
			err := s.write(w, func(tx store.Tx) (err error) {
				done, err = sweep(tx, l)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) freeNames(w *service.Work) error {
	return s.write(w, func(tx store.Tx) error {
		list, err := deleted.List(tx, nil, nil, 0)
		for _, d := range list.Items {
			if !s.Clock().Before(d.Time.Add(reuse)) {
				err = errors.Join(err, deleted.Delete(tx, deleted.Key(d)))
			}
		}
		return err
	})
}

// expireAll deletes what is older than its queue keeps messages, and what FIFO queues need not know any more.
func (s *Service) expireAll(w *service.Work) error {
	var after store.Key
	for {
		var q *Queue
		err := s.Store.Read(w, func(tx store.Tx) error {
			list, err := queues.List(tx, nil, after, 1)
			q = nil
			if len(list.Items) > 0 {
				q = list.Items[0]
			}
			return err
		})
		if err != nil || q == nil {
			return err
		}
		after = queues.Key(q)
		if err := s.expire(w, q); err != nil {
			return err
		}
	}
}

func (s *Service) expire(w *service.Work, q *Queue) error {
	at := &place{}
	for !at.end {
		before := *at
		err := s.write(w, func(tx store.Tx) error {
			*at = before // the transaction may run again
			q, err := queues.Get(tx, queues.Key(q))
			if store.IsAbsent(err) {
				at.end = true
				return nil
			}
			if err != nil {
				return err
			}
			return s.expireSome(tx, q, s.Clock(), at)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// place is how far the clearing of a queue has come.
type place struct {
	group   store.Key // of the last group that is done
	grouped bool      // all groups are
	end     bool
}

// expireSome deletes up to a batch of documents. Messages are in the order in which they came, within their lane; those that have come from
// another queue, and are older, go when they are received.
func (s *Service) expireSome(tx store.Tx, q *Queue, now time.Time, at *place) error {
	switch {
	case !q.FIFO:
		n, err := s.expireLane(tx, q, "", now, sweepBatch)
		at.end = n < sweepBatch
		return err
	case !at.grouped:
		return s.expireGroups(tx, q, now, at)
	}
	more, err := s.forget(tx, q, now, sweepBatch)
	at.end = !more
	return err
}

func (s *Service) expireLane(tx store.Tx, q *Queue, lane string, now time.Time, most int) (n int, err error) {
	var old []*Message
	_, err = store.Visit(tx, messages, store.K(q.Space, lane), nil, func(m *Message) bool {
		if len(old) == most || !m.expired(q, now) {
			return false
		}
		old = append(old, m)
		return true
	})
	for _, m := range old {
		err = errors.Join(err, s.remove(tx, q, m, now, true))
	}
	return len(old), err
}

// idle is how long a group without messages keeps its number: longer than clocks differ.
const idle = time.Hour

// expireGroups looks at the next groups. One that has more than a batch of old messages is looked at again.
func (s *Service) expireGroups(tx store.Tx, q *Queue, now time.Time, at *place) error {
	list, err := groups.List(tx, store.K(q.Space), at.group, sweepBatch)
	if err != nil {
		return err
	}
	left := sweepBatch
	for _, g := range list.Items {
		if g.Count > 0 {
			n, err := s.expireLane(tx, q, g.Name, now, left)
			if err != nil {
				return err
			}
			if left -= n; left == 0 {
				return nil
			}
		} else if g.Last>>counterBits < now.Add(-idle).UnixMilli() {
			if err := groups.Delete(tx, groups.Key(g)); err != nil {
				return err
			}
		}
		at.group = groups.Key(g)
	}
	at.grouped = list.Next == nil
	return nil
}

// forget drops what was sent and received in intervals that are over.
func (s *Service) forget(tx store.Tx, q *Queue, now time.Time, left int) (more bool, err error) {
	current := intervalOf(now)
	old, err := seens.List(tx, store.K(q.Space), nil, left)
	if err != nil {
		return false, err
	}
	n := 0
	for _, x := range old.Items {
		if x.Interval < current-1 {
			err = errors.Join(err, seens.Delete(tx, seens.Key(x)))
			n++
		}
	}
	tries, err2 := attempts.List(tx, store.K(q.Space), nil, left)
	for _, a := range tries.Items {
		if a.Interval < current-1 {
			err = errors.Join(err, attempts.Delete(tx, attempts.Key(a)))
			n++
		}
	}
	return n >= left, errors.Join(err, err2)
}
