package contributors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"vauban/engine/contributor"
	"vauban/store"
)

// Known tells the account of the rule with the ID; "" when there is none.
type Known func(tx store.Tx, rule string) (account string, err error)

// Bounds of one transaction, and of one turn of the job for an account.
const (
	foldedAtOnce  = 100 // arrivals
	minutesAtOnce = 300 // by weight, unless one arrival has more
	foldedOfOne   = 600 // minutes written for an account in a turn, and what is read for it
	droppedAtOnce = 500 // minutes
)

// waits is a rule for which something has come.
type waits struct{ rule, account string }

// Fold puts what has come into the minutes, and drops what has come for rules that are gone. Rules take turns, from a random one on, and what goes beyond the
// bound of an account waits for the next turn: a rule with much to fold holds up no other. What cannot be opened stays, and Fold tells of it when the rest is folded.
func (s *Store) Fold(read, write func(func(store.Tx) error) error, known Known) error {
	rules, err := s.waiting(read, known)
	if err != nil {
		return err
	}
	var failed []error
	spent := map[string]int{}
	for len(rules) > 0 {
		var again []waits
		for _, r := range rules {
			if spent[r.account] >= foldedOfOne {
				continue
			}
			var f folded
			err := write(func(tx store.Tx) (err error) {
				f, err = s.foldSome(tx, r.rule, known)
				return err
			})
			if err != nil {
				failed = append(failed, fmt.Errorf("fold what rule %s of account %s has counted: %w", r.rule, r.account, err))
				continue
			}
			spent[r.account] += f.cost
			switch {
			case f.more:
				again = append(again, r)
			case f.shut != nil:
				failed = append(failed, fmt.Errorf("some of what has come for rule %s of account %s stays unfolded: %w", r.rule, r.account, f.shut))
			}
		}
		rules = again
	}
	return errors.Join(failed...)
}

// waiting are the rules for which something has come, from a random one on.
func (s *Store) waiting(read func(func(store.Tx) error) error, known Known) (out []waits, err error) {
	err = read(func(tx store.Tx) error {
		out = nil
		var after store.Key
		for {
			rule := ""
			var bad error
			err := arrivals().Skim(tx, nil, after, nil, func(key store.Key, _ func() (*arrival, error)) bool {
				bad = key.Parts(&rule, new(string))
				return false
			})
			if err = errors.Join(err, bad); err != nil || rule == "" {
				return err
			}
			account, err := known(tx, rule)
			if err != nil {
				return err
			}
			out, after = append(out, waits{rule, account}), store.K(rule).End()
		}
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	b := make([]byte, 8)
	if _, err := io.ReadFull(s.rand, b); err != nil {
		return nil, fmt.Errorf("draw the rule that comes first: %w", err)
	}
	first := int(binary.BigEndian.Uint64(b) % uint64(len(out)))
	return slices.Concat(out[first:], out[:first]), nil
}

// folded is what one transaction has done for a rule.
type folded struct {
	cost int
	more bool  // something is left that can be folded
	shut error // of the last arrival that could not be opened
}

func (s *Store) foldSome(tx store.Tx, rule string, known Known) (f folded, err error) {
	account, err := known(tx, rule)
	if err != nil {
		return f, err
	}
	counts, weight := Counts{}, 0
	var done []store.Key
	err = arrivals().Skim(tx, store.K(rule), nil, nil, func(key store.Key, load func() (*arrival, error)) bool {
		if f.more = len(done) == foldedAtOnce; f.more {
			return false
		}
		a, err := load()
		if err == nil {
			if f.more = len(done) > 0 && weight+a.weight() > minutesAtOnce; f.more {
				return false
			}
			if account != "" {
				_, err = s.addArrival(counts, a, math.MinInt64, math.MaxInt64)
			}
		}
		if err != nil {
			f.shut = err
			return true
		}
		done, weight = append(done, key), weight+a.weight()
		return true
	})
	if err != nil {
		return f, err
	}
	for _, key := range done {
		if err := arrivals().Delete(tx, key); err != nil {
			return f, err
		}
	}
	f.cost = 1 + len(counts) + weight/8 // to read costs less than to write
	return f, s.put(tx, rule, counts)
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
		rule, account := "", ""
		err := read(func(tx store.Tx) error {
			page, err := minutes().List(tx, nil, after, 1)
			if err != nil || len(page.Items) == 0 {
				return err
			}
			rule = page.Items[0].Rule
			account, err = known(tx, rule)
			return err
		})
		if err != nil || rule == "" {
			return err
		}
		until := int64(math.MaxInt64)
		if account != "" {
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
