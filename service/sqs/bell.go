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

// claims are what receivers of this replica are about to take, so that two do not reach for the same.
type claims struct {
	mu sync.Mutex
	m  map[string]bool // keys of dues
}

// take claims as many of the dues as wanted that nobody else has claimed.
func (x *claims) take(list []*Due, most int) []*Due {
	x.mu.Lock()
	defer x.mu.Unlock()
	var out []*Due
	for _, d := range list {
		k := string(d.key())
		if len(out) == most || x.m[k] {
			continue
		}
		if x.m == nil {
			x.m = map[string]bool{}
		}
		x.m[k] = true
		out = append(out, d)
	}
	return out
}

// free reports whether nobody has claimed the due.
func (x *claims) free(d *Due) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return !x.m[string(d.key())]
}

func (x *claims) release(list []*Due) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, d := range list {
		delete(x.m, string(d.key()))
	}
}
