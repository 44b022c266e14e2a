package sqs

import "sync"

// bells tell those who wait for messages on this replica that a queue may have some.
type bells struct {
	mu sync.Mutex
	m  map[string]*bell // by ARN
}

type bell struct {
	rung    chan struct{} // closed by the next ring
	waiting int
}

// listen begins to wait. The channel of next is closed by a ring that comes after next was called.
func (b *bells) listen(queue string) (next func() <-chan struct{}, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.m[queue]
	if x == nil {
		x = &bell{rung: make(chan struct{})}
		if b.m == nil {
			b.m = map[string]*bell{}
		}
		b.m[queue] = x
	}
	x.waiting++
	next = func() <-chan struct{} {
		b.mu.Lock()
		defer b.mu.Unlock()
		return x.rung
	}
	return next, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if x.waiting--; x.waiting == 0 {
			delete(b.m, queue)
		}
	}
}

func (b *bells) ring(queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.m[queue]; x != nil {
		close(x.rung)
		x.rung = make(chan struct{})
	}
}
