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
	return []service.Job{{Name: "lambda.sweep", Every: 10 * time.Minute, Run: s.sweepCode}}
}

var _ service.Working = (*Service)(nil)

// read is a look at the store that no call has asked for.
func (s *Service) read(w *service.Work, fn func(store.Tx) error) error { return s.Store.Read(w, fn) }
