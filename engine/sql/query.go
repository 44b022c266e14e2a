package sql

import (
	"slices"
	"strings"
	"time"
)

// Query is a compiled statement.
type Query struct {
	Table   string   // that it is about
	Columns []string // of the result
	// From and To bound the times of the documents that can be in the result, inclusive, as far as the condition says so; zero means open.
	From, To time.Time

	columns  []Column
	used     []int
	where    *expression // nil: all
	outputs  []*expression
	types    []*Type
	keys     []*expression // of groups
	grouped  bool
	sums     []*aggregate
	having   *expression
	order    []sortKey
	distinct bool
	limit    int64
	offset   int64
}

type sortKey struct {
	x          *expression
	output     int // or the number of an output; -1
	descending bool
	nullsFirst bool
}

// Compile checks a statement against the columns of its table, and makes it ready to run. now is what now() answers; timeColumn is the
// column that From and To are about. What is wrong with the statement is an *Error.
func Compile(text string, columns []Column, timeColumn string, now time.Time) (*Query, error) {
	s, err := parse(text)
	if err != nil {
		return nil, err
	}
	q := &Query{Table: s.table, columns: columns, distinct: s.distinct, limit: s.limit, offset: s.offset}
	c := &compiler{columns: columns, statement: s, now: now.UTC().Truncate(time.Millisecond)}
	if s.where != nil {
		if q.where, err = c.condition(s.where, "WHERE"); err != nil {
			return nil, err
		}
		q.From, q.To = c.bounds(s.where, timeColumn)
	}
	items, err := c.stars(s.items)
	if err != nil {
		return nil, err
	}
	if err := c.groups(q, s, items); err != nil {
		return nil, err
	}
	for _, it := range items {
		x, err := c.compile(it.expr)
		if err != nil {
			return nil, err
		}
		if x.typ.Kind == Interval {
			return nil, it.at.errorf("an interval cannot be a column of the result")
		}
		if q.distinct && !x.typ.scalar() && x.typ.Kind < JSON {
			return nil, it.at.errorf("DISTINCT can only be applied to comparable types (actual: %s)", x.typ)
		}
		q.outputs, q.types = append(q.outputs, x), append(q.types, x.typ)
		q.Columns = append(q.Columns, columnName(it, len(q.Columns)))
	}
	if s.having != nil {
		if q.having, err = c.condition(s.having, "HAVING"); err != nil {
			return nil, err
		}
	}
	if err := c.orderBy(q, s, items); err != nil {
		return nil, err
	}
	q.sums, q.used = c.sums, c.used
	return q, nil
}

func (c *compiler) condition(e expr, clause string) (*expression, error) {
	x, err := c.compile(e)
	if err == nil && !x.typ.is(Boolean) {
		err = e.place().errorf("%s clause must evaluate to a boolean: actual type %s", clause, x.typ)
	}
	return x, err
}

// stars puts the columns of the table in the place of *.
func (c *compiler) stars(items []item) ([]item, error) {
	var out []item
	for _, it := range items {
		if it.expr != nil {
			out = append(out, it)
			continue
		}
		for _, col := range c.columns {
			out = append(out, item{expr: &name{it.at, strings.ToLower(col.Name), col.Name}, at: it.at})
		}
	}
	if len(out) > mostColumns {
		return nil, items[0].at.errorf("the result has more than %d columns", mostColumns)
	}
	return out, nil
}

const mostColumns = 500

// columnName is the alias, or what was written of a column, or _col with its number.
func columnName(it item, i int) string {
	switch e := it.expr.(type) {
	case *name:
		if it.alias == "" {
			return e.shown
		}
	case *member:
		if it.alias == "" {
			return e.shown
		}
	}
	if it.alias != "" {
		return it.alias
	}
	return "_col" + decimal(i)
}

func decimal(i int) string { return show(int64(i), bigint) }

