package contributors

import (
	"io"
	"maps"
	"slices"
	"time"

	"vauban/engine/contributor"
	"vauban/service"
	"vauban/store"
)

// Store writes and reads what rules have counted.
type Store struct {
	sealer service.Sealer
	rand   io.Reader
	codec  codec
	queue  queue
}

// NewStore returns a store that seals with the sealer.
func NewStore(sealer service.Sealer, rand io.Reader) *Store {
	return &Store{sealer: sealer, rand: rand, codec: newCodec()}
}

// Kept is for how long minutes are kept. User Guide: "Viewing Contributor Insights reports".
const Kept = 15 * 24 * time.Hour

// Counts is what was counted, by the second at which a minute begins.
type Counts map[int64]*contributor.Summary

// Minute is the second at which the minute of a time begins.
func Minute(t time.Time) int64 { return t.Unix() - ((t.Unix()%60)+60)%60 }

// Add counts a contribution at a time.
func (c Counts) Add(at time.Time, keys []string, value float64) {
	m := Minute(at)
	if c[m] == nil {
		c[m] = contributor.NewSummary(1)
	}
	c[m].Add(keys, value)
}

// arrival is what one call brought for a rule.
type arrival struct {
	Rule   string  `json:"rule"`
	Nonce  string  `json:"nonce"`
	Times  []int64 `json:"times"`  // of the minutes, ascending
	Sealed []byte  `json:"sealed"` // their summaries, in this order
}

// minute is what a rule has counted in a minute.
type minute struct {
	Rule   string `json:"rule"`
	Time   int64  `json:"time"`
	Sealed []byte `json:"sealed"`
}

func (a *arrival) key() store.Key { return store.K(a.Rule, a.Nonce) }
func (m *minute) key() store.Key  { return store.K(m.Rule, m.Time) }

func arrivals() *store.Table[arrival] {
	return &store.Table[arrival]{Name: "cloudwatch.insightarrival", Key: (*arrival).key}
}

func minutes() *store.Table[minute] {
	return &store.Table[minute]{Name: "cloudwatch.insightminute", Key: (*minute).key}
}

// Opening is what it costs to open a summary, in contributors read.
const Opening = 50

// Each calls fn for every minute of a rule from `from` on and before `to` in which something was counted, in order of time. It tells spend what each summary that
// it opens costs, those of what is not folded yet too, and ends with the error of either.
func (s *Store) Each(tx store.Tx, rule string, from, to int64, spend func(cost int) error, fn func(at int64, sum *contributor.Summary) error) error {
	fresh, err := s.fresh(tx, rule, from, to, spend)
	if err != nil {
		return err
	}
	times := slices.Sorted(maps.Keys(fresh))
	// what came and is not folded yet, up to a time
	before := func(t int64) error {
		for len(times) > 0 && times[0] < t {
			if err := fn(times[0], fresh[times[0]]); err != nil {
				return err
			}
			times = times[1:]
		}
		return nil
	}
	var failed error
	_, err = store.Visit(tx, minutes(), store.K(rule), store.K(rule, from-1), func(m *minute) bool {
		if m.Time >= to {
			return false
		}
		if failed = before(m.Time); failed != nil {
			return false
		}
		sum, err := s.openMinute(m)
		if err == nil {
			err = spend(Opening + sum.Len())
		}
		if err != nil {
			failed = err
			return false
		}
		if len(times) > 0 && times[0] == m.Time {
			sum.Merge(fresh[m.Time])
			times = times[1:]
		}
		failed = fn(m.Time, sum)
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	return before(to)
}

// fresh is what has come for a rule and is not folded yet.
func (s *Store) fresh(tx store.Tx, rule string, from, to int64, spend func(cost int) error) (Counts, error) {
	out := Counts{}
	for a, err := range arrivals().Each(tx, store.K(rule)) {
		if err != nil {
			return nil, err
		}
		cost, err := s.addArrival(out, a, from, to)
		if err == nil {
			err = spend(Opening + cost)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// addArrival merges what an arrival has within the time, and tells what its summaries cost.
func (s *Store) addArrival(into Counts, a *arrival, from, to int64) (cost int, err error) {
	if len(a.Times) == 0 || a.Times[len(a.Times)-1] < from || a.Times[0] >= to {
		return 0, nil
	}
	list, err := s.open(arrivals().Name, a.key(), a.Sealed, len(a.Times))
	if err != nil {
		return 0, err
	}
	for i, t := range a.Times {
		cost += 1 + list[i].Len()
		if t < from || t >= to {
			continue
		}
		if into[t] == nil {
			into[t] = contributor.NewSummary(1)
		}
		into[t].Merge(list[i])
	}
	return cost, nil
}
