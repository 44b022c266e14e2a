// Package bell wakes those who wait for one thing, where waiting for every commit of the store would wake them for nothing. Both drivers ring
// their bells by it. It must not know a database. Start at [Bells.Listen].
package bell

import "sync"

// Bells are named; one exists for as long as somebody listens. The zero value is ready.
type Bells struct {
	mu   sync.Mutex
	next int
	m    map[string]map[int]chan struct{}
}

// Listen returns a channel that receives, coalesced, when the bell rings.
func (b *Bells) Listen(name string) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.m == nil {
		b.m = map[string]map[int]chan struct{}{}
	}
	if b.m[name] == nil {
		b.m[name] = map[int]chan struct{}{}
	}
	id := b.next
	b.next++
	b.m[name][id] = ch
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.m[name], id)
		if len(b.m[name]) == 0 {
			delete(b.m, name)
		}
	}
}

// Ring rings the bells.
func (b *Bells) Ring(names ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range names {
		ring(b.m[name])
	}
}

// RingAll rings every bell: nobody knows what has been missed.
func (b *Bells) RingAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, listeners := range b.m {
		ring(listeners)
	}
}

func ring(listeners map[int]chan struct{}) {
	for _, ch := range listeners {
		select {
		case ch <- struct{}{}:
		default: // it has not heard the last ring yet: one is enough
		}
	}
}

// Listeners is how many listen to the bell.
func (b *Bells) Listeners(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.m[name])
}