// groups compiles what documents are grouped by, if they are.
func (c *compiler) groups(q *Query, s *statement, items []item) error {
	q.grouped = len(s.group) > 0 || s.having != nil
	for _, it := range items {
		q.grouped = q.grouped || aggregates(it.expr)
	}
	for _, o := range s.order {
		q.grouped = q.grouped || aggregates(o.expr)
	}
	for _, e := range s.group {
		if l, ok := e.(*literal); ok && l.k == bigint { // its number in the result
			n := l.v.(int64)
			if n < 1 || n > int64(len(items)) {
				return l.at.errorf("GROUP BY position %d is not in select list", n)
			}
			e = items[n-1].expr
		}
		x, err := c.compile(e)
		if err != nil {
			return err
		}
		if x.typ.Kind == Interval {
			return e.place().errorf("an interval cannot be grouped by")
		}
		q.keys = append(q.keys, x)
		c.keys, c.keyTypes = append(c.keys, c.canonical(e)), append(c.keyTypes, x.typ)
	}
	c.grouped = q.grouped
	return nil
}

// aggregates reports whether an expression has an aggregate in it.
func aggregates(e expr) bool {
	some := func(list ...expr) bool { return slices.ContainsFunc(list, aggregates) }
	switch e := e.(type) {
	case *call:
		return isAggregate(e.name) || some(e.args...)
	case *member:
		return aggregates(e.x)
	case *element:
		return some(e.x, e.i)
	case *unary:
		return aggregates(e.x)
	case *binary:
		return some(e.x, e.y)
	case *isNull:
		return aggregates(e.x)
	case *like:
		return some(e.x, e.pattern)
	case *inList:
		return aggregates(e.x) || some(e.list...)
	case *caseOf:
		return some(e.when...) || some(e.then...) || e.x != nil && aggregates(e.x) || e.orElse != nil && aggregates(e.orElse)
	case *cast:
		return aggregates(e.x)
	}
	return false
}

// orderBy compiles what the result is ordered by: columns of it by alias or number, or expressions.
func (c *compiler) orderBy(q *Query, s *statement, items []item) error {
	for _, o := range s.order {
		k := sortKey{output: -1, descending: o.descending, nullsFirst: o.nullsFirst}
		if l, ok := o.expr.(*literal); ok && l.k == bigint {
			n := l.v.(int64)
			if n < 1 || n > int64(len(items)) {
				return l.at.errorf("ORDER BY position %d is not in select list", n)
			}
			k.output = int(n - 1)
		} else if n, ok := o.expr.(*name); ok {
			k.output = slices.IndexFunc(items, func(it item) bool { return strings.EqualFold(it.alias, n.name) && it.alias != "" })
		}
		if k.output < 0 {
			text := c.canonical(o.expr)
			k.output = slices.IndexFunc(items, func(it item) bool { return c.canonical(it.expr) == text })
		}
		if k.output < 0 {
			if q.distinct {
				return o.expr.place().errorf("For SELECT DISTINCT, ORDER BY expressions must appear in select list")
			}
			x, err := c.compile(o.expr)
			if err != nil {
				return err
			}
			k.x = x
		}
		var t *Type
		if k.x != nil {
			t = k.x.typ
		} else {
			t = q.types[k.output]
		}
		if !t.scalar() {
			return o.expr.place().errorf("Type %s is not orderable, and therefore cannot be used in ORDER BY", t)
		}
		q.order = append(q.order, k)
	}
	return nil
}

// bounds is what the parts of a condition that must all hold say of the time column.
func (c *compiler) bounds(e expr, column string) (from, to time.Time) {
	b, ok := e.(*binary)
	if !ok {
		return from, to
	}
	if b.op == "and" {
		from, to = c.bounds(b.x, column)
		f, t := c.bounds(b.y, column)
		if f.After(from) {
			from = f
		}
		if to.IsZero() || !t.IsZero() && t.Before(to) {
			to = t
		}
		return from, to
	}
	x, y, op := c.plain(b.x), c.plain(b.y), b.op
	if n, ok := y.(*name); ok && strings.EqualFold(n.name, column) {
		x, y = y, x
		op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}[op]
	}
	if n, ok := x.(*name); !ok || !strings.EqualFold(n.name, column) {
		return from, to
	}
	v, err := c.compile(y)
	if err != nil || !v.constant {
		return from, to
	}
	if v.typ.Kind == Varchar {
		if v, err = asTime(v, pos{}); err != nil {
			return from, to
		}
	}
	at, err := v.run(nil)
	t, ok := at.(time.Time)
	if err != nil || !ok {
		return from, to
	}
	switch op {
	case ">", ">=":
		return t, to
	case "<", "<=":
		return from, t
	case "=":
		return t, t
	}
	return from, to
}
