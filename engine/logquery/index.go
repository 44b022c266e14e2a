package logquery

import "slices"

// Condition says that a field must have one of the values for an event to be in the result.
type Condition struct {
	Field  string
	Keys   []string // as [Keys] writes values
	Forced bool     // of filterIndex: events whose field is not indexed are passed over
}

// Conditions are those that events must meet before any command looks at more than one of them: an index by the fields' values may skip the others.
func (q *Query) Conditions() (list []Condition) {
	changed := map[string]bool{}
	note := func(columns []column) {
		for _, c := range columns {
			if f, ok := c.x.(*field); !ok || f.name != c.name {
				changed[c.name] = true
			}
		}
	}
	for _, c := range q.commands {
		switch {
		case c.filter != nil:
			for _, one := range required(c.filter, nil) {
				if !hides(changed, one.Field) {
					one.Forced = c.index
					list = append(list, one)
				}
			}
		case c.fields != nil:
			note(c.fields)
		case c.parse != nil:
			for _, name := range c.parse.names {
				changed[name] = true
			}
		case c.unnest != nil:
			changed[c.unnest.name] = true
		default:
			return list
		}
	}
	return list
}

// hides reports whether a command has set the field, or something that it may be a part of.
func hides(changed map[string]bool, name string) bool {
	if changed[name] {
		return true
	}
	for i := range len(name) {
		if name[i] == '.' && changed[name[:i]] {
			return true
		}
	}
	return false
}

// required are the conditions that an expression is true only under.
func required(x expr, list []Condition) []Condition {
	switch x := x.(type) {
	case *binary:
		switch x.op {
		case "and":
			return required(x.b, required(x.a, list))
		case "=":
			for _, pair := range [][2]expr{{x.a, x.b}, {x.b, x.a}} {
				f, ok := pair[0].(*field)
				c, ok2 := pair[1].(*constant)
				if ok && ok2 {
					return append(list, Condition{Field: f.name, Keys: []string{keyed(c.v)}})
				}
			}
		}
	case *within:
		f, ok := x.x.(*field)
		if !ok || x.not || x.sub != nil {
			return list
		}
		one := Condition{Field: f.name}
		for _, item := range x.list {
			c, ok := item.(*constant)
			if !ok {
				return list
			}
			one.Keys = append(one.Keys, keyed(c.v))
		}
		return append(list, one)
	}
	return list
}

// indexed parses what is behind filterIndex: field = value, or field in [values].
func (p *parser) indexed() (expr, error) {
	start := p.tok
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	if list := required(x, nil); len(list) == 0 || len(list) != conjuncts(x) {
		p.tok = start
		return nil, p.fail("filterIndex wants field = value or field in [values]")
	}
	return x, nil
}

func conjuncts(x expr) int {
	if b, ok := x.(*binary); ok && b.op == "and" {
		return conjuncts(b.a) + conjuncts(b.b)
	}
	return 1
}

// Keys writes the values that the event has in the fields, each as a condition's keys have it; "" where it has none.
func Keys(rec *Record, fields []string) []string {
	r := &row{rec: rec}
	out := make([]string, len(fields))
	for i, name := range fields {
		if v := r.get(name); v != nil {
			out[i] = keyed(v)
		}
	}
	return out
}

// StandardOnly is a command of the query that log groups of the class INFREQUENT_ACCESS do not have, "" without one. User Guide: "Logs Insights QL commands
// supported in log classes".
func (q *Query) StandardOnly() string {
	all := slices.Clone(q.commands)
	for _, s := range q.subs {
		all = append(all, s.commands...)
	}
	for _, c := range all {
		switch {
		case c.index:
			return "filterIndex"
		case c.pattern != nil && c.pattern.diff != "":
			return "diff"
		case c.pattern != nil:
			return "pattern"
		}
	}
	return ""
}
