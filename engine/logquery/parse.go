package logquery

import (
	"regexp"
	"strconv"
	"strings"
)

// Query is a parsed query. One with subqueries serves one run at a time: their results lie in it.
type Query struct {
	commands []command
	subs     []*subquery
	unmasks  bool
}

// command is one step of a query. Exactly one member is set.
type command struct {
	fields []column // fields and display
	only   bool     // display
	filter expr
	parse  *parsing
	stats  *statistics
	sort   []sorting
	limit  int
	dedup  []expr

	index   bool // the filter is a filterIndex
	pattern *patterning
	unnest  *unnesting
	join    *joining
}

// column is an expression and the name that its value gets.
type column struct {
	x    expr
	name string
}

type sorting struct {
	x    expr
	down bool
}

// statistics is a stats command.
type statistics struct {
	columns []column
	aggs    []*aggSpec
	by      []column
}

// parsing is a parse command: of a field into named parts.
type parsing struct {
	from  expr
	re    *regexp.Regexp
	names []string // of its groups
}

// MaxLength bounds the text of a query. API reference: "StartQuery".
const MaxLength = 10_000

// maxCommands bounds the commands of a query.
const maxCommands = 100

// unbuilt are commands that AWS has and this does not.
var unbuilt = []string{"anomaly", "lookup", "source", "addtotals", "appendcols", "eval", "rename"}

