package sqs

import (
	"sync"
	"time"

	"vauban/store"
)

// claims are what receivers of this replica are about to take, so that two do not reach for the same.
type claims struct {
	mu sync.Mutex
	m  map[string]*claimed // by space
}

// claimed are the claims on the messages of one space.
type claimed struct {
	dues map[string]bool // their keys
	// Everything up to the key last was claimed when a look from the beginning, at that time, had taken its share. Looks begin behind it: the
	// more receivers there are, the more claims lie before.
	last store.Key
	at   time.Time
}

// lookBack is how long looks begin behind the claims. A claim that was given back, or a message from a replica whose clock is late, lies before.
const lookBack = 100 * time.Millisecond

// behind is the key behind which a look begins, nil for the beginning.
func (x *claims) behind(space string, now time.Time) store.Key {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c := x.m[space]; c != nil && now.Sub(c.at) < lookBack {
		return c.last
	}
	return nil
}

// free reports whether nobody has claimed the due of the key.
func (x *claims) free(space string, key store.Key) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.m[space]
	return c == nil || !c.dues[string(key)]
}

// take claims as many of the dues in sight as wanted that nobody else has claimed.
func (x *claims) take(space string, v *sight, most int, now time.Time) (out []*Due) {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.m[space]
	if c == nil {
		c = &claimed{dues: map[string]bool{}}
	}
	var last store.Key
	for _, d := range v.free {
		if k := d.key(); len(out) < most && !c.dues[string(k)] {
			c.dues[string(k)] = true
			out, last = append(out, d), k
		}
	}
	if len(out) == 0 {
		return nil
	}
	if x.m == nil {
		x.m = map[string]*claimed{}
	}
	x.m[space] = c
	switch {
	case v.fair: // taken out of order
	case v.whole:
		c.last, c.at = last, now
	case c.last != nil && c.last.Compare(last) < 0:
		c.last = last
	}
	return out
}

func (x *claims) release(space string, list []*Due) {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.m[space]
	if c == nil {
		return
	}
	for _, d := range list {
		delete(c.dues, string(d.key()))
	}
	if len(c.dues) == 0 {
		delete(x.m, space)
	}
}
