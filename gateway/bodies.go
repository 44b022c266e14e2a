package gateway

import (
	"io"
	"sync"
)

// This file bounds the memory for bodies. They are read before the signature is checked, because it covers them: whoever can connect can
// fill that memory and wait. So no source gets more than its share.

// bodies counts the bytes in memory, of all and of each source, or requests in flight likewise.
type bodies struct {
	mu   sync.Mutex
	all  int64
	each map[string]int64 // no more entries than requests in flight
}

// hold adds bytes and returns what is held now.
func (b *bodies) hold(source string, n int64) (all, own int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.each == nil {
		b.each = map[string]int64{}
	}
	b.all += n
	own = b.each[source] + n
	b.each[source] = own
	return b.all, own
}

func (b *bodies) release(source string, n int64) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all -= n
	if b.each[source] -= n; b.each[source] == 0 {
		delete(b.each, source)
	}
}

// hold counts bytes of a body that stay in memory until the request ends.
func (x *exchange) hold(n int) error {
	if n == 0 {
		return nil
	}
	x.held += int64(n)
	all, own := x.limit.bodies.hold(x.source, int64(n))
	if all <= x.limit.Bodies && own <= x.limit.BodiesEach {
		return nil
	}
	x.Metrics.throttled("bodies")
	return throttled(familyOf(&x.target))
}

// holding is a reader that holds what it reads.
type holding struct {
	x *exchange
	r io.Reader
}

func (h holding) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if full := h.x.hold(n); full != nil {
		return n, full
	}
	return n, err
}
