package contributors

import (
	"maps"
	"math"
	"slices"
	"time"

	"vauban/engine/contributor"
	"vauban/store"
)

// Known reports whether there is a rule with the ID.
type Known func(tx store.Tx, rule string) (bool, error)

// Bounds of one transaction.
const (
	foldedAtOnce  = 100 // arrivals
	minutesAtOnce = 300
	droppedAtOnce = 500 // minutes
)

// Fold puts what has come into the minutes, and drops what has come for rules that are gone.
func (s *Store) Fold(read, write func(func(store.Tx) error) error, known Known) error {
	for {
		var page store.Page[arrival]
		err := read(func(tx store.Tx) (err error) {
			page, err = arrivals().List(tx, nil, nil, 1)
			return err
		})
		if err != nil || len(page.Items) == 0 {
			return err
		}
		if err := write(func(tx store.Tx) error { return s.foldSome(tx, known) }); err != nil {
			return err
		}
	}
}

func (s *Store) foldSome(tx store.Tx, known Known) error {
	page, err := arrivals().List(tx, nil, nil, foldedAtOnce)
	if err != nil {
		return err
	}
	counts, n := map[string]Counts{}, 0
	for _, a := range page.Items {
		if n > minutesAtOnce {
			break
		}
		n += len(a.Times)
		if counts[a.Rule] == nil {
			counts[a.Rule] = Counts{}
		}
		if _, err := s.addArrival(counts[a.Rule], a, math.MinInt64, math.MaxInt64); err != nil {
			return err
		}
		if err := arrivals().Delete(tx, a.key()); err != nil {
			return err
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(counts)) {
		ok, err := known(tx, rule)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := s.put(tx, rule, counts[rule]); err != nil {
			return err
		}
	}
	return nil
}

// put merges counts into the minutes of a rule.
func (s *Store) put(tx store.Tx, rule string, c Counts) error {
	for _, t := range slices.Sorted(maps.Keys(c)) {
		m := &minute{Rule: rule, Time: t}
		have, err := minutes().Get(tx, m.key())
		if err != nil && !store.IsAbsent(err) {
			return err
		}
		sum := c[t]
		if have != nil {
			if sum, err = s.openMinute(have); err != nil {
				return err
			}
			sum.Merge(c[t])
		}
		if m.Sealed, err = s.seal(minutes().Name, m.key(), []*contributor.Summary{sum}); err != nil {
			return err
		}
		if err := minutes().Put(tx, m); err != nil {
			return err
		}
	}
	return nil
}

// Retain drops minutes that are older than [Kept], and those of rules that are gone.
func (s *Store) Retain(now time.Time, read, write func(func(store.Tx) error) error, known Known) error {
	var after store.Key
	for {
		rule, ok := "", false
		err := read(func(tx store.Tx) error {
			page, err := minutes().List(tx, nil, after, 1)
			if err != nil || len(page.Items) == 0 {
				return err
			}
			rule = page.Items[0].Rule
			ok, err = known(tx, rule)
			return err
		})
		if err != nil || rule == "" {
			return err
		}
		until := int64(math.MaxInt64)
		if ok {
			until = now.Add(-Kept).Unix()
		}
		if err := dropBefore(write, rule, until); err != nil {
			return err
		}
		after = store.K(rule, int64(math.MaxInt64))
	}
}

// dropBefore drops the minutes of a rule before a time.
func dropBefore(write func(func(store.Tx) error) error, rule string, until int64) error {
	for {
		dropped := 0
		err := write(func(tx store.Tx) error {
			dropped = 0
			page, err := minutes().List(tx, store.K(rule), nil, droppedAtOnce)
			if err != nil {
				return err
			}
			for _, m := range page.Items {
				if m.Time >= until {
					break
				}
				if err := minutes().Delete(tx, m.key()); err != nil {
					return err
				}
				dropped++
			}
			return nil
		})
		if err != nil || dropped < droppedAtOnce {
			return err
		}
	}
}
