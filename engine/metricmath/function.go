package metricmath

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// function is a function with how many arguments it takes.
type function struct {
	least, most int
	eval        func(x *evaluation, args []node) (Value, error)
}

// functions is the table of all functions.
func functions() map[string]function {
	m := map[string]function{
		"ABS": mapping(math.Abs), "CEIL": mapping(math.Ceil), "FLOOR": mapping(math.Floor), "LOG": mapping(math.Log), "LOG10": mapping(math.Log10),
		"AVG": aggregating(average), "SUM": aggregating(sum), "MIN": aggregating(least), "MAX": aggregating(largest), "STDDEV": aggregating(deviation), "DATAPOINT_COUNT": aggregating(count),
		"RATE": changing(rate), "DIFF": changing(difference), "DIFF_TIME": changing(elapsed), "RUNNING_SUM": changing(running),
		"METRICS": {0, 1, metrics}, "METRIC_COUNT": {1, 1, metricCount}, "PERIOD": {1, 1, period}, "IF": {2, 3, condition}, "FILL": {2, 2, fill}, "TIME_SERIES": {1, 1, timeSeries},
		"FIRST": {1, 1, first}, "LAST": {1, 1, last}, "SLICE": {2, 3, slice}, "SORT": {3, 4, sorted}, "REMOVE_EMPTY": {1, 1, removeEmpty},
		"SEARCH": {2, 3, search}, "ANOMALY_DETECTION_BAND": {1, 2, band}, "INSIGHT_RULE_METRIC": {2, 2, insight},
	}
	for name, fn := range map[string]func(time.Time) int{
		"MINUTE": time.Time.Minute, "HOUR": time.Time.Hour, "DATE": time.Time.Day, "YEAR": time.Time.Year,
		"DAY":   func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }, // Monday is 1
		"MONTH": func(t time.Time) int { return int(t.Month()) },
		"EPOCH": func(t time.Time) int { return int(t.Unix()) },
	} {
		m[name] = calendar(fn)
	}
	return m
}

// known refuses functions that do not exist, and those of CloudWatch that are not built, by name.
func known(name string) error {
	switch name {
	case "SERVICE_QUOTA", "DB_PERF_INSIGHTS", "LAMBDA":
		return fmt.Errorf("the function %s is not built in this version of Vauban", name)
	}
	if _, ok := functions()[name]; !ok {
		return fmt.Errorf("there is no function %s", head(name))
	}
	return nil
}

func newCall(name string, args []node) (node, error) {
	f := functions()[name]
	if len(args) < f.least || len(args) > f.most {
		return nil, fmt.Errorf("%s takes %d to %d arguments, and not %d", name, f.least, f.most, len(args))
	}
	c := call{name, args, f}
	return c, c.check()
}

// check looks at arguments that must be written out.
func (c call) check() error {
	switch c.name {
	case "PERIOD", "ANOMALY_DETECTION_BAND":
		if _, ok := c.args[0].(ref); !ok {
			return fmt.Errorf("%s wants the ID of a metric", c.name)
		}
	case "METRICS":
		if len(c.args) == 1 {
			if _, ok := c.args[0].(text); !ok {
				return fmt.Errorf("METRICS wants a string")
			}
		}
	case "INSIGHT_RULE_METRIC":
		_, _, err := insightOf(c.args)
		return err
	case "SEARCH":
		_, err := searchOf(c.args)
		return err
	case "SORT":
		by, ok := c.args[1].(word)
		order, ok2 := c.args[2].(word)
		if !ok || !ok2 || by == "REPEAT" || by == "LINEAR" || by == "ASC" || by == "DESC" || order != "ASC" && order != "DESC" {
			return fmt.Errorf("SORT wants an array, then AVG, MIN, MAX or SUM, then ASC or DESC")
		}
	}
	return nil
}

func (c call) eval(x *evaluation) (Value, error) {
	v, err := c.fn.eval(x, c.args)
	if err != nil && !strings.HasPrefix(err.Error(), "in ") {
		err = fmt.Errorf("in %s: %w", c.name, err)
	}
	return x.spend(v, err)
}

// mapping works on each number.
func mapping(fn func(float64) float64) function {
	return function{1, 1, func(x *evaluation, args []node) (Value, error) {
		v, err := args[0].eval(x)
		if err != nil {
			return v, err
		}
		return v.mapped(fn), nil
	}}
}

// changing works on each series.
func changing(fn func(*Series) *Series) function {
	return function{1, 1, func(x *evaluation, args []node) (Value, error) {
		v, err := args[0].eval(x)
		if err == nil && v.Kind == Scalar {
			err = fmt.Errorf("a time series is wanted, and not a number")
		}
		if err != nil {
			return v, err
		}
		return v.each(fn), nil
	}}
}

func difference(s *Series) *Series {
	out := like(s)
	for i := 1; i < len(s.Times); i++ {
		out.add(s.Times[i], s.Values[i]-s.Values[i-1])
	}
	return out
}

func elapsed(s *Series) *Series {
	out := like(s)
	for i := 1; i < len(s.Times); i++ {
		out.add(s.Times[i], float64(s.Times[i]-s.Times[i-1]))
	}
	return out
}

func rate(s *Series) *Series {
	out := like(s)
	for i := 1; i < len(s.Times); i++ {
		out.add(s.Times[i], (s.Values[i]-s.Values[i-1])/float64(s.Times[i]-s.Times[i-1]))
	}
	return out
}

func running(s *Series) *Series {
	out, total := like(s), 0.0
	for i, t := range s.Times {
		total += s.Values[i]
		out.add(t, total)
	}
	return out
}

// calendar makes a value of every time of the series' range.
func calendar(fn func(time.Time) int) function {
	return function{1, 1, func(x *evaluation, args []node) (Value, error) {
		v, err := args[0].eval(x)
		if err == nil && v.Kind != Single {
			err = fmt.Errorf("a time series is wanted, and not %s", v.Kind)
		}
		if err != nil {
			return v, err
		}
		times, err := x.grid(v.Series[0].Period)
		out := like(v.Series[0])
		for _, t := range times {
			out.add(t, float64(fn(time.Unix(t, 0).UTC())))
		}
		return single(out), err
	}}
}

func band(x *evaluation, args []node) (Value, error) {
	deviations := 2.0
	if len(args) == 2 {
		n, err := amount(x, args[1])
		if err == nil && !(n > 0 && n <= 1000) {
			err = fmt.Errorf("the number of standard deviations must be above 0")
		}
		if err != nil {
			return Value{}, err
		}
		deviations = n
	}
	upper, lower, err := x.Band(string(args[0].(ref)), deviations)
	if err != nil {
		return Value{}, err
	}
	return array(upper, lower), nil
}
