package metricmath

import (
	"fmt"
	"math"
)

// aggregating makes a number of a series, or one series of an array. fn is given the values, and how many there would be if none were missing.
func aggregating(fn func(values []float64, of int) float64) function {
	return function{1, 1, func(x *evaluation, args []node) (Value, error) {
		v, err := args[0].eval(x)
		switch {
		case err != nil:
			return v, err
		case v.Kind == Scalar:
			return v, fmt.Errorf("a time series is wanted, and not a number")
		case v.Kind == Single:
			s := v.Series[0]
			return scalar(fn(s.Values, len(s.Values))), nil
		}
		out := &Series{Period: x.Period}
		if len(v.Series) > 0 {
			out.Period = v.Series[0].Period
		}
		at := make([]int, len(v.Series))
		for _, t := range union(v.Series) {
			var values []float64
			for i, s := range v.Series {
				if at[i] < len(s.Times) && s.Times[at[i]] == t {
					values = append(values, s.Values[at[i]])
					at[i]++
				}
			}
			out.add(t, fn(values, len(v.Series)))
		}
		return single(out), nil
	}}
}

func sum(values []float64, _ int) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// average is no number when there are no values.
func average(values []float64, of int) float64 { return sum(values, of) / float64(of) }

func least(values []float64, _ int) float64 {
	out := math.NaN()
	for i, v := range values {
		if i == 0 || v < out {
			out = v
		}
	}
	return out
}

func largest(values []float64, _ int) float64 {
	out := math.NaN()
	for i, v := range values {
		if i == 0 || v > out {
			out = v
		}
	}
	return out
}

func deviation(values []float64, _ int) float64 {
	mean, total := average(values, len(values)), 0.0
	for _, v := range values {
		total += (v - mean) * (v - mean)
	}
	return math.Sqrt(total / float64(len(values)))
}

func count(values []float64, _ int) float64 { return float64(len(values)) }
