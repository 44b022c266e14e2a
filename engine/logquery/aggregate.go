package logquery

import (
	"errors"
	"math"
	"slices"
	"strings"
)

// aggregate works out one value of a group's rows.
type aggregate interface {
	add(*scope) (weight int) // how many bytes more it holds, or less
	result() value
}

// aggregator is a kind of aggregate. User Guide: "stats".
type aggregator struct {
	min, max int
	make     func(*aggSpec) aggregate
	prepare  func(*aggSpec) error // checks constant arguments
}

// aggSpec is an aggregate of a query.
type aggSpec struct {
	make *aggregator
	args []expr
	p    float64 // percentile
}

var aggregators = map[string]*aggregator{
	"count":          {max: 1, make: func(s *aggSpec) aggregate { return &counting{spec: s} }},
	"count_distinct": {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &distinct{spec: s, seen: map[string]struct{}{}} }},
	"sum":            {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &moments{spec: s, of: sumOf} }},
	"avg":            {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &moments{spec: s, of: averageOf} }},
	"stddev":         {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &moments{spec: s, of: deviationOf} }},
	"min":            {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &chosen{spec: s, better: func(n int) bool { return n < 0 }} }},
	"max":            {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &chosen{spec: s, better: func(n int) bool { return n > 0 }} }},
	"sortsfirst": {min: 1, max: 1, make: func(s *aggSpec) aggregate {
		return &chosen{spec: s, any: true, better: func(n int) bool { return n < 0 }}
	}},
	"sortslast": {min: 1, max: 1, make: func(s *aggSpec) aggregate {
		return &chosen{spec: s, any: true, better: func(n int) bool { return n > 0 }}
	}},
	"earliest": {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &timely{spec: s, sign: -1} }},
	"latest":   {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &timely{spec: s, sign: 1} }},
	"pct":      {min: 2, max: 2, make: func(s *aggSpec) aggregate { return &percentile{p: s.p, spec: s} }, prepare: percent},
	"median":   {min: 1, max: 1, make: func(s *aggSpec) aggregate { return &percentile{p: 50, spec: s} }},
}

func percent(s *aggSpec) error {
	c, ok := s.args[1].(*constant)
	if ok {
		s.p, ok = c.v.(float64)
	}
	if !ok || s.p < 0 || s.p > 100 {
		return errors.New("the percentile must be a number from 0 to 100")
	}
	return nil
}

type counting struct {
	spec *aggSpec
	n    float64
}

func (c *counting) add(s *scope) int {
	if len(c.spec.args) == 0 || c.spec.args[0].eval(s) != nil {
		c.n++
	}
	return 0
}
func (c *counting) result() value { return c.n }

type distinct struct {
	spec *aggSpec
	seen map[string]struct{}
}

func (d *distinct) add(s *scope) int {
	v := d.spec.args[0].eval(s)
	if v == nil {
		return 0
	}
	t := textOf(v)
	if _, ok := d.seen[t]; ok {
		return 0
	}
	d.seen[strings.Clone(t)] = struct{}{}
	return len(t) + 48
}
func (d *distinct) result() value { return float64(len(d.seen)) }

// moments keeps the number, sum and spread of values, by Welford's method.
type moments struct {
	spec          *aggSpec
	of            func(*moments) value
	n, sum        float64
	mean, squares float64
}

func (m *moments) add(s *scope) int {
	x, ok := numberOf(m.spec.args[0].eval(s))
	if !ok {
		return 0
	}
	m.n++
	m.sum += x
	d := x - m.mean
	m.mean += d / m.n
	m.squares += d * (x - m.mean)
	return 0
}

func (m *moments) result() value {
	if m.n == 0 {
		return nil
	}
	return m.of(m)
}

func sumOf(m *moments) value       { return finite(m.sum) }
func averageOf(m *moments) value   { return finite(m.sum / m.n) }
func deviationOf(m *moments) value { return finite(math.Sqrt(m.squares / m.n)) }

// chosen keeps the least or greatest number, or the first or last of any values in the order of sort.
type chosen struct {
	spec   *aggSpec
	any    bool
	better func(order int) bool
	v      value
}

func (c *chosen) add(s *scope) int {
	v := c.spec.args[0].eval(s)
	if v == nil {
		return 0
	}
	if _, time := v.(moment); !c.any && !time {
		n, ok := numberOf(v)
		if !ok {
			return 0
		}
		v = n
	}
	if c.v != nil && !c.better(order(v, c.v)) {
		return 0
	}
	more := weigh(v) - weigh(c.v)
	c.v = held(v)
	return more
}
func (c *chosen) result() value { return c.v }

// timely keeps the value of the earliest or latest event that has one.
type timely struct {
	spec *aggSpec
	sign int64
	at   int64
	v    value
}

func (t *timely) add(s *scope) int {
	at, ok := s.row.get("@timestamp").(moment)
	v := t.spec.args[0].eval(s)
	if v == nil || !ok || t.v != nil && (int64(at)-t.at)*t.sign <= 0 {
		return 0
	}
	more := weigh(v) - weigh(t.v)
	t.at, t.v = int64(at), held(v)
	return more
}
func (t *timely) result() value { return t.v }

// percentile keeps all values: what it answers is exact.
type percentile struct {
	p    float64
	spec *aggSpec
	all  []float64
}

func (p *percentile) add(s *scope) int {
	x, ok := numberOf(p.spec.args[0].eval(s))
	if !ok {
		return 0
	}
	p.all = append(p.all, x)
	return 10
}

func (p *percentile) result() value {
	if len(p.all) == 0 {
		return nil
	}
	slices.Sort(p.all)
	return p.all[max(int(math.Ceil(p.p/100*float64(len(p.all))))-1, 0)]
}
