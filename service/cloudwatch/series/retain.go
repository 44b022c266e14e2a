package series

import (
	"time"

	"vauban/engine/metric"
	"vauban/store"
)

// batch is how many buckets one transaction of Retain rolls up or drops.
const batch = 500

// step is what becomes of the buckets of a span when they are old.
type step struct {
	span int64
	keep time.Duration
	to   int64 // the span of what they are rolled up into; 0 when they are dropped
}

func steps() []step {
	return []step{{second, keepFinest, 0}, {minute, keepMinutes, five}, {five, keepFives, hour}, {hour, keepHours, 0}}
}

// Retain rolls up and drops what is old, series by series. read and write run a transaction.
func (s *Store) Retain(now time.Time, read, write func(func(store.Tx) error) error) error {
	var after store.Key
	for {
		var some []*Series
		var next store.Key
		err := read(func(tx store.Tx) error {
			page, err := seriesTable().List(tx, nil, after, 200)
			some, next = page.Items, page.Next
			return err
		})
		if err != nil {
			return err
		}
		for _, x := range some {
			if err := s.retain(x, now, read, write); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		after = next
	}
}

func (s *Store) retain(x *Series, now time.Time, read, write func(func(store.Tx) error) error) error {
	id := x.ID()
	for _, step := range steps() {
		if step.span == second && !x.Fine {
			continue
		}
		for {
			var old []*bucket
			find := func(tx store.Tx) (err error) {
				old, err = oldest(tx, id, step, now)
				return err
			}
			if err := read(find); err != nil {
				return err
			}
			if len(old) == 0 {
				break
			}
			err := write(func(tx store.Tx) error {
				if err := find(tx); err != nil {
					return err
				}
				return replace(tx, id, step, old)
			})
			if err != nil {
				return err
			}
		}
	}
	if now.Sub(x.Last) <= keepHours {
		return nil
	}
	return write(func(tx store.Tx) error { return s.forget(tx, x, now) })
}

// oldest returns some buckets that are older than the step keeps them. All of a larger span go together: the end is where one ends.
func oldest(tx store.Tx, id ID, st step, now time.Time) ([]*bucket, error) {
	end := now.Add(-st.keep).Unix()
	if st.to > 0 {
		end = floor(end, st.to)
	}
	var old []*bucket
	_, err := store.Visit(tx, bucketTable(), store.K(id[:], st.span), nil, func(b *bucket) bool {
		if b.Time >= end || len(old) == batch {
			return false
		}
		b.id, b.span = id, st.span
		old = append(old, b)
		return true
	})
	return old, err
}

func replace(tx store.Tx, id ID, st step, old []*bucket) error {
	for _, b := range old {
		if err := bucketTable().Delete(tx, b.key()); err != nil {
			return err
		}
	}
	if st.to == 0 {
		return nil
	}
	larger := map[place]*metric.Bucket{}
	for _, b := range old {
		p := place{id, st.to, floor(b.Time, st.to), b.Unit}
		if larger[p] == nil {
			larger[p] = &metric.Bucket{}
		}
		larger[p].Merge(&b.Bucket)
	}
	for p, b := range larger {
		if err := add(tx, p, b); err != nil {
			return err
		}
	}
	return nil
}

// forget drops a series of which nothing is left.
func (s *Store) forget(tx store.Tx, x *Series, now time.Time) error {
	have, err := seriesTable().Get(tx, x.key())
	if store.IsAbsent(err) {
		return nil
	}
	if err != nil || now.Sub(have.Last) <= keepHours {
		return err
	}
	if err := s.count(tx, &x.Metric, -1); err != nil {
		return err
	}
	return seriesTable().Delete(tx, x.key())
}
