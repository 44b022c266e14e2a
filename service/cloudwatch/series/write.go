package series

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"vauban/engine/metric"
	"vauban/store"
)

// Sample is what came of a metric at a time: one value or many.
type Sample struct {
	Metric *Metric
	Unit   string // "" or "None" is no unit
	Time   time.Time
	Fine   bool // of high resolution
	metric.Bucket
}

// Store writes and reads series. One replica has one.
type Store struct {
	mu    sync.Mutex
	known map[ID]time.Time // series that are in the store, with their Last
	most  int              // series of an account in a region
}

// DefaultMost is how many series an account has in a region at most, unless it is told otherwise. CloudWatch has no such bound, and an invoice instead.
const DefaultMost = 500_000

// NewStore returns a store that lets an account have so many series in a region.
func NewStore(most int) *Store { return &Store{known: map[ID]time.Time{}, most: most} }

// ErrCardinality says that the account has too many series to begin another.
var ErrCardinality = errors.New("series: too many metrics")

// touched is how often Last is written, and maxKnown bounds what is remembered.
const (
	touched  = 15 * time.Minute
	maxKnown = 200_000
)

// place is where a sample goes.
type place struct {
	id   ID
	span int64
	time int64
	unit string
}

func (p place) compare(q place) int {
	return cmp.Or(bytes.Compare(p.id[:], q.id[:]), cmp.Compare(p.span, q.span), cmp.Compare(p.time, q.time), cmp.Compare(p.unit, q.unit))
}

// Put adds samples in a transaction, and returns the series that they are of.
func (s *Store) Put(tx store.Tx, samples []Sample, now time.Time) ([]ID, error) {
	places := map[place]*metric.Bucket{}
	type seen struct {
		metric *Metric
		fine   bool
	}
	metrics := map[ID]seen{}
	var ids []ID
	for i := range samples {
		x := &samples[i]
		id := x.Metric.ID()
		m, again := metrics[id]
		if !again {
			ids = append(ids, id)
		}
		metrics[id] = seen{x.Metric, m.fine || x.Fine}
		for _, span := range []int64{minute, second} {
			if span == minute || x.Fine {
				p := place{id, span, floor(x.Time.Unix(), span), unitOf(x.Unit)}
				if places[p] == nil {
					places[p] = &metric.Bucket{}
				}
				places[p].Merge(&x.Bucket)
			}
		}
	}
	for _, id := range ids {
		if err := s.meet(tx, id, metrics[id].metric, metrics[id].fine, now); err != nil {
			return nil, err
		}
	}
	order := make([]place, 0, len(places))
	for p := range places {
		order = append(order, p)
	}
	slices.SortFunc(order, place.compare) // writers who meet take turns, and do not wait for each other in a circle
	for _, p := range order {
		if err := add(tx, p, places[p]); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func unitOf(unit string) string {
	if unit == "None" {
		return ""
	}
	return unit
}

// floor rounds a time down.
func floor(t, span int64) int64 {
	if r := t % span; r < 0 {
		return t - r - span
	} else {
		return t - r
	}
}

// add merges what came into what is there.
func add(tx store.Tx, p place, came *metric.Bucket) error {
	b := &bucket{id: p.id, span: p.span, Time: p.time, Unit: p.unit}
	have, err := bucketTable().Get(tx, b.key())
	switch {
	case store.IsAbsent(err):
		b.Bucket = *came
		return bucketTable().Insert(tx, b)
	case err != nil:
		return err
	}
	b.Bucket = have.Bucket
	b.Merge(came)
	return bucketTable().Update(tx, b)
}

// meet makes the series of a metric that comes for the first time, and notes from time to time that it still comes.
func (s *Store) meet(tx store.Tx, id ID, m *Metric, fine bool, now time.Time) error {
	if s.knows(id, fine, now) {
		return nil
	}
	x := &Series{Metric: *m, Fine: fine, Last: now}
	x.Dimensions = slices.SortedFunc(slices.Values(m.Dimensions), byName)
	have, err := seriesTable().Get(tx, x.key())
	switch {
	case store.IsAbsent(err):
		if err := s.count(tx, m, 1); err != nil {
			return err
		}
		return seriesTable().Insert(tx, x)
	case err != nil:
		return err
	case now.Sub(have.Last) < touched && (have.Fine || !fine):
		s.remember(id, have.Fine, have.Last) // committed before, or by what this transaction will commit
		return nil
	}
	x.Fine = fine || have.Fine
	if have.Last.After(now) {
		x.Last = have.Last
	}
	return seriesTable().Update(tx, x)
}

// count adds to the number of series of the metric's account and region.
func (s *Store) count(tx store.Tx, m *Metric, n int) error {
	c := &cardinality{Account: m.Account, Region: m.Region}
	have, err := cardinalityTable().Get(tx, cardinalityTable().Key(c))
	if err != nil && !store.IsAbsent(err) {
		return err
	}
	if have != nil {
		c = have
	}
	if c.Count += n; n > 0 && c.Count > s.most {
		return ErrCardinality
	}
	return cardinalityTable().Put(tx, c)
}

func (s *Store) knows(id ID, fine bool, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.known[fineID(id, fine)]
	return ok && now.Sub(last) < touched
}

// remember notes a series that a transaction has found. One that the same transaction has made is not found before the next, or rolls back with it: see meet.
func (s *Store) remember(id ID, fine bool, last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[id] = last
	if fine {
		s.known[fineID(id, true)] = last
	}
}

// fineID tells series that are known to be fine from those that may not be.
func fineID(id ID, fine bool) ID {
	if fine {
		id[0] ^= 0xff
	}
	return id
}
