package events

import (
	"errors"
	"sync"
	"time"
)

// pace keeps each API destination to its rate on this replica: requests have turns, one after the other. Nobody waits here for a turn: the delivery is
// postponed until it comes. User Guide: "Invocation rate limit" of API destinations.
type pace struct {
	mu   sync.Mutex
	next map[string]time.Time // turn that is free, by destination
}

const (
	maxPaced = 10_000           // destinations
	burst    = time.Second / 10 // of which the requests may come at once: small crowds are not worth to be spread
	turnTime = time.Second      // for which a turn lasts: what comes later, because the server stood still, does not come all at once
)

// errNoTurn says that an event would be too old when its turn came.
var errNoTurn = errors.New("the API destination's rate limit leaves no turn for the event within its age")

// turn gives the turn of a request, which may go when that is not after now. held is the turn that it was given before, zero for none. No turn is given
// after end.
func (p *pace) turn(now time.Time, arn string, rate int64, held, end time.Time) (time.Time, error) {
	gap := time.Second / time.Duration(max(rate, 1))
	p.mu.Lock()
	defer p.mu.Unlock()
	if !held.IsZero() && now.Sub(held) < turnTime {
		if after := held.Add(gap); after.After(p.next[arn]) { // another replica gave it
			p.set(now, arn, after)
		}
		return held, nil
	}
	turn := p.next[arn]
	if turn.Before(now) {
		turn = now
	}
	if turn.After(end) {
		return end, errNoTurn
	}
	p.set(now, arn, turn.Add(gap))
	return turn.Add(-max(burst-gap, 0)), nil
}

// set remembers the next turn of a destination. Those that are free need not be remembered.
func (p *pace) set(now time.Time, arn string, next time.Time) {
	if len(p.next) >= maxPaced {
		for k, t := range p.next {
			if t.Before(now) {
				delete(p.next, k)
			}
		}
	}
	if p.next == nil || len(p.next) >= maxPaced {
		p.next = map[string]time.Time{}
	}
	p.next[arn] = next
}
