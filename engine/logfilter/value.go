package logfilter

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// comparison is an operator and the value that it compares with.
type comparison struct {
	op     string // = != < <= > >=
	text   string
	quoted bool
	glob   *glob          // text has a wildcard
	regex  *regexp.Regexp // in place of text
	number float64
	isNum  bool
}

var operators = []string{"!=", "<=", ">=", "=", "<", ">"}

// operator reads an operator off the text.
func operator(text string) (op, rest string, ok bool) {
	for _, o := range operators {
		if rest, ok := strings.CutPrefix(text, o); ok {
			return o, rest, true
		}
	}
	return "", text, false
}

// comparison reads an operator's value. Unquoted values end where ends says.
func (p *Pattern) comparison(op, text string, ends func(string) bool) (*comparison, string, error) {
	c := &comparison{op: op}
	text = strings.TrimLeft(text, " \t\r\n")
	var err error
	switch {
	case text == "":
		return nil, "", fail("a value is missing after %s", op)
	case text[0] == '"':
		c.quoted = true
		c.text, text, err = quoted(text)
	case text[0] == '%':
		c.regex, text, err = p.regex(text)
	default:
		n := 0
		for n < len(text) && !ends(text[n:]) {
			n++
		}
		c.text, text = strings.TrimRight(text[:n], " \t\r\n"), text[n:]
		if c.text == "" {
			return nil, "", fail("a value is missing after %s", op)
		}
		c.number, c.isNum = number(c.text)
	}
	if err != nil {
		return nil, "", err
	}
	if op != "=" && op != "!=" && !c.isNum {
		return nil, "", fail("%s wants a number", op)
	}
	if c.regex == nil && strings.Contains(c.text, "*") {
		c.glob = newGlob(c.text)
	}
	return c, text, nil
}

func number(text string) (float64, bool) {
	if text == "" || !strings.ContainsAny(text[:1], "0123456789+-.") || strings.ContainsAny(text, "xXpP_nN") {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// compare compares with a text that may be a number: a field of a space-delimited event.
func (c *comparison) compare(value string) bool {
	if c.isNum {
		n, ok := number(value)
		return ok && c.numbers(n) || !ok && c.op == "!="
	}
	return c.matches(value) == (c.op == "=")
}

// matches reports whether a text is the value.
func (c *comparison) matches(value string) bool {
	switch {
	case c.regex != nil:
		return c.regex.MatchString(value)
	case c.glob != nil:
		return c.glob.match(value)
	}
	return c.text == value
}

func (c *comparison) numbers(n float64) bool {
	switch c.op {
	case "=":
		return n == c.number
	case "!=":
		return n != c.number
	case "<":
		return n < c.number
	case "<=":
		return n <= c.number
	case ">":
		return n > c.number
	}
	return n >= c.number
}

// holds compares with a value of a JSON event.
func (c *comparison) holds(v any) bool {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Float64()
		switch {
		case err != nil:
			return false
		case c.isNum:
			return c.numbers(n)
		case c.quoted:
			return c.op == "!="
		}
		return c.matches(string(v)) == (c.op == "=")
	case string:
		if c.isNum && c.op != "=" && c.op != "!=" {
			return false
		}
		return c.matches(v) == (c.op == "=")
	case bool:
		return (!c.quoted && c.matches(strconv.FormatBool(v))) == (c.op == "=")
	case nil:
		return c.op == "!="
	}
	// An object or a list is only something: * alone matches it.
	return (c.glob != nil && !c.quoted && c.text == "*") == (c.op == "=")
}

// glob is a text with wildcards, in segments.
type glob struct{ segments []string }

func newGlob(text string) *glob { return &glob{strings.Split(text, "*")} }

func (g *glob) match(s string) bool {
	first, last := g.segments[0], g.segments[len(g.segments)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, inner := range g.segments[1 : len(g.segments)-1] {
		i := strings.Index(s, inner)
		if i < 0 {
			return false
		}
		s = s[i+len(inner):]
	}
	return true
}
