package metricmath

import "fmt"

// fill gives a series, or each of an array, a value at every time of its range.
func fill(x *evaluation, args []node) (Value, error) {
	v, err := several(x, args[0])
	if err != nil {
		return v, err
	}
	var filler func(s *Series, t int64, i int) (float64, bool)
	switch w, _ := args[1].(word); w {
	case "REPEAT":
		filler = repeat
	case "LINEAR":
		filler = linear
	case "":
		with, err := args[1].eval(x)
		if err != nil {
			return v, err
		}
		if with.Kind == Array {
			return v, fmt.Errorf("a number, a time series, REPEAT or LINEAR is wanted, and not an array")
		}
		filler = func(_ *Series, t int64, _ int) (float64, bool) {
			if with.Kind == Scalar {
				return with.Number, true
			}
			return with.Series[0].at(t)
		}
	default:
		return v, fmt.Errorf("a number, a time series, REPEAT or LINEAR is wanted, and not %s", string(w))
	}
	out := Value{Kind: v.Kind}
	made := 0
	for _, s := range v.Series {
		times, err := x.grid(s.Period)
		if err != nil {
			return v, err
		}
		made += len(times)
		if err := x.room(made); err != nil {
			return v, err
		}
		out.Series = append(out.Series, filled(s, times, filler))
	}
	return out, nil
}

// filled goes through the times; i is how many points of the series are before.
func filled(s *Series, times []int64, filler func(s *Series, t int64, i int) (float64, bool)) *Series {
	out, i := like(s), 0
	for _, t := range times {
		for i < len(s.Times) && s.Times[i] < t {
			i++
		}
		if i < len(s.Times) && s.Times[i] == t {
			out.add(t, s.Values[i])
		} else if v, ok := filler(s, t, i); ok {
			out.add(t, v)
		}
	}
	return out
}

// repeat is the value before.
func repeat(s *Series, _ int64, i int) (float64, bool) {
	if i == 0 {
		return 0, false
	}
	return s.Values[i-1], true
}

// linear lies between the value before and the one after. At the ends there is none of the two.
func linear(s *Series, t int64, i int) (float64, bool) {
	if i == 0 || i == len(s.Times) {
		return 0, false
	}
	share := float64(t-s.Times[i-1]) / float64(s.Times[i]-s.Times[i-1])
	return s.Values[i-1] + share*(s.Values[i]-s.Values[i-1]), true
}
