package loganomaly

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"vauban/engine/logpattern"
)

// judge says what is unusual of a known pattern in a period.
func (k *Known) judge(s *sighting) (found []Finding) {
	count := int64(0)
	if s != nil {
		count = s.count
	}
	mean, deviation, always := k.usual()
	if len(k.Periods) >= enough {
		switch {
		case count >= many && float64(count) > mean+deviations*max(deviation, math.Sqrt(mean), 1):
			found = append(found, Finding{Kind: Frequent, Pattern: k.shown(s), Count: count, Usual: mean})
		case count == 0 && always && mean >= many:
			found = append(found, Finding{Kind: Stopped, Pattern: k.shown(s), Usual: mean})
		}
	}
	if s == nil || k.Seen < knownValues {
		return found
	}
	for _, i := range slices.Sorted(maps.Keys(s.fresh)) {
		if n := len(k.Pattern.Values[i]); n > 0 && n <= fewValues {
			found = append(found, Finding{Kind: NewValue, Pattern: k.shown(s), Count: count, Usual: mean, Position: i + 1, Value: s.fresh[i]})
		}
	}
	return found
}

// usual is the mean and deviation of the periods before, and whether the pattern was in each.
func (k *Known) usual() (mean, deviation float64, always bool) {
	always = true
	for _, c := range k.Periods {
		mean += c
		always = always && c > 0
	}
	n := max(float64(len(k.Periods)), 1)
	mean /= n
	for _, c := range k.Periods {
		deviation += (c - mean) * (c - mean)
	}
	return mean, math.Sqrt(deviation / n), always
}

// shown is the pattern with what the period has of it.
func (k *Known) shown(s *sighting) logpattern.Pattern {
	p := k.Pattern
	p.Values = make([]map[string]int, len(k.Pattern.Values))
	for i := range p.Values {
		p.Values[i] = maps.Clone(k.Pattern.Values[i])
		if s != nil {
			maps.Copy(p.Values[i], s.values[i])
		}
	}
	if s != nil {
		p.Samples = s.samples
	}
	return p
}

// Description is for people.
func (f *Finding) Description() string {
	switch f.Kind {
	case Frequent:
		return fmt.Sprintf("%d events of this pattern; %s are usual in such a period", f.Count, strconv.FormatFloat(f.Usual, 'f', 1, 64))
	case Stopped:
		return fmt.Sprintf("No event of this pattern; %s are usual in such a period, and there were some in each", strconv.FormatFloat(f.Usual, 'f', 1, 64))
	case NewValue:
		return fmt.Sprintf("Token %d has a value that it had not before: %s", f.Position, f.Value)
	}
	return fmt.Sprintf("%d events of a pattern that was not seen before", f.Count)
}

// Priority is HIGH for errors, MEDIUM for warnings and changed frequencies, and LOW for the rest.
func (f *Finding) Priority() string {
	switch severity := f.Pattern.Severity(); {
	case severity == "Error":
		return "HIGH"
	case severity == "Warning", f.Kind == Frequent, f.Kind == Stopped:
		return "MEDIUM"
	}
	return "LOW"
}
