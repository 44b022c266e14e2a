package sql

import (
	"math"
	"slices"
	"time"
)

func (c *compiler) unary(e *unary) (*expression, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return nil, err
	}
	if e.op == "not" {
		if !x.typ.is(Boolean) {
			return nil, e.at.errorf("Value of logical NOT expression must evaluate to a boolean (actual: %s)", x.typ)
		}
		return &expression{boolean, func(v *env) (any, error) {
			r, err := x.run(v)
			if err != nil || r == nil {
				return nil, err
			}
			return !r.(bool), nil
		}, x.constant}, nil
	}
	if !x.typ.numeric() {
		return nil, e.at.errorf("Cannot negate %s", x.typ)
	}
	return fold(&expression{x.typ, func(v *env) (any, error) {
		r, err := x.run(v)
		if err != nil || r == nil {
			return nil, err
		}
		if f, ok := r.(float64); ok {
			return -f, nil
		}
		if n := r.(int64); n != math.MinInt64 {
			return -n, nil
		}
		return nil, e.at.errorf("bigint negation overflow")
	}, x.constant}), nil
}

func (c *compiler) binary(e *binary) (*expression, error) {
	switch e.op {
	case "and", "or":
		return c.logical(e)
	case "=", "<>", "<", "<=", ">", ">=", "distinct":
		return c.comparison(e)
	case "||":
		return c.concat(e.at, []expr{e.x, e.y})
	}
	return c.arithmetic(e)
}

// logical is AND and OR with three values; the right side is not looked at when the left decides.
func (c *compiler) logical(e *binary) (*expression, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return nil, err
	}
	y, err := c.compile(e.y)
	if err != nil {
		return nil, err
	}
	for i, side := range []*expression{x, y} {
		if !side.typ.is(Boolean) {
			return nil, []expr{e.x, e.y}[i].place().errorf("Logical expression term must evaluate to a boolean (actual: %s)", side.typ)
		}
	}
	decides := e.op == "or"
	return &expression{boolean, func(v *env) (any, error) {
		a, err := x.run(v)
		if err != nil || a == decides {
			return a, err
		}
		b, err := y.run(v)
		if err != nil || b == decides || a != nil {
			return b, err
		}
		return nil, nil
	}, x.constant && y.constant}, nil
}

func (c *compiler) comparison(e *binary) (*expression, error) {
	x, y, t, err := c.both(e.x, e.y, e.at, e.op)
	if err != nil {
		return nil, err
	}
	if !t.scalar() && t.Kind != JSON {
		return nil, e.at.errorf("%s cannot be compared", t)
	}
	test := map[string]func(int) bool{
		"=": func(n int) bool { return n == 0 }, "<>": func(n int) bool { return n != 0 }, "distinct": func(n int) bool { return n != 0 },
		"<": func(n int) bool { return n < 0 }, "<=": func(n int) bool { return n <= 0 }, ">": func(n int) bool { return n > 0 }, ">=": func(n int) bool { return n >= 0 },
	}[e.op]
	ordered := e.op != "=" && e.op != "<>" && e.op != "distinct"
	if ordered && t.Kind == JSON {
		return nil, e.at.errorf("%s cannot be ordered", t)
	}
	return &expression{boolean, func(v *env) (any, error) {
		a, err := x.run(v)
		if err != nil {
			return nil, err
		}
		b, err := y.run(v)
		if err != nil {
			return nil, err
		}
		if a == nil || b == nil {
			if e.op == "distinct" {
				return (a == nil) != (b == nil), nil
			}
			return nil, nil
		}
		if r, ok := a.(raw); ok {
			return test(order(false, string(r) == string(b.(raw)))), nil
		}
		if e.op != "distinct" && (isNaN(a) || isNaN(b)) {
			return e.op == "<>", nil
		}
		return test(compare(a, b)), nil
	}, x.constant && y.constant}, nil
}

func isNaN(v any) bool { f, ok := v.(float64); return ok && math.IsNaN(f) }

func (c *compiler) arithmetic(e *binary) (*expression, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return nil, err
	}
	y, err := c.compile(e.y)
	if err != nil {
		return nil, err
	}
	if (x.typ.moment() && y.typ.Kind == Interval || x.typ.Kind == Interval && y.typ.moment() && e.op == "+") && (e.op == "+" || e.op == "-") {
		return shift(e, x, y), nil
	}
	t := common(x.typ, y.typ)
	if t == nil || !t.numeric() {
		return nil, e.at.errorf("Cannot apply operator: %s %s %s", x.typ, e.op, y.typ)
	}
	return fold(&expression{t, func(v *env) (any, error) {
		a, err := x.run(v)
		if err != nil || a == nil {
			return nil, err
		}
		b, err := y.run(v)
		if err != nil || b == nil {
			return nil, err
		}
		m, whole := a.(int64)
		n, whole2 := b.(int64)
		if whole && whole2 {
			return whole64(e, m, n)
		}
		return floating(e, toFloat(a), toFloat(b)), nil
	}, x.constant && y.constant}), nil
}

func toFloat(v any) float64 {
	if n, ok := v.(int64); ok {
		return float64(n)
	}
	return v.(float64)
}

func floating(e *binary, a, b float64) float64 {
	switch e.op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	}
	return math.Mod(a, b)
}

