//go:build linux && (amd64 || arm64)

package bwrap

import (
	"sync/atomic"
	"time"
)

// guard watches the memory of a running instance. Its control group is bounded by memory and /tmp together, because /tmp is in memory and AWS counts it
// apart; within that, what the processes themselves have must stay under the function's memory. It looks as often as memory can grow.
type guard struct {
	used  func() int64 // in bytes
	limit int64
	kill  func()

	peak     atomic.Int64
	exceeded atomic.Bool
}

const (
	growth   = 1 << 20 // bytes a millisecond that a process fills at most
	mostRare = 200 * time.Millisecond
	mostOft  = 2 * time.Millisecond
)

// look measures once, and answers when to look again.
func (g *guard) look() time.Duration {
	used := g.used()
	if used > g.peak.Load() {
		g.peak.Store(used)
	}
	if used > g.limit {
		g.exceeded.Store(true)
		g.kill()
	}
	return min(max(time.Duration((g.limit-used)/growth)*time.Millisecond, mostOft), mostRare)
}

// watch looks until the returned function is called, which looks a last time.
func (g *guard) watch() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		timer := time.NewTimer(mostOft)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
				timer.Reset(g.look())
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		g.look()
	}
}
