package metric

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Statistic is what is asked of samples: "Sum", "p99", "TM(2%:98%)".
type Statistic struct {
	text    string
	kind    kind
	lo, hi  float64
	open    [2]bool // there is no such bound
	percent bool    // bounds are percentages of the samples, else values
}

type kind string

const (
	count      kind = "SampleCount"
	sum        kind = "Sum"
	average    kind = "Average"
	minimum    kind = "Minimum"
	maximum    kind = "Maximum"
	percentile kind = "p"
	trimmed    kind = "TM"
	winsorized kind = "WM"
	trimCount  kind = "TC"
	trimSum    kind = "TS"
	rank       kind = "PR"
)

// ParseStatistic reads a statistic. User Guide: "CloudWatch statistics definitions", "Syntax".
func ParseStatistic(text string) (Statistic, error) {
	s := Statistic{text: text}
	switch kind(text) {
	case count, sum, average, minimum, maximum:
		s.kind = kind(text)
		return s, nil
	}
	if text == "IQM" {
		s.kind, s.lo, s.hi, s.percent = trimmed, 25, 75, true
		return s, nil
	}
	if open := strings.IndexByte(text, '('); open >= 0 && strings.HasSuffix(text, ")") {
		return s, s.parseRange(text[:open], text[open+1:len(text)-1])
	}
	return s, s.parseShort(text)
}

// parseShort reads "p99.9" and "tm90".
func (s *Statistic) parseShort(text string) error {
	digits := strings.TrimLeft(text, "abcdefghijklmnopqrstuvwxyz")
	prefix := text[:len(text)-len(digits)]
	n, err := number(digits)
	if err != nil || n > 100 {
		return s.bad()
	}
	switch prefix {
	case "p":
		s.kind = percentile
	case "tm", "wm", "tc", "ts":
		s.kind = kind(strings.ToUpper(prefix))
	default:
		return s.bad()
	}
	s.hi, s.percent = n, true
	return nil
}

// parseRange reads "TM" and "10%:90%".
func (s *Statistic) parseRange(name, text string) error {
	switch kind(name) {
	case trimmed, winsorized, trimCount, trimSum, rank:
		s.kind = kind(name)
	default:
		return s.bad()
	}
	from, to, ok := strings.Cut(text, ":")
	if !ok || from == "" && to == "" {
		return s.bad()
	}
	var percent [2]bool
	for i, bound := range []string{from, to} {
		if bound == "" {
			s.open[i] = true
			continue
		}
		bound, percent[i] = strings.CutSuffix(bound, "%")
		n, err := number(bound)
		if err != nil || percent[i] && n > 100 {
			return s.bad()
		}
		*[]*float64{&s.lo, &s.hi}[i] = n
	}
	s.percent = percent[0] || percent[1]
	mixed := percent[0] != percent[1] && !s.open[0] && !s.open[1]
	if mixed || s.percent && s.kind == rank || !s.open[0] && !s.open[1] && s.lo > s.hi {
		return s.bad()
	}
	switch {
	case s.open[1] && s.percent:
		s.hi = 100
	case s.open[1]:
		s.hi = math.Inf(1)
	}
	if s.open[0] && !s.percent {
		s.lo = math.Inf(-1)
	}
	return nil
}

func (s *Statistic) bad() error { return fmt.Errorf("%q is not a statistic", s.text) }

// number reads digits with at most ten decimal places.
func number(text string) (float64, error) {
	whole, part, _ := strings.Cut(text, ".")
	if whole == "" || len(whole) > 15 || len(part) > 10 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, 64)
}

// String is the statistic as it was written.
func (s Statistic) String() string { return s.text }

// Percentile returns p of "p99" as a share of one.
func (s Statistic) Percentile() (share float64, ok bool) { return s.hi / 100, s.kind == percentile }

// Grows reports whether more samples can only make the statistic larger, given that they are not negative; Shrinks, whether only smaller.
func (s Statistic) Grows() bool   { return s.kind == sum || s.kind == count || s.kind == maximum }
func (s Statistic) Shrinks() bool { return s.kind == minimum }

// Positive reports whether the statistic grows with positive samples only.
func (s Statistic) Positive() bool { return s.kind == sum }

// Of computes the statistic; false when the bucket does not have it: it is empty, or its distribution is wanted and not known.
func (s Statistic) Of(b *Bucket) (float64, bool) {
	if b.Count == 0 {
		return 0, false
	}
	switch s.kind {
	case count:
		return b.Count, true
	case sum:
		return b.Sum, true
	case average:
		return b.Sum / b.Count, true
	case minimum:
		return b.Min, true
	case maximum:
		return b.Max, true
	}
	if b.Blind {
		return 0, false
	}
	switch s.kind {
	case percentile:
		return b.clamp(b.quantile(s.hi / 100)), true
	case rank:
		n, _ := s.within(b)
		return 100 * n / b.Count, true
	case winsorized:
		return s.winsorize(b)
	}
	n, total := s.within(b)
	switch s.kind {
	case trimCount:
		return n, true
	case trimSum:
		return total, true
	}
	return total / n, n > 0
}

// clamp keeps what stands for a value within what the samples were.
func (b *Bucket) clamp(v float64) float64 { return math.Min(math.Max(v, b.Min), b.Max) }

// quantile is the least value that so large a share of the samples does not exceed.
func (b *Bucket) quantile(share float64) float64 {
	if share >= 1 {
		return b.Max
	}
	if share <= 0 {
		return b.Min
	}
	want, seen := share*b.Count, 0.0
	for _, e := range b.Values {
		if seen += e.Count; seen >= want-1e-9*b.Count {
			return e.Value
		}
	}
	return b.Max
}

// span is the range of ranks, of the samples in ascending order, that percentages name: how many are left out below, and how many are not above.
func (s Statistic) span(b *Bucket) (from, to float64) {
	return math.Round(s.lo / 100 * b.Count), math.Round(s.hi / 100 * b.Count)
}

// within is the count and the sum of the samples within the bounds. Values equal to the upper bound are in, those equal to the lower are not.
func (s Statistic) within(b *Bucket) (n, total float64) {
	from, to := s.span(b)
	seen := 0.0
	for _, e := range b.Values {
		v, share := b.clamp(e.Value), e.Count
		if s.percent {
			share = math.Max(0, math.Min(seen+e.Count, to)-math.Max(seen, from))
		} else if v <= s.lo || v > s.hi {
			share = 0
		}
		seen += e.Count
		n += share
		total += share * v
	}
	return n, total
}

// winsorize is the mean with what is out of bounds taken as the bound.
func (s Statistic) winsorize(b *Bucket) (float64, bool) {
	lo, hi := s.lo, s.hi
	if s.percent {
		lo, hi = b.Min, b.quantile(s.hi/100)
		if s.lo > 0 {
			lo = b.quantile(s.lo / 100)
		}
	}
	total := 0.0
	for _, e := range b.Values {
		total += e.Count * math.Min(math.Max(b.clamp(e.Value), lo), hi)
	}
	return total / b.Count, true
}
