package events

import (
	"context"
	"sync"
	"time"
)

// pace keeps each API destination to its rate on this replica: requests get their turn one after the other.
type pace struct {
	mu   sync.Mutex
	next map[string]time.Time
}

const maxPaced = 10_000

// wait waits for the turn of a request.
func (p *pace) wait(ctx context.Context, arn string, rate int64) error {
	gap := time.Second / time.Duration(max(rate, 1))
	now := time.Now()
	p.mu.Lock()
	if p.next == nil || len(p.next) >= maxPaced {
		p.next = map[string]time.Time{}
	}
	turn := p.next[arn]
	if turn.Before(now) {
		turn = now
	}
	p.next[arn] = turn.Add(gap)
	p.mu.Unlock()
	if !turn.After(now) {
		return nil
	}
	t := time.NewTimer(turn.Sub(now))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
