package sns

import (
	"errors"
	"time"

	"vauban/service"
	"vauban/store"
)

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{{Name: "sns.sweep", Every: 30 * time.Second, Run: s.sweep}}
}

var _ service.Working = (*Service)(nil)

// sweepPage is how many documents one transaction of the sweep looks at.
const sweepPage = 200

// sweep clears away what deleted topics have left, subscriptions that nobody has confirmed, and what FIFO topics need not know any more.
func (s *Service) sweep(w *service.Work) error {
	return errors.Join(s.sweepTopics(w), s.sweepPending(w), s.sweepSeen(w))
}

// write is one transaction of a job.
func (s *Service) write(w *service.Work, fn func(store.Tx) error) error {
	return s.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		return fn(tx)
	})
}

func (s *Service) sweepTopics(w *service.Work) error {
	var all []*Litter
	err := s.Store.Read(w, func(tx store.Tx) error {
		page, err := litter.List(tx, nil, nil, 0)
		all = page.Items
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range all {
		for done := false; !done; {
			err := s.write(w, func(tx store.Tx) (err error) {
				done, err = sweepSpace(tx, l)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// sweepSpace deletes a page of what a deleted topic has left. Messages under way end by themselves: their senders find no topic.
func sweepSpace(tx store.Tx, l *Litter) (done bool, err error) {
	page, err := subscriptions.List(tx, store.K(l.Space), nil, sweepPage)
	for _, x := range page.Items {
		err = errors.Join(err, subscriptions.Delete(tx, store.K(x.Space, x.ID)))
	}
	if err != nil || page.Next != nil {
		return false, err
	}
	more, err := counters.List(tx, store.K(l.Space), nil, sweepPage)
	for _, x := range more.Items {
		err = errors.Join(err, counters.Delete(tx, counters.Key(x)))
	}
	if err != nil || more.Next != nil {
		return false, err
	}
	return true, litter.Delete(tx, store.K(l.Space))
}

// sweepPending deletes subscriptions that were not confirmed in time.
func (s *Service) sweepPending(w *service.Work) error {
	before := s.Clock().Add(-pendingLife)
	for after := store.Key(nil); ; {
		var page store.Page[Subscription]
		err := s.write(w, func(tx store.Tx) (err error) {
			if page, err = subscriptions.ListRef(tx, "pending", anywhere, after, sweepPage); err != nil {
				return err
			}
			for _, x := range page.Items {
				if x.Created.Before(before) {
					err = errors.Join(err, subscriptions.Delete(tx, store.K(x.Space, x.ID)))
				}
			}
			return err
		})
		if err != nil || page.Next == nil {
			return err
		}
		after = page.Next
	}
}

func (s *Service) sweepSeen(w *service.Work) error {
	last := intervalOf(s.Clock()) - 2
	for done := false; !done; {
		err := s.write(w, func(tx store.Tx) error {
			page, err := seens.List(tx, nil, nil, sweepPage)
			done = page.Next == nil
			for _, x := range page.Items {
				if x.Interval > last {
					done = true
					break
				}
				err = errors.Join(err, seens.Delete(tx, seens.Key(x)))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
