package contributors

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"vauban/engine/contributor"
	"vauban/store"
)

// Bounds of what waits to be folded for the rules of an account in a region, by weight. It is measured again when it seems to be reached, and not more often than that.
const (
	maxWaiting   = 20_000
	measureAgain = 2 * time.Second
)

// weight is what it costs to fold an arrival, in minutes.
func (a *arrival) weight() int { return len(a.Times) + len(a.Sealed)/2048 }

// queue is how much seems to wait to be folded. A replica knows what it has brought since it has measured, and not what the others have.
type queue struct {
	mu   sync.Mutex
	of   map[string]*line   // by owner
	lost map[string]float64 // events that found no room, by owner
}

type line struct {
	weight   int
	measured time.Time
}

// Room is where what is counted for rules of an owner is put, as far as there is room.
type Room struct {
	*Store
	owner string
}

// Room makes room for the rules of an owner, which are all of its rules.
func (s *Store) Room(tx store.Tx, owner string, rules []string, now time.Time) (*Room, error) {
	r := &Room{s, owner}
	if !s.queue.mayMeasure(owner, now) {
		return r, nil
	}
	weight := 0
	for _, rule := range rules {
		err := arrivals().Skim(tx, store.K(rule), nil, nil, func(_ store.Key, load func() (*arrival, error)) bool {
			weight++
			if a, err := load(); err == nil { // what cannot be read is the job's to tell
				weight += a.weight() - 1
			}
			return weight < maxWaiting
		})
		if err != nil {
			return nil, err
		}
	}
	s.queue.set(owner, weight)
	return r, nil
}

func (q *queue) mayMeasure(owner string, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	x := q.of[owner]
	if x == nil || x.weight < maxWaiting || now.Sub(x.measured) < measureAgain && !now.Before(x.measured) {
		return false
	}
	x.measured = now
	return true
}

func (q *queue) set(owner string, weight int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.of[owner].weight = weight
}

// take takes room if there is any left, be it too little.
func (q *queue) take(owner string, weight int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of == nil {
		q.of = map[string]*line{}
	}
	if q.of[owner] == nil {
		q.of[owner] = &line{}
	}
	if q.of[owner].weight >= maxWaiting {
		return false
	}
	q.of[owner].weight += weight
	return true
}

func (q *queue) add(owner string, weight int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.of[owner].weight += weight
}

func (q *queue) lose(owner string, events float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.lost == nil {
		q.lost = map[string]float64{}
	}
	q.lost[owner] += events
}

// Uncounted is how many events found no room since it was asked last, by owner.
func (s *Store) Uncounted() map[string]float64 {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	out := s.queue.lost
	s.queue.lost = nil
	return out
}

// nonceSize is how many random bytes tell arrivals apart.
const nonceSize = 12

// Prepare makes what is to be put for a rule, so that the work is done before the transaction: in parts of which each can be folded in one. What finds no room
// is not counted.
func (r *Room) Prepare(rule string, c Counts) ([]*Prepared, error) {
	var out []*Prepared
	for times := range slices.Chunk(slices.Sorted(maps.Keys(c)), minutesAtOnce) {
		if !r.queue.take(r.owner, len(times)) {
			for _, t := range times {
				r.queue.lose(r.owner, c[t].Samples)
			}
			continue
		}
		p, err := r.prepare(rule, times, c)
		if err != nil {
			return nil, err
		}
		r.queue.add(r.owner, p.arrival.weight()-len(times))
		out = append(out, p)
	}
	return out, nil
}

func (r *Room) prepare(rule string, times []int64, c Counts) (*Prepared, error) {
	nonce := make([]byte, nonceSize)
	if _, err := io.ReadFull(r.rand, nonce); err != nil {
		return nil, fmt.Errorf("number what was counted: %w", err)
	}
	a := &arrival{Rule: rule, Nonce: fmt.Sprintf("%x", nonce), Times: times}
	var list []*contributor.Summary
	for _, t := range times {
		list = append(list, c[t])
	}
	var err error
	a.Sealed, err = r.seal(arrivals().Name, a.key(), list)
	return &Prepared{a}, err
}

// Prepared is a part of what one call brings for a rule, ready to be put.
type Prepared struct{ arrival *arrival }

// Put keeps it.
func (p *Prepared) Put(tx store.Tx) error { return arrivals().Insert(tx, p.arrival) }
