package logquery

import (
	"errors"
	"slices"
	"strings"
)

// MaxRows is how many rows a query answers at most, and without a limit.
const MaxRows = 10_000

// ErrMemory says that a query holds more than its budget.
var ErrMemory = errors.New("logquery: the query needs more memory than it may have: filter earlier, or group by less")

// stage is a command at work: it takes rows and hands rows on.
type stage interface {
	push(*row) error
	end() error
}

// budget counts the bytes that the stages of a run hold.
type budget struct{ left int }

func (b *budget) take(n int) error {
	if b.left -= n; b.left < 0 {
		return ErrMemory
	}
	return nil
}

type filterStage struct {
	x   expr
	now int64
	to  stage
}

func (f *filterStage) push(r *row) error {
	if !isTrue(f.x.eval(&scope{row: r, now: f.now})) {
		return nil
	}
	return f.to.push(r)
}
func (f *filterStage) end() error { return f.to.end() }

// fieldsStage sets what the command computes; fields that are only named are read when they are shown.
type fieldsStage struct {
	list []column
	now  int64
	to   stage
}

func (f *fieldsStage) push(r *row) error {
	s := &scope{row: r, now: f.now}
	for _, c := range f.list {
		if x, ok := c.x.(*field); ok && x.name == c.name {
			continue
		}
		r.put(c.name, c.x.eval(s))
	}
	return f.to.push(r)
}
func (f *fieldsStage) end() error { return f.to.end() }

type parseStage struct {
	*parsing
	now int64
	to  stage
}

func (p *parseStage) push(r *row) error {
	if v := p.from.eval(&scope{row: r, now: p.now}); v != nil {
		if m := p.re.FindStringSubmatch(textOf(v)); m != nil {
			for i, name := range p.names {
				if name != "" {
					r.put(name, m[i+1])
				}
			}
		}
	}
	return p.to.push(r)
}
func (p *parseStage) end() error { return p.to.end() }

type limitStage struct {
	left int
	to   stage
}

func (l *limitStage) push(r *row) error {
	if l.left == 0 {
		return nil
	}
	l.left--
	return l.to.push(r)
}
func (l *limitStage) end() error { return l.to.end() }

// sortStage holds rows until the end: of those that cannot be among the first keep, it lets go.
type sortStage struct {
	by   []sorting
	keep int // 0: all
	now  int64
	mem  *budget
	to   stage
	rows []sorted
	next int // number of the next row
}

type sorted struct {
	keys   []value
	row    *row
	number int // of arrival: equal ones stay in order
	weight int
}

func (s *sortStage) push(r *row) error {
	x := sorted{row: r, number: s.next, keys: make([]value, len(s.by))}
	s.next++
	sc := &scope{row: r, now: s.now}
	for i, by := range s.by {
		x.keys[i] = held(by.x.eval(sc))
		x.weight += weigh(x.keys[i])
	}
	r.keep()
	x.weight += r.weight()
	s.rows = append(s.rows, x)
	if err := s.mem.take(x.weight); err != nil {
		return err
	}
	if s.keep > 0 && len(s.rows) >= 2*s.keep+64 {
		s.cut()
	}
	return nil
}

// cut keeps the first rows.
func (s *sortStage) cut() {
	s.order()
	for _, x := range s.rows[s.keep:] {
		s.mem.left += x.weight
	}
	clear(s.rows[s.keep:])
	s.rows = s.rows[:s.keep]
}

func (s *sortStage) order() {
	slices.SortFunc(s.rows, func(a, b sorted) int {
		for i, by := range s.by {
			if n := order(a.keys[i], b.keys[i]); n != 0 {
				if by.down {
					return -n
				}
				return n
			}
		}
		return a.number - b.number
	})
}

func (s *sortStage) end() error {
	s.order()
	for _, x := range s.rows {
		s.mem.left += x.weight
		if err := s.to.push(x.row); err != nil {
			return err
		}
	}
	s.rows = nil
	return s.to.end()
}

// dedupStage keeps the first row of each key.
type dedupStage struct {
	by   []expr
	now  int64
	mem  *budget
	to   stage
	seen map[string]struct{}
}

func (d *dedupStage) push(r *row) error {
	key := keyOf(d.by, &scope{row: r, now: d.now})
	if _, ok := d.seen[key]; ok {
		return nil
	}
	if err := d.mem.take(len(key) + 48); err != nil {
		return err
	}
	d.seen[key] = struct{}{}
	return d.to.push(r)
}
func (d *dedupStage) end() error { return d.to.end() }

// keyOf writes values so that different ones are different texts.
func keyOf(list []expr, s *scope) string {
	var b strings.Builder
	for _, x := range list {
		v := x.eval(s)
		if v == nil {
			b.WriteByte(0)
		} else {
			b.WriteByte(1)
			b.WriteString(strings.ReplaceAll(textOf(v), "\x00", "\x00\x01"))
		}
		b.WriteString("\x00\x02")
	}
	return b.String()
}

// statsStage holds the groups.
type statsStage struct {
	*statistics
	now    int64
	mem    *budget
	to     stage
	groups map[string]*group
	order  []*group
}

type group struct {
	by   []value
	aggs []aggregate
}

func (g *statsStage) push(r *row) error {
	s := &scope{row: r, now: g.now}
	keys := make([]expr, len(g.by))
	for i := range g.by {
		keys[i] = g.by[i].x
	}
	key := keyOf(keys, s)
	at := g.groups[key]
	if at == nil {
		var err error
		if at, err = g.found(key, s); err != nil {
			return err
		}
	}
	for _, a := range at.aggs {
		if err := g.mem.take(a.add(s)); err != nil {
			return err
		}
	}
	return nil
}

// found begins a group.
func (g *statsStage) found(key string, s *scope) (*group, error) {
	at := &group{}
	weight := len(key) + 128 + 128*len(g.aggs)
	for _, c := range g.by {
		v := held(c.x.eval(s))
		weight += weigh(v)
		at.by = append(at.by, v)
	}
	for _, spec := range g.aggs {
		at.aggs = append(at.aggs, spec.make.make(spec))
	}
	g.groups[key] = at
	g.order = append(g.order, at)
	return at, g.mem.take(weight)
}

func (g *statsStage) end() error {
	if len(g.order) == 0 && len(g.by) == 0 {
		if _, err := g.found("", &scope{row: &row{}, now: g.now}); err != nil {
			return err
		}
	}
	for _, at := range g.order {
		r := &row{}
		for i, c := range g.by {
			r.put(c.name, at.by[i])
		}
		for _, c := range g.columns {
			r.put(c.name, c.x.eval(&scope{row: r, aggs: at.aggs, now: g.now}))
		}
		if err := g.to.push(r); err != nil {
			return err
		}
	}
	g.groups, g.order = nil, nil
	return g.to.end()
}
