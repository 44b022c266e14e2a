package lambda

import (
	"sync"
	"time"

	"vauban/service"
	"vauban/store"
)

// Reside implements [service.Residing]: it keeps what runs on this replica in order, until the server ends, and then ends it.
func (s *Service) Reside(w *service.Work) {
	var work sync.WaitGroup
	work.Go(func() { s.ship(w) })
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case <-w.Done():
			done = true
		case <-tick.C:
			s.pools.tire()
			s.refresh(w)
		}
	}
	for _, i := range s.pools.close() {
		work.Go(i.close)
	}
	work.Wait()
	_ = s.code.close() // what is left is in the temporary directory
}

var _ service.Residing = (*Service)(nil)

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{
		{Name: "lambda.sweep", Every: 10 * time.Minute, Run: s.sweepCode},
		{Name: "lambda.poll", Every: time.Second, Run: s.poll},
	}
}

var _ service.Working = (*Service)(nil)

// refresh follows what is reserved and what is to be kept warm. What cannot be read now is read at the next turn.
func (s *Service) refresh(w *service.Work) {
	held := map[string]int{}
	err := s.Store.Read(w, func(tx store.Tx) error {
		clear(held)
		list, err := reservations.List(tx, nil, nil, 0)
		for _, r := range list.Items {
			held[r.Account+"\n"+r.Region] += r.Count
		}
		return err
	})
	if err != nil {
		return
	}
	s.pools.hold(held)
	_ = s.warmUp(w) // the next turn tries again
}
