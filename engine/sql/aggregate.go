package sql

import (
	"slices"
	"time"
)

// aggregate is an aggregate function with its compiled arguments.
type aggregate struct {
	args     []*expression
	filter   *expression // nil when there is none
	distinct bool
	fresh    func() state
}

// state is what an aggregate has seen of a group.
type state interface {
	add(args []any) error
	result() any
}

func isAggregate(name string) bool {
	return slices.Contains([]string{"count", "count_if", "sum", "avg", "min", "max", "min_by", "max_by", "approx_distinct", "arbitrary", "any_value", "bool_and", "bool_or", "every"}, name)
}

// aggregateCall notes an aggregate: its result is there when its group is complete.
func (c *compiler) aggregateCall(e *call) (*expression, error) {
	if !c.grouped {
		return nil, e.at.errorf("aggregate functions are not allowed here: %s", e.name)
	}
	if c.within {
		return nil, e.at.errorf("Cannot nest aggregations inside aggregation '%s'", e.name)
	}
	c.within = true
	defer func() { c.within = false }()
	a := &aggregate{distinct: e.distinct}
	var err error
	if a.args, err = c.compileAll(e.args); err != nil {
		return nil, err
	}
	if e.filter != nil {
		if a.filter, err = c.compile(e.filter); err != nil {
			return nil, err
		}
		if !a.filter.typ.is(Boolean) {
			return nil, e.filter.place().errorf("FILTER takes a condition, not %s", a.filter.typ)
		}
	}
	typ, err := c.aggregateType(e, a)
	if err != nil {
		return nil, err
	}
	text := c.canonical(e)
	i := slices.Index(c.sumTexts, text)
	if i < 0 {
		i = len(c.sums)
		c.sums, c.sumTexts = append(c.sums, a), append(c.sumTexts, text)
	}
	return &expression{typ: typ, run: func(v *env) (any, error) { return v.sums[i], nil }}, nil
}

// aggregateType checks the arguments and sets how states begin.
func (c *compiler) aggregateType(e *call, a *aggregate) (*Type, error) {
	if e.name == "count" {
		if e.star && e.distinct || !e.star && len(e.args) > 1 {
			return nil, e.at.errorf("count takes * or one argument")
		}
		if a.distinct && !a.args[0].typ.scalar() {
			return nil, e.at.errorf("DISTINCT can only be applied to comparable types (actual: %s)", a.args[0].typ)
		}
		all := e.star || len(e.args) == 0
		a.fresh = func() state { return &counting{all: all} }
		return bigint, nil
	}
	n := 1
	if e.name == "min_by" || e.name == "max_by" {
		n = 2
	}
	if err := c.arity(e, n, n); err != nil || e.star {
		return nil, e.at.errorf("%s takes %d arguments", e.name, n)
	}
	t, last := a.args[0].typ, a.args[n-1].typ
	bad := e.at.errorf("Unexpected parameters (%s) for function %s", last, e.name)
	if a.distinct && !t.scalar() {
		return nil, bad
	}
	switch e.name {
	case "sum", "avg":
		if !t.numeric() {
			return nil, bad
		}
		if e.name == "avg" || t.Kind == Double {
			a.fresh = func() state { return &floats{average: e.name == "avg"} }
			return double, nil
		}
		a.fresh = func() state { return &wholes{at: e.at} }
		return bigint, nil
	case "min", "max", "min_by", "max_by":
		if !last.scalar() {
			return nil, bad
		}
		want := 1
		if e.name == "min" || e.name == "min_by" {
			want = -1
		}
		a.fresh = func() state { return &extreme{want: want, by: n - 1} }
		return t, nil
	case "approx_distinct":
		if !t.scalar() {
			return nil, bad
		}
		a.distinct = true
		a.fresh = func() state { return &counting{} }
		return bigint, nil
	case "arbitrary", "any_value":
		a.fresh = func() state { return &first{} }
		return t, nil
	}
	if !t.is(Boolean) {
		return nil, bad
	}
	if e.name == "count_if" {
		a.fresh = func() state { return &counting{onlyTrue: true} }
		return bigint, nil
	}
	decides := e.name == "bool_or"
	a.fresh = func() state { return &decision{decides: decides} }
	return boolean, nil
}

type counting struct {
	n        int64
	all      bool // also NULL
	onlyTrue bool
}

func (s *counting) add(a []any) error {
	if s.all || a[0] != nil && (!s.onlyTrue || a[0] == true) {
		s.n++
	}
	return nil
}
func (s *counting) result() any { return s.n }

type wholes struct {
	at   pos
	n    int64
	some bool
}

func (s *wholes) add(a []any) error {
	if a[0] == nil {
		return nil
	}
	sum, err := whole64(&binary{at: s.at, op: "+"}, s.n, a[0].(int64))
	if err == nil {
		s.n, s.some = sum.(int64), true
	}
	return err
}

func (s *wholes) result() any {
	if !s.some {
		return nil
	}
	return s.n
}

type floats struct {
	average bool
	sum     float64
	n       int64
}

func (s *floats) add(a []any) error {
	if a[0] != nil {
		s.sum += toFloat(a[0])
		s.n++
	}
	return nil
}

func (s *floats) result() any {
	switch {
	case s.n == 0:
		return nil
	case s.average:
		return s.sum / float64(s.n)
	}
	return s.sum
}

// extreme is the value with the least or greatest measure.
type extreme struct {
	want    int
	by      int // which argument is the measure
	value   any
	measure any
}

func (s *extreme) add(a []any) error {
	if m := a[s.by]; m != nil && (s.measure == nil || compare(m, s.measure) == s.want) {
		s.value, s.measure = kept(a[0]), m
	}
	return nil
}
func (s *extreme) result() any { return s.value }

type first struct{ value any }

func (s *first) add(a []any) error {
	if s.value == nil {
		s.value = kept(a[0])
	}
	return nil
}
func (s *first) result() any { return s.value }

type decision struct {
	decides bool
	value   any
}

func (s *decision) add(a []any) error {
	if a[0] != nil && s.value != s.decides {
		s.value = a[0]
	}
	return nil
}
func (s *decision) result() any { return s.value }

// kept is a value that outlives the document it was read from.
func kept(v any) any {
	if r, ok := v.(raw); ok {
		return raw(append([]byte(nil), r...))
	}
	return v
}

// size is what a value takes in memory, roughly.
func size(v any) int64 {
	switch x := v.(type) {
	case string:
		return 16 + int64(len(x))
	case raw:
		return 24 + int64(len(x))
	case time.Time:
		return 24
	}
	return 16
}
