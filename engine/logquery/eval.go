package logquery

import (
	"math"
	"strings"
)

func (f *field) eval(s *scope) value  { return s.row.get(f.name) }
func (c *constant) eval(*scope) value { return c.v }
func (a *aggRef) eval(s *scope) value { return s.aggs[a.index].result() }
func (c *call) eval(s *scope) value   { return c.fn.eval(s, c.args) }
func (x *index) eval(s *scope) value  { return ofJSON(part(x.x.eval(s), textOf(x.at.eval(s)))) }

func (u *unary) eval(s *scope) value {
	v := u.x.eval(s)
	if u.op == "not" {
		return truth(!isTrue(v))
	}
	if n, ok := numberOf(v); ok {
		return -n
	}
	return nil
}

func (b *binary) eval(s *scope) value {
	switch b.op {
	case "and":
		return truth(isTrue(b.a.eval(s)) && isTrue(b.b.eval(s)))
	case "or":
		return truth(isTrue(b.a.eval(s)) || isTrue(b.b.eval(s)))
	}
	x, y := b.a.eval(s), b.b.eval(s)
	switch b.op {
	case "=", "!=", "<", "<=", ">", ">=":
		if x == nil || y == nil {
			return truth(false)
		}
		n := compare(x, y)
		switch b.op {
		case "=":
			return truth(n == 0)
		case "!=":
			return truth(n != 0)
		case "<":
			return truth(n < 0)
		case "<=":
			return truth(n <= 0)
		case ">":
			return truth(n > 0)
		}
		return truth(n >= 0)
	}
	return arithmetic(b.op, x, y)
}

// arithmetic is absent where an operand is no number, or the result is none.
func arithmetic(op string, x, y value) value {
	a, ok := numberOf(x)
	b, ok2 := numberOf(y)
	if !ok || !ok2 {
		return nil
	}
	var f float64
	switch op {
	case "+":
		f = a + b
	case "-":
		f = a - b
	case "*":
		f = a * b
	case "/":
		f = a / b
	case "%":
		f = math.Mod(a, b)
	default:
		f = math.Pow(a, b)
	}
	return finite(f)
}

func finite(f float64) value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return f
}

func (l *like) eval(s *scope) value {
	v := l.x.eval(s)
	if v == nil {
		return truth(false)
	}
	t := textOf(v)
	if l.re != nil {
		return truth(l.re.MatchString(t) != l.not)
	}
	return truth(strings.Contains(t, textOf(l.sub.eval(s))) != l.not)
}

func (w *within) eval(s *scope) value {
	v := w.x.eval(s)
	if v == nil {
		return truth(false)
	}
	if w.sub != nil {
		_, ok := w.sub.found[keyed(v)]
		return truth(ok != w.not)
	}
	for _, x := range w.list {
		if y := x.eval(s); y != nil && compare(v, y) == 0 {
			return truth(!w.not)
		}
	}
	return truth(w.not)
}
