package inbox

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// shelf keeps what arrived, and lets others wait for it.
type shelf[T any] struct {
	mu      sync.Mutex
	items   []T
	arrived chan struct{} // closed, and replaced, at each arrival
}

func (s *shelf[T]) put(item T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item)
	if s.arrived != nil {
		close(s.arrived)
		s.arrived = nil
	}
}

func (s *shelf[T]) all() []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.items)
}

// wait returns the first item that matches, of those that are there and those that come.
func (s *shelf[T]) wait(ctx context.Context, match func(T) bool) (T, error) {
	for seen := 0; ; {
		s.mu.Lock()
		for ; seen < len(s.items); seen++ {
			if match(s.items[seen]) {
				defer s.mu.Unlock()
				return s.items[seen], nil
			}
		}
		if s.arrived == nil {
			s.arrived = make(chan struct{})
		}
		arrived := s.arrived
		s.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			var none T
			return none, fmt.Errorf("%w: %d others arrived", ctx.Err(), seen)
		}
	}
}
