package logquery

import (
	"math"
	"slices"
	"strconv"
)

// subquery is a query within another: what a field is looked for in, or what a join joins. User Guide: "subqueries", "join".
type subquery struct {
	sources  []string // names of log groups; none means those of the outer query
	commands []command
	column   string // whose values are looked for, where it is not joined

	joined bool
	found  map[string]struct{}
	rows   []*row // to be joined
}

// maxSubqueries bounds those of a query.
const maxSubqueries = 5

// subquery parses ( SOURCE 'group' | command | … ).
func (p *parser) subquery() (*subquery, error) {
	if p.inner {
		return nil, p.fail("a subquery cannot have a subquery or a join")
	}
	if len(p.subs) == maxSubqueries {
		return nil, p.fail("a query has %d subqueries at most", maxSubqueries)
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	p.inner = true
	defer func() { p.inner = false }()
	s := &subquery{}
	source, err := p.accept("source")
	if err == nil && source {
		if s.sources, err = p.sources(); err == nil && p.is("|") {
			err = p.next()
		}
	}
	if err != nil {
		return nil, err
	}
	if !p.is(")") {
		if s.commands, err = p.commands(); err != nil {
			return nil, err
		}
	}
	if !source && len(s.commands) == 0 {
		return nil, p.fail("a subquery such as (SOURCE 'group' | fields id) is expected here")
	}
	s.column = (&Query{commands: s.commands}).shown()[0]
	p.subs = append(p.subs, s)
	return s, p.expect(")")
}

func (p *parser) sources() (list []string, err error) {
	for {
		if p.tok.kind != text || p.tok.value == "" {
			return nil, p.fail("the name of a log group in quotes is expected here, not %q", p.tok.value)
		}
		if list = append(list, p.tok.value); len(list) > 50 {
			return nil, p.fail("the list is too long")
		}
		if err := p.next(); err != nil {
			return nil, err
		}
		if more, err := p.accept(","); err != nil || !more {
			return list, err
		}
	}
}

// Subrun is a subquery at work. It ends before the outer query takes its first event.
type Subrun struct {
	Run
	sub *subquery
}

// Subqueries are to be run first, in their order.
func (r *Run) Subqueries() []*Subrun { return r.subs }

// Sources are the log groups that the subqueries name.
func (q *Query) Sources() (names []string) {
	for _, s := range q.subs {
		names = append(names, s.sources...)
	}
	return names
}

// Sources are the log groups of the subquery; none means those of the outer query.
func (s *Subrun) Sources() []string { return s.sub.sources }

// Conditions are the subquery's: see [Query.Conditions].
func (s *Subrun) Conditions() []Condition { return (&Query{commands: s.sub.commands}).Conditions() }

func (s *subquery) start(mem *budget, o Options) *Subrun {
	s.found, s.rows = map[string]struct{}{}, nil
	out := &Subrun{sub: s, Run: Run{mem: mem}}
	commands := s.commands
	if slices.ContainsFunc(commands, func(c command) bool { return c.limit > 0 || c.dedup != nil }) {
		commands = (&Query{commands: commands}).ordered()
	}
	out.build(commands, o, &gathering{s, mem}, 0)
	return out
}

// End ends the subquery.
func (s *Subrun) End() error { return s.head.end() }

// gathering keeps what a subquery finds.
type gathering struct {
	*subquery
	mem *budget
}

func (g *gathering) push(r *row) error {
	if g.joined {
		r.keep()
		g.rows = append(g.rows, r)
		return g.mem.take(r.weight())
	}
	v := r.get(g.column)
	if v == nil {
		return nil
	}
	key := keyed(v)
	if _, known := g.found[key]; known {
		return nil
	}
	g.found[key] = struct{}{}
	return g.mem.take(len(key) + 48)
}
func (g *gathering) end() error { return nil }

// keyed writes a value so that values which are equal have the same key.
func keyed(v value) string {
	if f, ok := numberOf(v); ok && !math.IsNaN(f) {
		return "n" + strconv.FormatFloat(f+0, 'g', -1, 64) // -0 is 0
	}
	return "t" + textOf(v)
}