// Parse parses a query. Errors are of type *SyntaxError.
func Parse(text string) (*Query, error) {
	p := &parser{lexer: lexer{src: text}}
	if len(text) > MaxLength {
		return nil, p.fail("the query has more than %d characters", MaxLength)
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	commands, err := p.commands()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != end {
		return nil, p.fail("%q is expected here, not %q", "|", p.tok.value)
	}
	if len(commands) == 0 {
		return nil, p.fail("the query has no command")
	}
	return &Query{commands: commands, subs: p.subs, unmasks: p.unmasks}, nil
}

// commands parses commands up to the end of the text, or of the subquery.
func (p *parser) commands() (list []command, err error) {
	for first := true; ; first = false {
		if p.tok.kind == end || !first && !p.is("|") {
			return list, nil
		}
		if !first || p.is("|") {
			if err := p.expect("|"); err != nil {
				return nil, err
			}
			if p.tok.kind == end && !first {
				return nil, p.fail("a command is missing behind the |")
			}
		}
		if p.is("diff") {
			if list, err = p.diff(list); err != nil {
				return nil, err
			}
			continue
		}
		c, err := p.command()
		if err != nil {
			return nil, err
		}
		if list = append(list, c); len(list) > maxCommands {
			return nil, p.fail("the query has more than %d commands", maxCommands)
		}
	}
}

func (p *parser) command() (c command, err error) {
	t := p.tok
	if t.kind != word {
		return c, p.fail("a command is expected here, not %q", t.value)
	}
	if err := p.next(); err != nil {
		return c, err
	}
	switch lower := strings.ToLower(t.value); lower {
	case "fields", "display":
		c.fields, err = p.columns()
		c.only = lower == "display"
	case "filter":
		c.filter, err = p.expr()
	case "parse":
		c.parse, err = p.parsing()
	case "stats":
		c.stats, err = p.statistics()
	case "sort":
		c.sort, err = p.sorting()
	case "limit":
		c.limit, err = p.limit()
	case "unmask":
		c.fields, err = p.unmasked(t)
	case "dedup":
		c.dedup, err = p.dedup()
	case "filterindex":
		c.index = true
		c.filter, err = p.indexed()
	case "pattern":
		c.pattern, err = p.patterning()
	case "unnest":
		c.unnest, err = p.unnesting()
	case "join":
		c.join, err = p.joining()
	default:
		p.tok = t
		for _, name := range unbuilt {
			if lower == name {
				return c, p.fail("the command %s is not built in this version of Vauban", t.value)
			}
		}
		return c, p.fail("there is no command %s", bounded(t.value))
	}
	return c, err
}

func bounded(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// columns parses expressions, each of which may get a name.
func (p *parser) columns() (list []column, err error) {
	for {
		start := p.tok.start
		x, err := p.expr()
		if err != nil {
			return nil, err
		}
		c := column{x: x, name: strings.TrimSpace(p.src[start:p.tok.start])}
		if f, ok := x.(*field); ok {
			c.name = f.name
		}
		if as, err := p.accept("as"); err != nil {
			return nil, err
		} else if as {
			if c.name, err = p.name(); err != nil {
				return nil, err
			}
		}
		if list = append(list, c); len(list) > maxTerms {
			return nil, p.fail("the list is too long")
		}
		if more, err := p.accept(","); err != nil || !more {
			return list, err
		}
	}
}

// name parses the name that a value gets.
func (p *parser) name() (string, error) {
	t := p.tok
	if t.kind != word && t.kind != name || t.value == "" {
		return "", p.fail("a name is expected here, not %q", t.value)
	}
	return t.value, p.next()
}

func (p *parser) limit() (int, error) {
	n, err := strconv.Atoi(p.tok.value)
	if p.tok.kind != numeral || err != nil || n < 1 || n > MaxRows {
		return 0, p.fail("a number from 1 to %d is expected here, not %q", MaxRows, p.tok.value)
	}
	return n, p.next()
}

func (p *parser) dedup() (list []expr, err error) {
	columns, err := p.columns()
	for _, c := range columns {
		list = append(list, c.x)
	}
	return list, err
}

func (p *parser) sorting() (list []sorting, err error) {
	for {
		x, err := p.expr()
		if err != nil {
			return nil, err
		}
		s := sorting{x: x}
		if s.down, err = p.accept("desc"); err != nil {
			return nil, err
		}
		if !s.down {
			if _, err := p.accept("asc"); err != nil {
				return nil, err
			}
		}
		if list = append(list, s); len(list) > maxTerms {
			return nil, p.fail("the list is too long")
		}
		if more, err := p.accept(","); err != nil || !more {
			return list, err
		}
	}
}

func (p *parser) statistics() (*statistics, error) {
	s := &statistics{}
	p.aggs = &s.aggs
	var err error
	s.columns, err = p.columns()
	p.aggs = nil
	if err != nil {
		return nil, err
	}
	if len(s.aggs) == 0 {
		return nil, p.fail("stats wants an aggregate such as count(*)")
	}
	by, err := p.accept("by")
	if err == nil && by {
		s.by, err = p.columns()
	}
	return s, err
}

// parsing parses: parse [field] "a * b *" as x, y, or parse [field] /(?<x>…)/.
func (p *parser) parsing() (*parsing, error) {
	out := &parsing{from: &field{"@message"}}
	if p.tok.kind != text && !p.is("/") {
		x, err := p.primary()
		if err != nil {
			return nil, err
		}
		out.from = x
	}
	if p.is("/") {
		var err error
		if out.re, err = p.regex(); err != nil {
			return nil, err
		}
		out.names = append(out.names, out.re.SubexpNames()[1:]...)
		if len(strings.Join(out.names, "")) == 0 {
			return nil, p.fail("the regular expression names no group: write (?<name>…)")
		}
		return out, nil
	}
	if p.tok.kind != text {
		return nil, p.fail("a text in quotes or a regular expression between slashes is expected here")
	}
	glob := p.tok.value
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.expect("as"); err != nil {
		return nil, err
	}
	for {
		n, err := p.name()
		if err != nil {
			return nil, err
		}
		out.names = append(out.names, n)
		if more, err := p.accept(","); err != nil {
			return nil, err
		} else if !more {
			break
		}
	}
	parts := strings.Split(glob, "*")
	if len(parts)-1 != len(out.names) {
		return nil, p.fail("the text has %d wildcards, but there are %d names", len(parts)-1, len(out.names))
	}
	re, err := p.compiler.Compile(globExpression(parts))
	if err != nil {
		return nil, p.fail("%v", err)
	}
	out.re = re
	return out, nil
}

// globExpression is a text with wildcards as a regular expression: each takes as little as it can, the last one at the end takes the rest.
func globExpression(parts []string) string {
	var b strings.Builder
	b.WriteString("(?s)")
	for i, part := range parts {
		if i > 0 {
			if i == len(parts)-1 && part == "" {
				b.WriteString("(.*)$")
			} else {
				b.WriteString("(.*?)")
			}
		}
		b.WriteString(regexp.QuoteMeta(part))
	}
	return b.String()
}
