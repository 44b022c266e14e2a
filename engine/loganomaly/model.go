package loganomaly

import (
	"cmp"
	"slices"

	"vauban/engine/logpattern"
)

// Bounds and thresholds: see the package's text.
const (
	MinEvents   = 50 // messages that a model has seen before it calls anything unusual
	maxKnown    = 2000
	history     = 48 // periods of which counts are kept
	enough      = 12 // periods that a mean is of
	many        = 20
	deviations  = 5
	fewValues   = 5
	knownValues = 100 // messages
)

// Model is what is known of a log group. The zero value knows nothing.
type Model struct {
	Events   int64
	Patterns []*Known
}

// Known is a pattern that was seen.
type Known struct {
	logpattern.Pattern
	Periods []float64 // of the last periods, since it was first seen
	Seen    int64     // messages that its values were seen in
}

// Kind of a finding.
type Kind string

// What can be unusual.
const (
	NewPattern Kind = "new pattern"
	Frequent   Kind = "more frequent"
	Stopped    Kind = "stopped"
	NewValue   Kind = "new value"
)

// Finding is something unusual.
type Finding struct {
	Kind     Kind
	Pattern  logpattern.Pattern
	Count    int64   // messages of the period
	Usual    float64 // messages of a period until now
	Position int     // of the token that has a new value, from 1 on
	Value    string
}

// Window is a period.
type Window struct {
	model   *Model
	lengths map[int][]*Known
	seen    map[*Known]*sighting
	fresh   logpattern.Extractor // what no known pattern matches
	events  int64
}

// sighting is what a period has of a known pattern.
type sighting struct {
	count   int64
	samples []string
	values  []map[string]int
	fresh   map[int]string // the first new value of each token
}

// Begin begins a period.
func (m *Model) Begin() *Window {
	w := &Window{model: m, lengths: map[int][]*Known{}, seen: map[*Known]*sighting{}}
	for _, k := range m.Patterns {
		w.lengths[len(k.Tokens)] = append(w.lengths[len(k.Tokens)], k)
	}
	return w
}

// maxValues bounds the values that are counted of a token: one more than is called few.
const maxValues = fewValues + 1

// Add takes a message. It answers how many bytes more are held.
func (w *Window) Add(message string) int {
	w.events++
	tokens := logpattern.Scan(message)
	for _, k := range w.lengths[len(tokens)] {
		if values, ok := k.Match(tokens); ok {
			return w.sight(k, values, message)
		}
	}
	return w.fresh.Add(message, false)
}

func (w *Window) sight(k *Known, values []string, message string) (weight int) {
	s := w.seen[k]
	if s == nil {
		s = &sighting{values: make([]map[string]int, len(values)), fresh: map[int]string{}}
		for i := range s.values {
			s.values[i] = map[string]int{}
		}
		w.seen[k] = s
		weight += 200 + 48*len(values)
	}
	s.count++
	for i, v := range values {
		if len(k.Pattern.Values) <= i || len(k.Pattern.Values[i]) >= maxValues {
			continue
		}
		v = v[:min(len(v), 200)]
		if _, known := k.Pattern.Values[i][v]; !known && s.fresh[i] == "" {
			s.fresh[i] = v
		}
		if _, known := s.values[i][v]; known || len(s.values[i]) < maxValues {
			s.values[i][v]++
			weight += 16
		}
	}
	if len(s.samples) < 3 {
		s.samples = append(s.samples, message[:min(len(message), 1<<10)])
		weight += min(len(message), 1<<10)
	}
	return weight
}

// End learns the period. learning says that nothing is to be found in it.
func (w *Window) End(learning bool) (found []Finding) {
	m := w.model
	trained := m.Events >= MinEvents && !learning
	for _, k := range m.Patterns {
		s := w.seen[k]
		if trained {
			found = append(found, k.judge(s)...)
		}
		k.learn(s)
	}
	found = append(found, w.grow(trained)...)
	m.Events += w.events
	m.forget()
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Pattern.String(), b.Pattern.String()) })
	return found
}

// learn notes a period that the pattern was in, or not.
func (k *Known) learn(s *sighting) {
	n := 0.0
	if s != nil {
		n = float64(s.count)
		k.Seen += s.count
		for i, values := range s.values {
			for v, c := range values {
				if _, known := k.Pattern.Values[i][v]; known || len(k.Pattern.Values[i]) < maxValues {
					k.Pattern.Values[i][v] += c
				}
			}
		}
	}
	if k.Periods = append(k.Periods, n); len(k.Periods) > history {
		k.Periods = k.Periods[len(k.Periods)-history:]
	}
}

// grow takes in the patterns that were not known: what is alike may become one with what is.
func (w *Window) grow(trained bool) (found []Finding) {
	m := w.model
	fresh := w.fresh.Patterns()
	if len(fresh) == 0 {
		return nil
	}
	var all logpattern.Extractor
	for _, k := range m.Patterns {
		all.AddPattern(k.Pattern)
	}
	for _, p := range fresh {
		all.AddPattern(p)
	}
	var next []*Known
	for _, p := range all.Patterns() {
		k := &Known{Pattern: p}
		known := false
		for _, old := range m.Patterns {
			if p.Covers(&old.Pattern) {
				known = true
				k.take(old)
			}
		}
		if !known {
			k.Periods = []float64{float64(p.Counts[0])}
			k.Seen = p.Counts[0]
		}
		k.limit()
		if trained && !known && p.Counts[0] > 0 {
			found = append(found, Finding{Kind: NewPattern, Pattern: p, Count: p.Counts[0]})
		}
		k.Pattern.Counts, k.Pattern.Samples = [2]int64{}, nil
		next = append(next, k)
	}
	m.Patterns = next
	return found
}

// take adds what was known of a case of the pattern.
func (k *Known) take(old *Known) {
	k.Seen += old.Seen
	for len(k.Periods) < len(old.Periods) {
		k.Periods = append([]float64{0}, k.Periods...)
	}
	for i, c := range old.Periods {
		k.Periods[len(k.Periods)-len(old.Periods)+i] += c
	}
}

// limit keeps as many values as tell that there are more than a few.
func (k *Known) limit() {
	for _, values := range k.Pattern.Values {
		for v := range values {
			if len(values) > maxValues {
				delete(values, v)
			}
		}
	}
}

// forget drops the patterns that were seen least of late, beyond the bound.
func (m *Model) forget() {
	if len(m.Patterns) <= maxKnown {
		return
	}
	age := func(k *Known) (n int) {
		for i := len(k.Periods) - 1; i >= 0 && k.Periods[i] == 0; i-- {
			n++
		}
		return n
	}
	slices.SortStableFunc(m.Patterns, func(a, b *Known) int { return cmp.Compare(age(a), age(b)) })
	clear(m.Patterns[maxKnown:])
	m.Patterns = m.Patterns[:maxKnown]
}
