package series

import (
	"errors"
	"time"

	"vauban/engine/metric"
	"vauban/store"
)

// Query says what is to be read of a series.
type Query struct {
	Unit   string // "" means all units
	Period int64  // seconds
	Start  int64  // seconds since 1970: the first period begins then
	End    int64  // the last period begins before
	Budget *int   // how many buckets may yet be read; nil means all
}

// ErrBudget says that more would have to be read than the query may.
var ErrBudget = errors.New("series: too much to read")

// Bin is what came within one period.
type Bin struct {
	Start int64
	metric.Bucket
}

// tier is a span that buckets are kept in, from an age on.
type tier struct {
	span int64
	from time.Duration
}

// Ages at which buckets are rolled up, and dropped. API reference: "GetMetricStatistics", "Data points with a period of…".
const (
	keepFinest  = 3 * time.Hour
	keepMinutes = 15 * 24 * time.Hour
	keepFives   = 63 * 24 * time.Hour
	keepHours   = 455 * 24 * time.Hour
)

// Read returns what came in each period in which something came, in ascending order. What is kept more coarsely than the period asks for is left out.
func (s *Store) Read(tx store.Tx, id ID, q Query, now time.Time) ([]Bin, error) {
	var out []Bin
	err := s.visit(tx, id, q, now, func(b *bucket) { q.into(&out, b) })
	return out, err
}

// ReadUnits is Read with the samples of each unit apart.
func (s *Store) ReadUnits(tx store.Tx, id ID, q Query, now time.Time) (map[string][]Bin, error) {
	out := map[string][]Bin{}
	err := s.visit(tx, id, q, now, func(b *bucket) {
		unit := b.Unit
		if unit == "" {
			unit = "None"
		}
		bins := out[unit]
		q.into(&bins, b)
		out[unit] = bins
	})
	return out, err
}

// visit calls fn for the buckets of the query, tier by tier.
func (s *Store) visit(tx store.Tx, id ID, q Query, now time.Time, fn func(*bucket)) error {
	tiers := []tier{{hour, keepFives}, {five, keepMinutes}, {minute, 0}}
	if q.Period < minute {
		tiers = []tier{{second, 0}}
	}
	for _, t := range tiers {
		if t.span > q.Period || t.from > 0 && q.Start >= now.Add(-t.from).Unix() {
			continue
		}
		spent := false
		_, err := store.Visit(tx, bucketTable(), store.K(id[:], t.span), store.K(id[:], t.span, q.Start), func(b *bucket) bool {
			if b.Time >= q.End {
				return false
			}
			if q.Budget != nil {
				if *q.Budget--; *q.Budget < 0 {
					spent = true
					return false
				}
			}
			if q.Unit == "" || unitOf(q.Unit) == b.Unit {
				fn(b)
			}
			return true
		})
		if err == nil && spent {
			err = ErrBudget
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// into merges a bucket into the bin of that start. Buckets come in ascending order but where a tier ends and the next begins, which may share a bin.
func (q Query) into(out *[]Bin, from *bucket) {
	start, b := q.Start+floor(from.Time-q.Start, q.Period), &from.Bucket
	i := len(*out)
	for i > 0 && (*out)[i-1].Start > start {
		i--
	}
	if i > 0 && (*out)[i-1].Start == start {
		(*out)[i-1].Merge(b)
		return
	}
	*out = append(*out, Bin{})
	copy((*out)[i+1:], (*out)[i:])
	(*out)[i] = Bin{Start: start, Bucket: *b}
}

// List visits the series of an account in a region, in order, after a key; of one namespace, or one metric, when they are given. It returns where to go on, nil at the end.
func (s *Store) List(tx store.Tx, account, region, namespace, name string, after store.Key, fn func(*Series) (took bool)) (store.Key, error) {
	prefix := store.K(account, region)
	if namespace != "" {
		prefix = prefix.With(namespace)
		if name != "" {
			prefix = prefix.With(name)
		}
	}
	return store.Visit(tx, seriesTable(), prefix, after, fn)
}
