package logfilter

import (
	"strconv"
	"strings"
)

// columns is a space-delimited pattern.
type columns struct {
	before []column // ahead of the ellipsis, or all
	after  []column // behind it
	open   bool     // there is an ellipsis
}

// column is one field: its name, and what it must be.
type column struct {
	name string
	want wanted
}

// wanted is comparisons joined by && within ||; empty matches everything.
type wanted [][]*comparison

func (w wanted) match(value string) bool {
	for _, all := range w {
		ok := true
		for _, c := range all {
			ok = ok && c.compare(value)
		}
		if ok {
			return true
		}
	}
	return len(w) == 0
}

const maxColumns = 128

func (p *Pattern) compileColumns(text string) error {
	inner, ok := strings.CutSuffix(text[1:], "]")
	if !ok {
		return fail("a bracket is not closed")
	}
	c := &columns{}
	p.columns = c
	into := &c.before
	for rest := inner; ; {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if after, ok := strings.CutPrefix(rest, "..."); ok {
			if c.open {
				return fail("it has more than one ellipsis")
			}
			c.open, into, rest = true, &c.after, after
		} else {
			col, after, err := p.column(rest)
			if err != nil {
				return err
			}
			*into, rest = append(*into, col), after
		}
		if len(c.before)+len(c.after) > maxColumns {
			return fail("it has more than %d fields", maxColumns)
		}
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			return nil
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return fail("a comma is missing before %q", short(rest))
		}
	}
}

// column reads a field: name, name=value, or name=value && name!=value || ….
func (p *Pattern) column(text string) (col column, rest string, err error) {
	var all []*comparison
	for {
		name, after := columnName(text)
		switch {
		case col.name == "":
			col.name = name
		case name != col.name:
			return col, "", fail("a condition on %q stands in the field %q", short(name), short(col.name))
		}
		op, after, ok := operator(after)
		if !ok {
			if len(all) > 0 || len(col.want) > 0 {
				return col, "", fail("an operator is missing after %q", short(name))
			}
			return col, after, nil
		}
		c, after, err := p.comparison(op, after, endsColumn)
		if err != nil {
			return col, "", err
		}
		all = append(all, c)
		text = strings.TrimLeft(after, " \t\r\n")
		if after, ok := strings.CutPrefix(text, "&&"); ok {
			text = after
			continue
		}
		col.want, all = append(col.want, all), nil
		after, ok = strings.CutPrefix(text, "||")
		if !ok {
			return col, text, nil
		}
		text = after
	}
}

// columnName reads a name off the text, and what follows it.
func columnName(text string) (name, rest string) {
	text = strings.TrimLeft(text, " \t\r\n")
	n := 0
	for n < len(text) && (wordByte(text[n]) || text[n] == '-' || text[n] == '.' || text[n] == '@' || text[n] >= 0x80) {
		n++
	}
	return text[:n], strings.TrimLeft(text[n:], " \t\r\n")
}

func endsColumn(text string) bool {
	return strings.IndexByte(" \t\r\n,", text[0]) >= 0 || strings.HasPrefix(text, "&&") || strings.HasPrefix(text, "||")
}

// split divides an event into fields, at spaces that are neither in double quotes nor in brackets.
func (c *columns) split(message string) []string {
	var out []string
	for s := strings.TrimLeft(message, " \t\r\n"); s != ""; s = strings.TrimLeft(s, " \t\r\n") {
		end, skip := -1, 0
		switch s[0] {
		case '"':
			end, skip = strings.IndexByte(s[1:], '"'), 1
		case '[':
			end, skip = strings.IndexByte(s[1:], ']'), 1
		}
		if end >= 0 {
			out, s = append(out, s[1:end+1]), s[end+1+skip:]
			continue
		}
		n := strings.IndexAny(s, " \t\r\n")
		if n < 0 {
			n = len(s)
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

func (c *columns) match(fields []string) bool {
	n := len(c.before) + len(c.after)
	if len(fields) < n || !c.open && len(fields) != n {
		return false
	}
	for i := range c.before {
		if !c.before[i].want.match(fields[i]) {
			return false
		}
	}
	for i := range c.after {
		if !c.after[i].want.match(fields[len(fields)-len(c.after)+i]) {
			return false
		}
	}
	return true
}

// nameOf is the name of the field at i of n: its number, from 1 on, when the pattern gives none.
func (c *columns) nameOf(i, n int) string {
	name := ""
	switch tail := n - len(c.after); {
	case i < len(c.before):
		name = c.before[i].name
	case i >= tail:
		name = c.after[i-tail].name
	}
	if name == "" {
		return strconv.Itoa(i + 1)
	}
	return name
}

// has reports whether the pattern gives a field the name.
func (c *columns) has(name string) bool {
	for _, list := range [][]column{c.before, c.after} {
		for _, col := range list {
			if col.name == name {
				return name != ""
			}
		}
	}
	n, err := strconv.Atoi(name)
	return err == nil && n > 0
}
