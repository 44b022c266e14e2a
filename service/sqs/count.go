package sqs

import (
	"errors"
	"sync"
	"time"

	"vauban/store"
)

// tally is how many messages a queue has, by what can be done with them.
type tally struct {
	visible, flying, delayed int
}

// counts keeps the counts of queues that have many messages. No document counts for a queue: every send and every deletion would write it.
type counts struct {
	mu sync.Mutex
	m  map[string]kept // by space
}

type kept struct {
	tally
	until time.Time
}

const (
	slowCount = 5_000 // messages: beyond this a count is kept
	keepTimes = 20    // as many times as long as it took
	maxCounts = 1000
)

// count tells how many messages the queue has. It is exact for the snapshot unless there are many: then it may be old by twenty times of what
// counting takes.
func (s *Service) count(tx store.Tx, q *Queue, now time.Time) (tally, error) {
	s.counts.mu.Lock()
	k, ok := s.counts.m[q.Space]
	s.counts.mu.Unlock()
	if ok && time.Now().Before(k.until) {
		return k.tally, nil
	}
	began := time.Now()
	n, err := countIn(tx, q, now)
	took := time.Since(began)
	if err != nil || n.visible+n.flying+n.delayed < slowCount {
		return n, err
	}
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	if s.counts.m == nil || len(s.counts.m) >= maxCounts {
		s.counts.m = map[string]kept{}
	}
	s.counts.m[q.Space] = kept{n, time.Now().Add(keepTimes * took)}
	return n, nil
}

func countIn(tx store.Tx, q *Queue, now time.Time) (n tally, err error) {
	if q.FIFO {
		return countGroups(tx, q, now)
	}
	for d, err := range dues.Each(tx, store.K(q.Space)) {
		switch {
		case err != nil:
			return n, err
		case !d.At.After(now):
			n.visible++
		case d.Seen:
			n.flying++
		default:
			n.delayed++
		}
	}
	return n, nil
}

func countGroups(tx store.Tx, q *Queue, now time.Time) (n tally, err error) {
	for g, err := range groups.Each(tx, store.K(q.Space)) {
		if err != nil {
			return n, err
		}
		flying := g.flying(now)
		n.flying += flying
		n.visible += g.Count - flying
		if q.Settings.Delay == 0 && (flying > 0 || !g.At.After(now)) {
			continue
		}
		for m, err := range messages.Each(tx, store.K(g.Space, g.Name)) {
			if err != nil {
				return n, err
			}
			if m.Here == 0 && m.At.After(now) {
				n.visible--
				n.delayed++
			}
		}
	}
	return n, nil
}

func (g *Group) flying(now time.Time) (n int) {
	for _, f := range g.Flying {
		if f.Until.After(now) {
			n++
		}
	}
	return n
}

// estimates are upper bounds of the messages in flight of the queues that this replica receives from.
type estimates struct {
	mu sync.Mutex
	m  map[string]*estimate // by space
}

type estimate struct {
	counted int
	since   int // received here since the count
	at      time.Time
}

func (e *estimates) received(space string, n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x := e.m[space]; x != nil {
		x.since += n
	}
}

func (e *estimates) get(space string) estimate {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x := e.m[space]; x != nil {
		return *x
	}
	return estimate{}
}

func (e *estimates) set(space string, x estimate) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.m == nil || len(e.m) >= maxCounts {
		e.m = map[string]*estimate{}
	}
	e.m[space] = &x
}

// maxFlying is how many messages of a queue are in flight at most. Developer guide: "Amazon SQS standard queue quotas" and "FIFO queue quotas".
const maxFlying = 120_000

// recount is how long a count is taken for true though other replicas receive, too.
const recount = time.Minute

// full says that too much of the queue is in flight. That is an error on a standard queue; a FIFO queue just has nothing then.
func (s *Service) full(tx store.Tx, q *Queue, now time.Time) (bool, error) {
	x := s.flying.get(q.Space)
	if x.at.IsZero() || now.Sub(x.at) > recount || x.since > (s.most-x.counted)/4 {
		n, err := inFlight(tx, q, now, s.most)
		if err != nil {
			return false, err
		}
		x = estimate{counted: n, at: now}
		s.flying.set(q.Space, x)
	}
	if x.counted+x.since < s.most {
		return false, nil
	}
	if q.FIFO {
		return true, nil
	}
	return true, errFlying()
}

// inFlight counts what is in flight, up to most.
func inFlight(tx store.Tx, q *Queue, now time.Time, most int) (n int, err error) {
	var failed error
	_, err = store.Visit(tx, dues, store.K(q.Space), store.K(q.Space, now), func(d *Due) bool {
		if !d.At.After(now) {
			return true
		}
		if !q.FIFO {
			if d.Seen {
				n++
			}
			return n < most
		}
		g, err := groups.Get(tx, store.K(d.Space, d.Lane))
		if err != nil {
			failed = err
			return false
		}
		n += g.flying(now)
		return n < most
	})
	return n, errors.Join(err, failed)
}
