package contributor

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
)

// Bounds of a summary.
const (
	MaxContributors = 500
	MaxBytes        = 128 << 10 // of keys
)

// Summary is what came in a span of time. See the package for what it keeps. It is made by [NewSummary].
type Summary struct {
	Samples, Sum, Min, Max float64 // exact

	entries  map[string]*Contributor
	bytes    int       // of the entries' keys
	distinct *distinct // nil as long as none was forgotten
	most     int       // entries
	room     int       // bytes
}

// Contributor is one of those that a summary keeps.
type Contributor struct {
	Keys  []string
	Value float64 // what it has contributed since it is kept
	Peak  float64 // the largest Value of one of the spans that went in: see [Summary.Settle]

	id     string  // the keys as one text
	weight float64 // for which it is kept, after what was forgotten was taken off
}

// NewSummary returns an empty summary that keeps so many times what [MaxContributors] and [MaxBytes] say.
func NewSummary(times int) *Summary {
	return &Summary{entries: map[string]*Contributor{}, most: times * MaxContributors, room: times * MaxBytes}
}

// Add counts a contribution.
func (s *Summary) Add(keys []string, value float64) {
	s.total(1, value, value, value)
	s.enter(&Contributor{Keys: keys, Value: value, id: joined(keys), weight: math.Abs(value)})
	s.bound()
}

func (s *Summary) total(samples, sum, least, largest float64) {
	if s.Samples == 0 || least < s.Min {
		s.Min = least
	}
	if s.Samples == 0 || largest > s.Max {
		s.Max = largest
	}
	s.Samples += samples
	s.Sum += sum
}

// enter adds what a contributor has to what is kept of it.
func (s *Summary) enter(c *Contributor) {
	e := s.entries[c.id]
	if e == nil {
		e = &Contributor{Keys: c.Keys, Peak: c.Peak, id: c.id}
		s.entries[c.id] = e
		s.bytes += len(c.id)
		if s.distinct != nil {
			s.distinct.add(c.id)
		}
	}
	e.Value += c.Value
	e.weight += c.weight
	e.Peak = max(e.Peak, c.Peak)
}

// joined makes one text of keys, which no other keys make.
func joined(keys []string) string {
	if len(keys) == 1 {
		return keys[0]
	}
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(k, "\x01", "\x01\x02"), "\x00", "\x01\x01"))
		b.WriteByte(0)
	}
	return b.String()
}

// bound forgets when there is twice what may be kept, so that it is not done for each contribution.
func (s *Summary) bound() {
	if len(s.entries) > 2*s.most || s.bytes > 2*s.room {
		s.forget()
	}
}

// forget keeps the heaviest contributors, and takes the weight of the heaviest of the others off theirs: so each unit that is taken off one is taken off all of
// them at once, and nobody loses more than the sum by how many are kept.
func (s *Summary) forget() {
	if len(s.entries) <= s.most && s.bytes <= s.room {
		return
	}
	s.estimate()
	order := slices.SortedFunc(maps.Values(s.entries), func(a, b *Contributor) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), strings.Compare(a.id, b.id))
	})
	kept, room := 0, s.room
	for kept < min(s.most, len(order)) && len(order[kept].id) <= room {
		room -= len(order[kept].id)
		kept++
	}
	off := order[kept].weight
	for i, e := range order {
		if e.weight -= off; i >= kept || e.weight <= 0 {
			delete(s.entries, e.id)
			s.bytes -= len(e.id)
		}
	}
}

// estimate begins to estimate how many contributors there are: until then none was forgotten.
func (s *Summary) estimate() {
	if s.distinct != nil {
		return
	}
	s.distinct = &distinct{}
	for id := range s.entries {
		s.distinct.add(id)
	}
}

// Merge adds what another summary has.
func (s *Summary) Merge(o *Summary) {
	if o.Samples == 0 {
		return
	}
	s.total(o.Samples, o.Sum, o.Min, o.Max)
	if o.distinct != nil {
		s.estimate()
		s.distinct.merge(o.distinct)
	}
	for _, e := range o.entries {
		s.enter(e)
	}
	s.bound()
}

// Settle says that the summary is one span: its values are the peaks of it.
func (s *Summary) Settle() {
	for _, e := range s.entries {
		e.Peak = e.Value
	}
}

// Unique is how many contributors there were: counted as long as none was forgotten, then estimated.
func (s *Summary) Unique() float64 {
	if s.distinct == nil {
		return float64(len(s.entries))
	}
	return math.Round(s.distinct.estimate())
}

// Largest is the value of the contributor that has most.
func (s *Summary) Largest() float64 {
	first, most := true, 0.0
	for _, e := range s.entries {
		if first || e.Value > most {
			first, most = false, e.Value
		}
	}
	return most
}

// Top are the contributors that have most, or with peak those whose peak is highest.
func (s *Summary) Top(n int, peak bool) []*Contributor {
	all := make([]*Contributor, 0, len(s.entries))
	for _, e := range s.entries {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Contributor) int {
		by := cmp.Compare(b.Value, a.Value)
		if peak {
			by = cmp.Or(cmp.Compare(b.Peak, a.Peak), by)
		}
		return cmp.Or(by, slices.Compare(a.Keys, b.Keys))
	})
	return all[:min(n, len(all))]
}

// Of is what the contributor with these keys has.
func (s *Summary) Of(keys []string) (float64, bool) {
	if e := s.entries[joined(keys)]; e != nil {
		return e.Value, true
	}
	return 0, false
}

// Len is how many contributors are kept.
func (s *Summary) Len() int { return len(s.entries) }
