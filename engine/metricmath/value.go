package metricmath

import (
	"fmt"
	"math"
	"slices"
)

// Series is values over time.
type Series struct {
	ID     string
	Label  string
	Period int64     // seconds
	Times  []int64   // seconds since 1970, ascending
	Values []float64 // finite
}

// add appends a point, unless its value is no number.
func (s *Series) add(t int64, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	s.Times = append(s.Times, t)
	s.Values = append(s.Values, v)
}

// at is the value at that time.
func (s *Series) at(t int64) (float64, bool) {
	if i, ok := slices.BinarySearch(s.Times, t); ok {
		return s.Values[i], true
	}
	return 0, false
}

// Kind is what a value is.
type Kind uint8

// The kinds of values.
const (
	Scalar Kind = iota
	Single      // one series
	Array       // of series
)

func (k Kind) String() string {
	return [...]string{"a number", "a time series", "an array of time series"}[k]
}

// Value is what an expression comes to.
type Value struct {
	Kind   Kind
	Number float64
	Series []*Series // one when Single
}

func scalar(v float64) Value      { return Value{Number: v} }
func single(s *Series) Value      { return Value{Kind: Single, Series: []*Series{s}} }
func array(list ...*Series) Value { return Value{Kind: Array, Series: list} }

// of makes a series like another, with other values.
func like(s *Series) *Series { return &Series{ID: s.ID, Label: s.Label, Period: s.Period} }

// each applies fn to every series of the value; a number goes through number.
func (v Value) each(fn func(*Series) *Series) Value {
	out := Value{Kind: v.Kind}
	for _, s := range v.Series {
		out.Series = append(out.Series, fn(s))
	}
	return out
}

// mapped applies fn to every number of the value.
func (v Value) mapped(fn func(float64) float64) Value {
	if v.Kind == Scalar {
		return scalar(fn(v.Number))
	}
	return v.each(func(s *Series) *Series {
		out := like(s)
		for i, t := range s.Times {
			out.add(t, fn(s.Values[i]))
		}
		return out
	})
}

// union is all times of the series, ascending.
func union(list []*Series) []int64 {
	var all []int64
	for _, s := range list {
		all = append(all, s.Times...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Range is the time that is asked about.
type Range struct {
	Start, End int64 // seconds since 1970; End is not in it
	Period     int64
	Work       *int // points made so far, by all expressions of a request; nil counts those of one
}

// maxPoints bounds one series that a function makes.
const maxPoints = 100_800

// grid is every time of the range at which a series of the period may have a value.
func (r Range) grid(period int64) ([]int64, error) {
	if period <= 0 || (r.End-r.Start)/period > maxPoints {
		return nil, fmt.Errorf("the time range has more than %d periods", maxPoints)
	}
	var out []int64
	for t := r.Start; t < r.End; t += period {
		out = append(out, t)
	}
	return out, nil
}
