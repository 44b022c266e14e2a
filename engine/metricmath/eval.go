package metricmath

import (
	"fmt"
	"math"
)

// Env is what an expression works on.
type Env interface {
	// Value is what the query of that ID comes to.
	Value(id string) (Value, error)
	// Metrics are the metrics of the request, whose series carry the IDs of their queries.
	Metrics() ([]*Series, error)
	// Search finds metrics.
	Search(s *Search, statistic string, period int64) ([]*Series, error)
	// Band is what the query of that ID, which is a metric, is expected to be within.
	Band(id string, deviations float64) (upper, lower *Series, err error)
	// Insight is a metric of a rule of Contributor Insights.
	Insight(rule, metric string, period int64) (*Series, error)
}

// maxWork bounds the points that the evaluations make which count in one Range.Work.
const maxWork = 5_000_000

type evaluation struct {
	Env
	Range
}

// Eval computes the expression over the range.
func (e *Expr) Eval(env Env, r Range) (Value, error) {
	if r.Work == nil {
		r.Work = new(int)
	}
	return e.root.eval(&evaluation{Env: env, Range: r})
}

// spend counts the points of what was computed.
func (x *evaluation) spend(v Value, err error) (Value, error) {
	for _, s := range v.Series {
		*x.Work += len(s.Times)
	}
	if err == nil {
		err = x.room(0)
	}
	return v, err
}

// room refuses what would make too many points, before it makes them.
func (x *evaluation) room(points int) error {
	if *x.Work+points > maxWork {
		return fmt.Errorf("the expressions need more than %d data points", maxWork)
	}
	return nil
}

func (n number) eval(*evaluation) (Value, error) { return scalar(float64(n)), nil }
func (n text) eval(*evaluation) (Value, error) {
	return Value{}, fmt.Errorf("the string %q stands where a value is wanted", head(string(n)))
}
func (n word) eval(*evaluation) (Value, error) {
	return Value{}, fmt.Errorf("%s stands where a value is wanted", string(n))
}
func (n ref) eval(x *evaluation) (Value, error) { return x.Value(string(n)) }

func (n list) eval(x *evaluation) (Value, error) {
	out := array()
	for _, item := range n {
		v, err := item.eval(x)
		if err != nil {
			return v, err
		}
		if v.Kind == Scalar {
			return v, fmt.Errorf("an array holds time series, not numbers")
		}
		out.Series = append(out.Series, v.Series...)
	}
	return x.spend(out, nil)
}

func (n negated) eval(x *evaluation) (Value, error) {
	v, err := n.of.eval(x)
	if err != nil {
		return v, err
	}
	return x.spend(v.mapped(func(f float64) float64 { return -f }), nil)
}

func (n binary) eval(x *evaluation) (Value, error) {
	l, err := n.l.eval(x)
	if err != nil {
		return l, err
	}
	r, err := n.r.eval(x)
	if err != nil {
		return r, err
	}
	if err := x.room(max(spread(l, r), spread(r, l))); err != nil {
		return Value{}, err
	}
	return x.spend(combine(l, r, operation(n.op)))
}

// spread is how many points one series makes when it is combined with each of an array, which may all be empty.
func spread(one, all Value) int {
	if one.Kind != Single {
		return 0
	}
	return len(one.Series[0].Times) * len(all.Series)
}

// combine applies fn to numbers, or at each time of one series or both.
func combine(l, r Value, fn func(a, b float64) float64) (Value, error) {
	switch {
	case l.Kind == Scalar && r.Kind == Scalar:
		return scalar(fn(l.Number, r.Number)), nil
	case l.Kind == Scalar:
		return r.mapped(func(b float64) float64 { return fn(l.Number, b) }), nil
	case r.Kind == Scalar:
		return l.mapped(func(a float64) float64 { return fn(a, r.Number) }), nil
	case l.Kind == Single && r.Kind == Array:
		return r.each(func(s *Series) *Series { return pair(s, l.Series[0], s, fn) }), nil
	case r.Kind == Single:
		return l.each(func(s *Series) *Series { return pair(s, s, r.Series[0], fn) }), nil
	case len(l.Series) != len(r.Series):
		return Value{}, fmt.Errorf("an array of %d and one of %d time series cannot be combined", len(l.Series), len(r.Series))
	}
	i := -1
	return l.each(func(s *Series) *Series { i++; return pair(s, s, r.Series[i], fn) }), nil
}

// pair combines two series. A value that one of them lacks is 0.
func pair(as, l, r *Series, fn func(a, b float64) float64) *Series {
	out := like(as)
	for _, t := range union([]*Series{l, r}) {
		a, _ := l.at(t)
		b, _ := r.at(t)
		out.add(t, fn(a, b))
	}
	return out
}

func operation(op string) func(a, b float64) float64 {
	truth := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	switch op {
	case "+":
		return func(a, b float64) float64 { return a + b }
	case "-":
		return func(a, b float64) float64 { return a - b }
	case "*":
		return func(a, b float64) float64 { return a * b }
	case "/":
		return func(a, b float64) float64 { return a / b } // by zero is no number, and dropped
	case "^":
		return math.Pow
	case "==":
		return func(a, b float64) float64 { return truth(a == b) }
	case "!=":
		return func(a, b float64) float64 { return truth(a != b) }
	case "<":
		return func(a, b float64) float64 { return truth(a < b) }
	case ">":
		return func(a, b float64) float64 { return truth(a > b) }
	case "<=":
		return func(a, b float64) float64 { return truth(a <= b) }
	case ">=":
		return func(a, b float64) float64 { return truth(a >= b) }
	case "&&":
		return func(a, b float64) float64 { return truth(a != 0 && b != 0) }
	}
	return func(a, b float64) float64 { return truth(a != 0 || b != 0) }
}
