package metricmath

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

func metrics(x *evaluation, args []node) (Value, error) {
	all, err := x.Metrics()
	out := array()
	for _, s := range all {
		if len(args) == 0 || strings.Contains(s.ID, string(args[0].(text))) {
			out.Series = append(out.Series, s)
		}
	}
	return out, err
}

// several evaluates an argument that is to be an array.
func several(x *evaluation, n node) (Value, error) {
	v, err := n.eval(x)
	if err == nil && v.Kind == Scalar {
		err = fmt.Errorf("an array of time series is wanted, and not a number")
	}
	return v, err
}

// amount evaluates an argument that is to be a number.
func amount(x *evaluation, n node) (float64, error) {
	v, err := n.eval(x)
	if err == nil && v.Kind != Scalar {
		err = fmt.Errorf("a number is wanted, and not %s", v.Kind)
	}
	return v.Number, err
}

func metricCount(x *evaluation, args []node) (Value, error) {
	v, err := several(x, args[0])
	return scalar(float64(len(v.Series))), err
}

func period(x *evaluation, args []node) (Value, error) {
	v, err := args[0].eval(x)
	if err == nil && v.Kind != Single {
		err = fmt.Errorf("the ID of a metric is wanted")
	}
	if err != nil {
		return v, err
	}
	return scalar(float64(v.Series[0].Period)), nil
}

func timeSeries(x *evaluation, args []node) (Value, error) {
	n, err := amount(x, args[0])
	if err != nil {
		return Value{}, err
	}
	times, err := x.grid(x.Period)
	out := &Series{Period: x.Period}
	for _, t := range times {
		out.add(t, n)
	}
	return single(out), err
}

func first(x *evaluation, args []node) (Value, error) { return pick(x, args, 0) }
func last(x *evaluation, args []node) (Value, error)  { return pick(x, args, -1) }

func pick(x *evaluation, args []node, i int) (Value, error) {
	v, err := several(x, args[0])
	if err != nil {
		return v, err
	}
	if len(v.Series) == 0 {
		return single(&Series{Period: x.Period}), nil
	}
	return single(v.Series[(i+len(v.Series))%len(v.Series)]), nil
}

func slice(x *evaluation, args []node) (Value, error) {
	v, err := several(x, args[0])
	if err != nil {
		return v, err
	}
	from, err := amount(x, args[1])
	if err != nil {
		return v, err
	}
	to := float64(len(v.Series))
	if len(args) == 3 {
		if to, err = amount(x, args[2]); err != nil {
			return v, err
		}
	}
	return array(v.Series[within(from, v.Series):max(within(from, v.Series), within(to, v.Series))]...), nil
}

// within makes a number an index of the list.
func within(n float64, list []*Series) int {
	switch {
	case !(n > 0):
		return 0
	case n >= float64(len(list)):
		return len(list)
	}
	return int(n)
}

func sorted(x *evaluation, args []node) (Value, error) {
	v, err := several(x, args[0])
	if err != nil {
		return v, err
	}
	by := map[word]func([]float64, int) float64{"AVG": average, "MIN": least, "MAX": largest, "SUM": sum}[args[1].(word)]
	out := slices.Clone(v.Series)
	slices.SortStableFunc(out, func(a, b *Series) int {
		p, q := by(a.Values, len(a.Values)), by(b.Values, len(b.Values))
		c := 0
		switch {
		case math.IsNaN(p) || math.IsNaN(q): // what has no values is last
			return boolCompare(math.IsNaN(p), math.IsNaN(q))
		case p < q:
			c = -1
		case p > q:
			c = 1
		}
		if args[2].(word) == "DESC" {
			c = -c
		}
		return c
	})
	if len(args) == 4 {
		limit, err := amount(x, args[3])
		if err != nil {
			return v, err
		}
		out = out[:within(limit, out)]
	}
	return array(out...), nil
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func removeEmpty(x *evaluation, args []node) (Value, error) {
	v, err := several(x, args[0])
	out := array()
	for _, s := range v.Series {
		if len(s.Times) > 0 {
			out.Series = append(out.Series, s)
		}
	}
	return out, err
}
