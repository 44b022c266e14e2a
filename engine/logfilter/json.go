package logfilter

import "strings"

// condition is a node of a JSON pattern.
type condition interface{ holds(doc any) bool }

type (
	both     []condition // &&
	either   []condition // ||
	property struct {    // selector and comparison
		path *selector
		want *comparison
	}
	state struct { // IS TRUE, IS FALSE, IS NULL, NOT EXISTS
		path *selector
		is   string
	}
)

func (c both) holds(doc any) bool {
	for _, x := range c {
		if !x.holds(doc) {
			return false
		}
	}
	return true
}

func (c either) holds(doc any) bool {
	for _, x := range c {
		if x.holds(doc) {
			return true
		}
	}
	return false
}

func (c *property) holds(doc any) (ok bool) {
	c.path.visit(doc, func(v any) bool {
		ok = c.want.holds(v)
		return ok
	})
	return ok
}

func (c *state) holds(doc any) bool {
	found, ok := false, false
	c.path.visit(doc, func(v any) bool {
		found = true
		switch c.is {
		case "TRUE":
			ok = v == true
		case "FALSE":
			ok = v == false
		case "NULL":
			ok = v == nil
		}
		return ok
	})
	if c.is == "NOT EXISTS" {
		return !found
	}
	return ok
}

// jsonParser parses what is between the braces.
type jsonParser struct {
	*Pattern
	rest  string
	depth int
}

const maxDepth = 32

func (p *Pattern) compileJSON(text string) error {
	inner, ok := strings.CutSuffix(text[1:], "}")
	if !ok {
		return fail("a brace is not closed")
	}
	x := &jsonParser{Pattern: p, rest: inner}
	tree, err := x.or()
	if err == nil && x.peek() != "" {
		err = fail("%q is not understood", short(x.rest))
	}
	p.tree = tree
	if err == nil {
		p.needs = needs(tree)
	}
	return err
}

func (x *jsonParser) peek() string {
	x.rest = strings.TrimLeft(x.rest, " \t\r\n")
	return x.rest
}

func (x *jsonParser) take(token string) bool {
	rest, ok := strings.CutPrefix(x.peek(), token)
	if ok {
		x.rest = rest
	}
	return ok
}

// word takes a keyword in any case.
func (x *jsonParser) word(w string) bool {
	t := x.peek()
	if len(t) < len(w) || !strings.EqualFold(t[:len(w)], w) || len(t) > len(w) && wordByte(t[len(w)]) {
		return false
	}
	x.rest = t[len(w):]
	return true
}

func (x *jsonParser) or() (condition, error) {
	var all either
	for {
		c, err := x.and()
		if err != nil {
			return nil, err
		}
		if all = append(all, c); !x.take("||") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (x *jsonParser) and() (condition, error) {
	var all both
	for {
		c, err := x.one()
		if err != nil {
			return nil, err
		}
		if all = append(all, c); !x.take("&&") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (x *jsonParser) one() (condition, error) {
	if x.take("(") {
		if x.depth++; x.depth > maxDepth {
			return nil, fail("it is nested deeper than %d", maxDepth)
		}
		c, err := x.or()
		if err == nil && !x.take(")") {
			err = fail("a parenthesis is not closed")
		}
		x.depth--
		return c, err
	}
	path, rest, err := parseSelector(x.peek())
	if err != nil {
		return nil, err
	}
	x.rest = rest
	x.remember(path)
	if x.word("IS") {
		for _, is := range []string{"TRUE", "FALSE", "NULL"} {
			if x.word(is) {
				return &state{path, is}, nil
			}
		}
		return nil, fail("IS wants TRUE, FALSE or NULL")
	}
	if x.word("NOT") {
		if !x.word("EXISTS") {
			return nil, fail("NOT wants EXISTS")
		}
		return &state{path, "NOT EXISTS"}, nil
	}
	op, rest, ok := operator(x.peek())
	if !ok {
		return nil, fail("an operator is missing after %s", path.text)
	}
	want, rest, err := x.comparison(op, rest, endsJSON)
	x.rest = rest
	return &property{path, want}, err
}

// endsJSON reports whether an unquoted value ends before the text.
func endsJSON(text string) bool {
	return strings.IndexByte(" \t\r\n)(", text[0]) >= 0 || strings.HasPrefix(text, "&&") || strings.HasPrefix(text, "||")
}

func (p *Pattern) remember(s *selector) {
	for _, have := range p.paths {
		if have.text == s.text {
			return
		}
	}
	p.paths = append(p.paths, s)
}
