package metric

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Bucket is what is known of the samples of a span of time. The zero value is that of no samples.
type Bucket struct {
	Sum   float64 `json:"s"`
	Min   float64 `json:"l"`
	Max   float64 `json:"h"`
	Count float64 `json:"n"`

	Level  int     `json:"c,omitempty"` // how coarse Values are: 0 exact, each further one doubles the width
	Blind  bool    `json:"b,omitempty"` // the distribution is not known
	Values Entries `json:"v,omitempty"` // in ascending order; none when Blind
}

// Entry is a value that occurs so often.
type Entry struct{ Value, Count float64 }

// Entries are a distribution. In JSON they are a flat list, values and counts in turn: what is evaluated often is read often.
type Entries []Entry

// MarshalJSON implements [json.Marshaler].
func (list Entries) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 16*len(list)+2)
	out = append(out, '[')
	for i, e := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendFloat(out, e.Value, 'g', -1, 64)
		out = append(out, ',')
		out = strconv.AppendFloat(out, e.Count, 'g', -1, 64)
	}
	return append(out, ']'), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (list *Entries) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), "[] \t\r\n")
	if text == "" || text == "null" {
		*list = nil
		return nil
	}
	out := make(Entries, 0, strings.Count(text, ",")/2+1)
	for text != "" {
		var pair [2]float64
		for i := range pair {
			var field string
			field, text, _ = strings.Cut(text, ",")
			v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
			if err != nil {
				return fmt.Errorf("entry of a distribution: %w", err)
			}
			pair[i] = v
		}
		out = append(out, Entry{pair[0], pair[1]})
	}
	*list = out
	return nil
}

// Bounds of a distribution.
const (
	maxExact  = 64
	maxCoarse = 512
	maxLevel  = 12 // beyond this a single entry spans everything that a float64 can be
)

// width is the ratio of the bounds of a bucket at level 1. The middle of a bucket is at most 1 % from all that is in it.
const width = 1.02

// Add adds a value that occurred count times. Both must be finite, and count positive.
func (b *Bucket) Add(value, count float64) {
	b.total(value*count, value, value, count)
	switch {
	case b.Blind:
	case value < 0:
		b.blind()
	default:
		b.insert(Entry{canonical(value, b.Level), count})
		b.coarsen()
	}
}

// AddSet adds a statistic set. Its distribution is known when all its values are the same.
func (b *Bucket) AddSet(sum, least, largest, count float64) {
	if least == largest && sum == least*count {
		b.Add(least, count)
		return
	}
	b.total(sum, least, largest, count)
	b.blind()
}

// Merge adds all that is in the other.
func (b *Bucket) Merge(o *Bucket) {
	if o.Count == 0 {
		return
	}
	b.total(o.Sum, o.Min, o.Max, o.Count)
	if b.Blind || o.Blind {
		b.blind()
		return
	}
	level := max(b.Level, o.Level)
	all := make([]Entry, 0, len(b.Values)+len(o.Values))
	for _, from := range []*Bucket{b, o} {
		for _, e := range from.Values {
			if from.Level != level {
				e.Value = canonical(e.Value, level)
			}
			all = append(all, e)
		}
	}
	b.Level, b.Values = level, union(all)
	b.coarsen()
}

func (b *Bucket) total(sum, least, largest, count float64) {
	if b.Count == 0 {
		b.Min, b.Max = least, largest
	}
	b.Min, b.Max = math.Min(b.Min, least), math.Max(b.Max, largest)
	b.Sum += sum
	b.Count += count
}

func (b *Bucket) blind() { b.Blind, b.Level, b.Values = true, 0, nil }

func (b *Bucket) insert(e Entry) {
	i := sort.Search(len(b.Values), func(i int) bool { return b.Values[i].Value >= e.Value })
	if i < len(b.Values) && b.Values[i].Value == e.Value {
		b.Values[i].Count += e.Count
		return
	}
	b.Values = slices.Insert(b.Values, i, e)
}

// coarsen makes the entries as few as they may be. The level depends on the values only, not on their order: it is the first at which they fit.
func (b *Bucket) coarsen() {
	for (b.Level == 0 && len(b.Values) > maxExact) || (len(b.Values) > maxCoarse && b.Level < maxLevel) {
		b.Level++
		for i := range b.Values {
			b.Values[i].Value = canonical(b.Values[i].Value, b.Level)
		}
		b.Values = union(b.Values)
	}
}

// union sorts entries and adds those of one value together.
func union(all []Entry) []Entry {
	slices.SortFunc(all, func(a, b Entry) int {
		switch {
		case a.Value < b.Value:
			return -1
		case a.Value > b.Value:
			return 1
		}
		return 0
	})
	out := all[:0]
	for _, e := range all {
		if n := len(out); n > 0 && out[n-1].Value == e.Value {
			out[n-1].Count += e.Count
			continue
		}
		out = append(out, e)
	}
	return out
}

// canonical is the value that stands for a value at a level: the middle of its logarithmic bucket, in the sense of relative error. That of a value that is
// canonical at a lower level is that of the value itself.
func canonical(v float64, level int) float64 {
	if level == 0 || v == 0 {
		return v
	}
	step := math.Log(width) * float64(int(1)<<(level-1))
	i := math.Ceil(math.Log(v)/step - 1e-9)
	upper := math.Exp(step * i)
	return 2 * upper / (math.Exp(step) + 1)
}
