package sql

import (
	"slices"
	"strings"
	"time"
)

// env is what an expression is worked out in: a document, or a group.
type env struct {
	doc  *document
	keys []any // of the group
	sums []any // results of its aggregates
}

// code works an expression out.
type code func(*env) (any, error)

// expression is a compiled expression.
type expression struct {
	typ      *Type
	run      code
	constant bool
}

// compiler turns expressions into code.
type compiler struct {
	columns   []Column
	statement *statement
	now       time.Time
	used      []int // columns that the query reads
	functions map[string]function

	grouped  bool // expressions are of groups
	keys     []string
	keyTypes []*Type
	sums     []*aggregate
	sumTexts []string
	within   bool // an aggregate: expressions are of documents
}

func (c *compiler) column(lower string) int {
	return slices.IndexFunc(c.columns, func(col Column) bool { return strings.EqualFold(col.Name, lower) })
}

// qualified reports whether a name is that of the table.
func (c *compiler) qualified(n string) bool {
	if c.statement.alias != "" {
		return strings.EqualFold(n, c.statement.alias)
	}
	return strings.EqualFold(n, c.statement.table)
}

// plain is an expression without the name of the table before columns, so that a column has one text.
func (c *compiler) plain(e expr) expr {
	if m, ok := e.(*member); ok {
		if n, ok := m.x.(*name); ok && c.column(n.name) < 0 && c.qualified(n.name) {
			return &name{m.at, m.name, m.shown}
		}
	}
	return e
}

func constant(v any, t *Type) *expression {
	return &expression{typ: t, constant: true, run: func(*env) (any, error) { return v, nil }}
}

// compile turns an expression into code. All the parts of constant expressions are constant.
func (c *compiler) compile(e expr) (*expression, error) {
	e = c.plain(e)
	if c.grouped && !c.within {
		if i := slices.Index(c.keys, c.canonical(e)); i >= 0 {
			return &expression{typ: c.keyTypes[i], run: func(v *env) (any, error) { return v.keys[i], nil }}, nil
		}
	}
	switch e := e.(type) {
	case *literal:
		return constant(e.v, e.k), nil
	case *interval:
		return constant(period{e.months, e.micros}, duration), nil
	case *name:
		return c.name(e)
	case *member:
		return c.member(e)
	case *element:
		return c.element(e)
	case *unary:
		return c.unary(e)
	case *binary:
		return c.binary(e)
	case *isNull:
		return c.isNull(e)
	case *like:
		return c.like(e)
	case *inList:
		return c.inList(e)
	case *caseOf:
		return c.caseOf(e)
	case *cast:
		return c.cast(e)
	case *call:
		return c.call(e)
	}
	return nil, e.place().errorf("not supported")
}

// canonical is the text of an expression with columns named in one way.
func (c *compiler) canonical(e expr) string { return c.rewrite(e).text() }

// rewrite applies plain everywhere in an expression.
func (c *compiler) rewrite(e expr) expr {
	e = c.plain(e)
	switch e := e.(type) {
	case nil:
		return nil
	case *member:
		return &member{e.at, c.rewrite(e.x), e.name, e.shown}
	case *element:
		return &element{e.at, c.rewrite(e.x), c.rewrite(e.i)}
	case *unary:
		return &unary{e.at, e.op, c.rewrite(e.x)}
	case *binary:
		return &binary{e.at, e.op, c.rewrite(e.x), c.rewrite(e.y)}
	case *isNull:
		return &isNull{e.at, c.rewrite(e.x)}
	case *like:
		return &like{e.at, c.rewrite(e.x), c.rewrite(e.pattern), c.rewrite(e.escape)}
	case *inList:
		return &inList{e.at, c.rewrite(e.x), c.rewriteAll(e.list)}
	case *call:
		return &call{e.at, e.name, c.rewriteAll(e.args), e.star, e.distinct, c.rewrite(e.filter)}
	case *caseOf:
		return &caseOf{e.at, c.rewrite(e.x), c.rewriteAll(e.when), c.rewriteAll(e.then), c.rewrite(e.orElse)}
	case *cast:
		return &cast{e.at, c.rewrite(e.x), e.to, e.try}
	}
	return e
}

func (c *compiler) rewriteAll(list []expr) []expr {
	out := make([]expr, len(list))
	for i, e := range list {
		out[i] = c.rewrite(e)
	}
	return out
}

func (c *compiler) name(e *name) (*expression, error) {
	i := c.column(e.name)
	if i < 0 {
		return nil, e.at.errorf("Column '%s' cannot be resolved", e.shown)
	}
	if c.grouped && !c.within {
		return nil, e.at.errorf("'%s' must be an aggregate expression or appear in GROUP BY clause", e.shown)
	}
	if !slices.Contains(c.used, i) {
		c.used = append(c.used, i)
	}
	return &expression{typ: c.columns[i].Type, run: func(v *env) (any, error) { return v.doc.column(i) }}, nil
}

func (c *compiler) member(e *member) (*expression, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return nil, err
	}
	if x.typ.Kind != Row {
		return nil, e.at.errorf("Expression of type %s has no field '%s'", x.typ, e.shown)
	}
	i := slices.IndexFunc(x.typ.Fields, func(f Column) bool { return strings.EqualFold(f.Name, e.name) })
	if i < 0 {
		return nil, e.at.errorf("Column has no field '%s'", e.shown)
	}
	f := x.typ.Fields[i]
	return &expression{typ: f.Type, run: func(v *env) (any, error) {
		r, err := x.run(v)
		if err != nil || r == nil {
			return nil, err
		}
		return decode(field(r.(raw), f.Name), f.Type)
	}}, nil
}

func (c *compiler) element(e *element) (*expression, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return nil, err
	}
	i, err := c.compile(e.i)
	if err != nil {
		return nil, err
	}
	return c.elementOf(e.at, x, i, false)
}

func (c *compiler) isNull(e *isNull) (*expression, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return nil, err
	}
	return &expression{boolean, func(v *env) (any, error) {
		r, err := x.run(v)
		return r == nil, err
	}, x.constant}, nil
}

// both compiles two expressions and brings them to one type.
func (c *compiler) both(e, f expr, at pos, what string) (x, y *expression, t *Type, err error) {
	if x, err = c.compile(e); err != nil {
		return nil, nil, nil, err
	}
	if y, err = c.compile(f); err != nil {
		return nil, nil, nil, err
	}
	if x.typ.moment() && y.typ.Kind == Varchar { // CloudTrail Lake compares times with their texts
		y, err = asTime(y, f.place())
	} else if y.typ.moment() && x.typ.Kind == Varchar {
		x, err = asTime(x, e.place())
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if t = common(x.typ, y.typ); t == nil {
		return nil, nil, nil, at.errorf("Cannot apply operator: %s %s %s", x.typ, what, y.typ)
	}
	return x, y, t, nil
}

// asTime reads texts as times: a constant once, and others each time.
func asTime(x *expression, at pos) (*expression, error) {
	read := func(v *env) (any, error) {
		s, err := x.run(v)
		if err != nil || s == nil {
			return nil, err
		}
		t, err := parseTime(s.(string))
		if err != nil {
			return nil, at.errorf("%s", err)
		}
		return t, nil
	}
	if !x.constant {
		return &expression{typ: timestamp, run: read}, nil
	}
	v, err := read(nil)
	return constant(v, timestamp), err
}

// fold works a constant expression out once. A failure stays for when it is run: it may never be.
func fold(x *expression) *expression {
	if !x.constant {
		return x
	}
	v, err := x.run(nil)
	if err != nil {
		return x
	}
	return constant(v, x.typ)
}
