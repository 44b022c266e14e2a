package logquery

import (
	"slices"
	"strings"
)

// Run is a query at work.
type Run struct {
	head    stage
	mem     *budget
	sink    *sink
	scanned int64
	matched *counter
	subs    []*Subrun
}

// Options of a run.
type Options struct {
	Now    int64 // milliseconds
	Limit  int   // rows, where the query has no limit; 0 means MaxRows
	Memory int   // bytes
}

// Cell is a field of a result.
type Cell struct{ Name, Value string }

// sink takes the rows of the last command.
type sink struct {
	columns []string // to be shown
	limit   int
	grouped bool // behind stats: there is no @ptr
	rows    [][]Cell
	mem     *budget
}

func (s *sink) push(r *row) error {
	if len(s.rows) >= s.limit {
		return nil
	}
	var out []Cell
	weight := 48 + 40
	for _, name := range s.columns {
		if name == "@ptr" && !s.grouped {
			continue // every row has it, at its end
		}
		if v := r.get(name); v != nil {
			c := Cell{name, strings.Clone(textOf(v))}
			weight += len(c.Value) + 40
			out = append(out, c)
		}
	}
	if !s.grouped {
		out = append(out, Cell{"@ptr", r.rec.Pointer})
		weight += len(r.rec.Pointer)
	}
	s.rows = append(s.rows, out)
	return s.mem.take(weight)
}
func (s *sink) end() error { return nil }

// counter counts what passes the filters.
type counter struct {
	n  int64
	to stage
}

func (c *counter) push(r *row) error {
	if r.rec == nil || !r.rec.Earlier {
		c.n++
	}
	return c.to.push(r)
}
func (c *counter) end() error { return c.to.end() }

// Start begins a run.
func (q *Query) Start(o Options) *Run {
	if o.Limit <= 0 || o.Limit > MaxRows {
		o.Limit = MaxRows
	}
	r := &Run{mem: &budget{o.Memory}}
	for _, sub := range q.subs {
		r.subs = append(r.subs, sub.start(r.mem, o))
	}
	r.sink = &sink{columns: q.shown(), limit: o.Limit, grouped: q.grouped(), mem: r.mem}
	for _, c := range q.commands {
		if c.limit > 0 {
			r.sink.limit = MaxRows // the query's own counts
		}
	}
	r.build(q.ordered(), o, r.sink, r.sink.limit)
	return r
}

// build puts the stages together from the last command to the first.
func (r *Run) build(commands []command, o Options, next stage, most int) {
	r.matched = &counter{}
	behind := filters(commands)
	for i := len(commands) - 1; i >= 0; i-- {
		if i == behind-1 {
			r.matched.to, next = next, r.matched
		}
		next = r.stage(&commands[i], o.Now, keeps(commands[i+1:], most), next)
	}
	if behind == 0 {
		r.matched.to, next = next, r.matched
	}
	r.head = next
}

// filters is how many commands there are up to the last filter of those that take events one by one: what passes is matched.
func filters(commands []command) (n int) {
	for i, c := range commands {
		switch {
		case c.filter != nil:
			n = i + 1
		case c.fields == nil && c.parse == nil && c.unnest == nil:
			return n
		}
	}
	return n
}

func (r *Run) stage(c *command, now int64, keep int, to stage) stage {
	switch {
	case c.fields != nil:
		return &fieldsStage{c.fields, now, to}
	case c.filter != nil:
		return &filterStage{x: c.filter, now: now, to: to}
	case c.parse != nil:
		return &parseStage{c.parse, now, to}
	case c.stats != nil:
		return &statsStage{statistics: c.stats, now: now, mem: r.mem, to: to, groups: map[string]*group{}}
	case c.sort != nil:
		return &sortStage{by: c.sort, keep: keep, now: now, mem: r.mem, to: to}
	case c.pattern != nil:
		return &patternStage{patterning: c.pattern, now: now, mem: r.mem, to: to}
	case c.unnest != nil:
		return &unnestStage{unnesting: c.unnest, now: now, mem: r.mem, to: to}
	case c.join != nil:
		return &joinStage{joining: c.join, mem: r.mem, to: to}
	case c.dedup != nil:
		return &dedupStage{by: c.dedup, now: now, mem: r.mem, to: to, seen: map[string]struct{}{}}
	}
	return &limitStage{c.limit, to}
}

// keeps is how many rows of a sort the commands behind it can let through, 0 when that is not known.
func keeps(behind []command, most int) int {
	for _, c := range behind {
		switch {
		case c.limit > 0:
			return c.limit
		case c.fields == nil && c.parse == nil:
			return 0
		}
	}
	return most
}

// ordered are the commands with the order that there is where the query gives none: the latest events come first.
func (q *Query) ordered() []command {
	latest := command{sort: []sorting{{x: &field{"@timestamp"}, down: true}}}
	for i, c := range q.commands {
		switch {
		case c.sort != nil, c.stats != nil, c.pattern != nil:
			return q.commands
		case c.limit > 0, c.dedup != nil:
			return append(append(append([]command(nil), q.commands[:i]...), latest), q.commands[i:]...)
		}
	}
	return append(append([]command(nil), q.commands...), latest)
}

// grouped reports whether rows are groups at the end.
func (q *Query) grouped() bool {
	for _, c := range q.commands {
		if c.stats != nil || c.pattern != nil {
			return true
		}
	}
	return false
}

// shown are the fields of a result: of the last display, or of all fields and stats.
func (q *Query) shown() (names []string) {
	add := func(list []column) {
		for _, c := range list {
			if !slices.Contains(names, c.name) {
				names = append(names, c.name)
			}
		}
	}
	for _, c := range q.commands {
		switch {
		case c.only:
			names = nil
			add(c.fields)
		case c.fields != nil:
			add(c.fields)
		case c.stats != nil:
			names = nil
			add(c.stats.by)
			add(c.stats.columns)
		case c.pattern != nil:
			names = c.pattern.columns()
		}
	}
	if names == nil {
		names = []string{"@timestamp", "@message"}
	}
	return names
}

// Add takes an event.
func (r *Run) Add(rec *Record) error {
	r.scanned++
	return r.head.push(&row{rec: rec})
}

// Scanned is how many events the run has taken.
func (r *Run) Scanned() int64 { return r.scanned }

// Matched is how many of them have passed the filters.
func (r *Run) Matched() int64 { return r.matched.n }

// End answers the rows. A run that has ended takes no more events.
func (r *Run) End() ([][]Cell, error) {
	if err := r.head.end(); err != nil {
		return nil, err
	}
	return r.sink.rows, nil
}
