package postgres

import "sync"

// wakers are the channels of those who wait for changes or events.
type wakers struct {
	mu   sync.Mutex
	next int
	chs  map[int]chan struct{}
}

func (w *wakers) add() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.chs == nil {
		w.chs = map[int]chan struct{}{}
	}
	id := w.next
	w.next++
	w.chs[id] = ch
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.chs, id)
	}
}

func (w *wakers) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ch := range w.chs {
		select {
		case ch <- struct{}{}:
		default: // it has not heard the last call yet: one is enough
		}
	}
}
