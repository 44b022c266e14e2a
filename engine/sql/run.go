package sql

import (
	"iter"
	"slices"
)

// Options bound the run of a query.
type Options struct {
	Memory int64        // bytes that groups and results may take
	Stop   func() error // asked now and then; its error ends the run
}

// Result is what a query answers.
type Result struct {
	Rows    [][]string
	Scanned int64 // documents looked at
	Matched int64 // that satisfied the condition
}

// stopEvery is how many bytes are looked at between two questions whether to stop.
const stopEvery = 64 << 10

// runner is one run of a query.
type runner struct {
	*Query
	opt    Options
	left   int64
	env    *env
	groups map[string]*group
	first  []*group // in the order of their first document
	seen   map[string]bool
	rows   []*row
	result Result
	key    []byte
}

type group struct {
	keys   []any
	states []state
	seen   []map[string]bool // what DISTINCT aggregates have seen
}

type row struct {
	values []any
	keys   []any // that it is ordered by
}

// Run looks at the documents. The documents may change after each step.
func (q *Query) Run(docs iter.Seq2[[]byte, error], opt Options) (*Result, error) {
	r := &runner{Query: q, opt: opt, left: opt.Memory, env: &env{doc: newDocument(q.columns, q.used)}, groups: map[string]*group{}, seen: map[string]bool{}}
	unchecked := stopEvery
	for doc, err := range docs {
		if err != nil {
			return nil, err
		}
		if unchecked += len(doc) + 512; unchecked >= stopEvery {
			unchecked = 0
			if err := opt.Stop(); err != nil {
				return nil, err
			}
		}
		r.result.Scanned++
		more, err := r.look(doc)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	return &r.result, nil
}

// charge takes memory, as far as there is some left.
func (r *runner) charge(n int64) error {
	if r.left -= n; r.left < 0 {
		return &LimitError{"the query needs more memory than it may have: ask for less at a time, group by fewer values, or use LIMIT"}
	}
	return nil
}

// look takes a document; false when no other can change the result.
func (r *runner) look(doc []byte) (more bool, err error) {
	r.env.doc.set(doc)
	if r.where != nil {
		ok, err := r.where.run(r.env)
		if err != nil || ok != true {
			return true, err
		}
	}
	r.result.Matched++
	if r.grouped {
		return true, r.gather()
	}
	if err := r.emit(); err != nil {
		return false, err
	}
	return len(r.order) > 0 || r.limit < 0 || int64(len(r.rows)) < r.limit+r.offset, nil
}

// gather adds the document to its group.
func (r *runner) gather() error {
	keys := make([]any, len(r.keys))
	r.key = r.key[:0]
	for i, k := range r.keys {
		v, err := k.run(r.env)
		if err != nil {
			return err
		}
		keys[i] = v
		r.key = appendKey(r.key, v)
	}
	g := r.groups[string(r.key)]
	if g == nil {
		g = r.newGroup(keys)
		cost := 100 + 2*int64(len(r.key)) + 100*int64(len(r.sums))
		for i := range keys {
			cost += size(keys[i])
		}
		if err := r.charge(cost); err != nil {
			return err
		}
		r.groups[string(r.key)] = g
		r.first = append(r.first, g)
	}
	for i, a := range r.sums {
		if err := r.feed(g, i, a); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) newGroup(keys []any) *group {
	g := &group{keys: keys, states: make([]state, len(r.sums)), seen: make([]map[string]bool, len(r.sums))}
	for i := range keys {
		g.keys[i] = kept(keys[i])
	}
	for i, a := range r.sums {
		g.states[i] = a.fresh()
		if a.distinct {
			g.seen[i] = map[string]bool{}
		}
	}
	return g
}

// feed gives the document to one aggregate of its group.
func (r *runner) feed(g *group, i int, a *aggregate) error {
	if a.filter != nil {
		ok, err := a.filter.run(r.env)
		if err != nil || ok != true {
			return err
		}
	}
	var few [2]any
	args := few[:0]
	for _, x := range a.args {
		v, err := x.run(r.env)
		if err != nil {
			return err
		}
		args = append(args, v)
	}
	if a.distinct {
		k := string(appendKey(nil, args[0]))
		if g.seen[i][k] {
			return nil
		}
		if err := r.charge(64 + int64(len(k))); err != nil {
			return err
		}
		g.seen[i][k] = true
	}
	before := size(g.states[i].result())
	if err := g.states[i].add(args); err != nil {
		return err
	}
	return r.charge(max(0, size(g.states[i].result())-before))
}

// emit adds the row of a document or group.
func (r *runner) emit() error {
	out := &row{values: make([]any, len(r.outputs))}
	cost := int64(64)
	for i, x := range r.outputs {
		v, err := x.run(r.env)
		if err != nil {
			return err
		}
		out.values[i] = kept(v)
		cost += size(v)
	}
	if r.distinct {
		r.key = r.key[:0]
		for _, v := range out.values {
			r.key = appendKey(r.key, v)
		}
		if r.seen[string(r.key)] {
			return nil
		}
		if err := r.charge(64 + int64(len(r.key))); err != nil {
			return err
		}
		r.seen[string(r.key)] = true
	}
	for _, k := range r.order {
		v, err := any(nil), error(nil)
		if k.x == nil {
			v = out.values[k.output]
		} else if v, err = k.x.run(r.env); err != nil {
			return err
		}
		out.keys = append(out.keys, v)
		cost += size(v)
	}
	if err := r.charge(cost); err != nil {
		return err
	}
	r.rows = append(r.rows, out)
	return r.shed()
}

// shed forgets rows that the limit will cut off, now and then.
func (r *runner) shed() error {
	keep := r.limit + r.offset
	if len(r.order) == 0 || r.limit < 0 || keep > 1<<40 || int64(len(r.rows)) < 2*keep+1000 {
		return nil
	}
	r.sort()
	for _, gone := range r.rows[keep:] {
		r.left += 64
		for _, v := range append(gone.values, gone.keys...) {
			r.left += size(v)
		}
	}
	clear(r.rows[keep:])
	r.rows = r.rows[:keep]
	return nil
}

func (r *runner) sort() {
	if len(r.order) == 0 {
		return
	}
	slices.SortStableFunc(r.rows, func(a, b *row) int {
		for i, k := range r.order {
			x, y := a.keys[i], b.keys[i]
			if x == nil || y == nil {
				if (x == nil) == (y == nil) {
					continue
				}
				return order((x == nil) == k.nullsFirst, false)
			}
			if n := compare(x, y); n != 0 {
				if k.descending {
					return -n
				}
				return n
			}
		}
		return 0
	})
}

// finish turns groups into rows, and rows into the result.
func (r *runner) finish() error {
	if r.grouped {
		if len(r.keys) == 0 && len(r.first) == 0 { // without GROUP BY there is one group, also of nothing
			r.first = append(r.first, r.newGroup(nil))
		}
		for i, g := range r.first {
			if i%1000 == 0 {
				if err := r.opt.Stop(); err != nil {
					return err
				}
			}
			if err := r.close(g); err != nil {
				return err
			}
		}
	}
	r.sort()
	from := min(r.offset, int64(len(r.rows)))
	rows := r.rows[from:]
	if r.limit >= 0 {
		rows = rows[:min(r.limit, int64(len(rows)))]
	}
	for _, x := range rows {
		shown := make([]string, len(x.values))
		for i, v := range x.values {
			shown[i] = show(v, r.types[i])
			if _, same := v.(string); same {
				continue
			}
			if err := r.charge(int64(len(shown[i]))); err != nil {
				return err
			}
		}
		r.result.Rows = append(r.result.Rows, shown)
	}
	return nil
}

func (r *runner) close(g *group) error {
	v := &env{keys: g.keys, sums: make([]any, len(g.states))}
	for i, s := range g.states {
		v.sums[i] = s.result()
	}
	r.env = v
	if r.having != nil {
		ok, err := r.having.run(v)
		if err != nil || ok != true {
			return err
		}
	}
	return r.emit()
}