func whole64(e *binary, a, b int64) (any, error) {
	switch e.op {
	case "+":
		if s := a + b; (s > a) == (b > 0) {
			return s, nil
		}
		return nil, e.at.errorf("bigint addition overflow: %d + %d", a, b)
	case "-":
		if d := a - b; (d < a) == (b > 0) {
			return d, nil
		}
		return nil, e.at.errorf("bigint subtraction overflow: %d - %d", a, b)
	case "*":
		p := a * b
		if a == 0 || p/a == b && !(a == -1 && b == math.MinInt64) {
			return p, nil
		}
		return nil, e.at.errorf("bigint multiplication overflow: %d * %d", a, b)
	}
	if b == 0 {
		return nil, e.at.errorf("Division by zero")
	}
	if b == -1 { // MinInt64 / -1 overflows
		if e.op == "%" {
			return int64(0), nil
		}
		if a == math.MinInt64 {
			return nil, e.at.errorf("bigint division overflow: %d / %d", a, b)
		}
	}
	if e.op == "/" {
		return a / b, nil
	}
	return a % b, nil
}

// shift is a time plus or minus an interval.
func shift(e *binary, x, y *expression) *expression {
	t := x.typ
	if x.typ.Kind == Interval {
		x, y, t = y, x, y.typ
	}
	return fold(&expression{t, func(v *env) (any, error) {
		a, err := x.run(v)
		if err != nil || a == nil {
			return nil, err
		}
		b, err := y.run(v)
		if err != nil || b == nil {
			return nil, err
		}
		p := b.(period)
		if e.op == "-" {
			p = period{-p.months, -p.micros}
		}
		return addPeriod(a.(time.Time), p), nil
	}, x.constant && y.constant})
}

// addPeriod adds months by the calendar: the 31st becomes the last day of a shorter month.
func addPeriod(t time.Time, p period) time.Time {
	if p.months != 0 {
		y, m, d := t.Date()
		first := time.Date(y, m+time.Month(p.months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		t = first.AddDate(0, 0, min(d, last)-1)
	}
	return t.Add(time.Duration(p.micros/day) * 24 * time.Hour).Add(time.Duration(p.micros%day) * time.Microsecond)
}

func (c *compiler) inList(e *inList) (*expression, error) {
	all, err := c.compileAll(append([]expr{e.x}, e.list...))
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(x *expression) bool { return x.typ.moment() }) {
		for i, x := range all {
			if x.typ.Kind == Varchar {
				if all[i], err = asTime(x, e.at); err != nil {
					return nil, err
				}
			}
		}
	}
	x, allConstant, hasNull := all[0], true, false
	var tests []*expression
	values := map[string]bool{} // constant texts are looked up
	for i, r := range all[1:] {
		t := common(x.typ, r.typ)
		if t == nil || !t.scalar() {
			return nil, e.list[i].place().errorf("value and IN list items must be the same type: %s, not %s", x.typ, r.typ)
		}
		if !r.constant || r.typ.Kind != Varchar {
			allConstant = allConstant && r.constant
			tests = append(tests, r)
			continue
		}
		v, err := r.run(nil)
		if err != nil {
			return nil, err
		}
		if v == nil {
			hasNull = true
		} else {
			values[v.(string)] = true
		}
	}
	return &expression{boolean, func(v *env) (any, error) {
		a, err := x.run(v)
		if err != nil || a == nil {
			return nil, err
		}
		if s, ok := a.(string); ok && values[s] {
			return true, nil
		}
		null := hasNull
		for _, t := range tests {
			b, err := t.run(v)
			if err != nil {
				return nil, err
			}
			if b == nil {
				null = true
			} else if compare(a, b) == 0 {
				return true, nil
			}
		}
		if null {
			return nil, nil
		}
		return false, nil
	}, x.constant && allConstant}, nil
}

func (c *compiler) caseOf(e *caseOf) (*expression, error) {
	var when, then []*expression
	t := unknown
	branch := func(b expr) (*expression, error) {
		x, err := c.compile(b)
		if err != nil {
			return nil, err
		}
		k := common(t, x.typ)
		if k == nil {
			return nil, b.place().errorf("All CASE results must be the same type: %s, not %s", t, x.typ)
		}
		t = k
		return x, nil
	}
	for i := range e.when {
		w := e.when[i]
		if e.x != nil {
			w = &binary{w.place(), "=", e.x, w}
		}
		x, err := c.compile(w)
		if err != nil {
			return nil, err
		}
		if !x.typ.is(Boolean) {
			return nil, w.place().errorf("CASE WHEN clause must evaluate to a boolean (actual: %s)", x.typ)
		}
		y, err := branch(e.then[i])
		if err != nil {
			return nil, err
		}
		when, then = append(when, x), append(then, y)
	}
	otherwise := constant(nil, unknown)
	if e.orElse != nil {
		var err error
		if otherwise, err = branch(e.orElse); err != nil {
			return nil, err
		}
	}
	return &expression{typ: t, run: func(v *env) (any, error) {
		for i := range when {
			ok, err := when[i].run(v)
			if err != nil {
				return nil, err
			}
			if ok == true {
				return asType(then[i].run, t)(v)
			}
		}
		return asType(otherwise.run, t)(v)
	}}, nil
}

// asType makes whole numbers floating where their type is.
func asType(run code, t *Type) code {
	if t.Kind != Double {
		return run
	}
	return func(v *env) (any, error) {
		x, err := run(v)
		if n, ok := x.(int64); ok {
			return float64(n), err
		}
		return x, err
	}
}
