package metricmath

import "fmt"

// condition is IF. User Guide: "Using IF expressions".
func condition(x *evaluation, args []node) (Value, error) {
	values := make([]Value, len(args))
	for i, a := range args {
		v, err := a.eval(x)
		if err == nil && v.Kind == Array {
			err = fmt.Errorf("numbers and time series are wanted, and not an array")
		}
		if err != nil {
			return v, err
		}
		values[i] = v
	}
	test, yes := values[0], values[1]
	var no *Value
	if len(values) == 3 {
		no = &values[2]
	}
	if test.Kind == Scalar {
		return branch(x, test.Number != 0, yes, no)
	}
	out := like(test.Series[0])
	for i, t := range test.Series[0].Times {
		if test.Series[0].Values[i] != 0 {
			v, _ := yes.at(t) // one that is missing is 0
			out.add(t, v)
		} else if no != nil {
			if v, ok := no.at(t); ok {
				out.add(t, v)
			}
		}
	}
	return single(out), nil
}

// branch is IF of a number: one of the two as it is.
func branch(x *evaluation, test bool, yes Value, no *Value) (Value, error) {
	switch {
	case test:
		return yes, nil
	case no != nil:
		return *no, nil
	}
	return single(&Series{Period: x.Period}), nil
}

// at is the value at a time.
func (v Value) at(t int64) (float64, bool) {
	if v.Kind == Scalar {
		return v.Number, true
	}
	return v.Series[0].at(t)
}
