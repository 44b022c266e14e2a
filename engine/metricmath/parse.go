package metricmath

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Expr is an expression, parsed.
type Expr struct {
	root  node
	ids   []string
	calls map[string]bool
	rules []string
}

// Bounds of an expression.
const (
	maxText  = 2048
	maxNodes = 400
	maxDepth = 40
)

// node is a part of an expression.
type node interface {
	eval(x *evaluation) (Value, error)
}

type (
	number  float64
	text    string // in quotes
	word    string // REPEAT, DESC
	ref     string // ID of another query
	list    []node
	negated struct{ of node }
	binary  struct {
		op   string
		l, r node
	}
	call struct {
		name string
		args []node
		fn   function
	}
)

// IDs are the queries that the expression names, each once.
func (e *Expr) IDs() []string { return e.ids }

// Calls reports whether the expression calls the function.
func (e *Expr) Calls(function string) bool { return e.calls[function] }

// Parse reads an expression.
func Parse(source string) (*Expr, error) {
	if len(source) > maxText {
		return nil, fmt.Errorf("the expression has more than %d characters", maxText)
	}
	p := &parser{rest: source, expr: &Expr{calls: map[string]bool{}}}
	root, err := p.operators(0, 0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.rest != "" {
		return nil, fmt.Errorf("%q is not expected", head(p.rest))
	}
	p.expr.root = root
	return p.expr, nil
}

func head(s string) string { return s[:min(len(s), 20)] }

type parser struct {
	rest  string
	expr  *Expr
	nodes int
}

// levels are the binary operators, by how loosely they bind.
func levels() [][]string {
	return [][]string{{"||", "OR"}, {"&&", "AND"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/"}}
}

// operators reads operands of one level, joined from the left.
func (p *parser) operators(level, depth int) (node, error) {
	if level == len(levels()) {
		return p.unary(depth)
	}
	l, err := p.operators(level+1, depth)
	for err == nil {
		op := p.operator(levels()[level])
		if op == "" {
			return l, nil
		}
		var r node
		if r, err = p.operators(level+1, depth); err == nil {
			l = binary{op, l, r}
		}
	}
	return nil, err
}

// operator takes one of the operators, if it is next.
func (p *parser) operator(ops []string) string {
	p.space()
	for _, op := range ops {
		rest, ok := strings.CutPrefix(p.rest, op)
		if !ok || isLetter(op[0]) && rest != "" && isName(rest[0]) {
			continue
		}
		p.rest = rest
		switch op {
		case "OR":
			return "||"
		case "AND":
			return "&&"
		}
		return op
	}
	return ""
}

// deeper counts a node.
func (p *parser) deeper(depth int) error {
	if p.nodes++; p.nodes > maxNodes {
		return fmt.Errorf("the expression has more than %d parts", maxNodes)
	}
	if depth > maxDepth {
		return fmt.Errorf("the expression is nested more than %d deep", maxDepth)
	}
	return nil
}

func (p *parser) unary(depth int) (node, error) {
	if err := p.deeper(depth); err != nil {
		return nil, err
	}
	p.space()
	if rest, ok := strings.CutPrefix(p.rest, "-"); ok {
		p.rest = rest
		n, err := p.unary(depth + 1)
		return negated{n}, err
	}
	return p.power(depth)
}

// power binds closest, and from the right: 2^3^2 is 2^9, and -2^2 is -4.
func (p *parser) power(depth int) (node, error) {
	l, err := p.operand(depth)
	if err != nil || p.operator([]string{"^"}) == "" {
		return l, err
	}
	r, err := p.unary(depth + 1)
	return binary{"^", l, r}, err
}

func (p *parser) operand(depth int) (node, error) {
	p.space()
	if p.rest == "" {
		return nil, fmt.Errorf("the expression ends too early")
	}
	switch c := p.rest[0]; {
	case c == '(':
		p.rest = p.rest[1:]
		n, err := p.operators(0, depth+1)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	case c == '[':
		p.rest = p.rest[1:]
		items, err := p.items("]", depth+1)
		return list(items), err
	case c == '"' || c == '\'':
		return p.quoted(c)
	case c >= '0' && c <= '9' || c == '.':
		return p.number()
	case isLetter(c):
		return p.named(depth)
	}
	return nil, fmt.Errorf("%q is not expected", head(p.rest))
}

// quoted reads a string up to its quotation mark. A backslash stays, with what follows it: a search has its own meaning for it.
func (p *parser) quoted(mark byte) (node, error) {
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case mark:
			s := p.rest[1:i]
			p.rest = p.rest[i+1:]
			return text(s), nil
		}
	}
	return nil, fmt.Errorf("a string has no closing quotation mark")
}

func (p *parser) number() (node, error) {
	end := 0
	for end < len(p.rest) && (isDigit(p.rest[end]) || p.rest[end] == '.' || (p.rest[end] == 'e' || p.rest[end] == 'E') && end+1 < len(p.rest) && (isDigit(p.rest[end+1]) || p.rest[end+1] == '-') ||
		p.rest[end] == '-' && (p.rest[end-1] == 'e' || p.rest[end-1] == 'E')) {
		end++
	}
	v, err := strconv.ParseFloat(p.rest[:end], 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", head(p.rest[:end]))
	}
	p.rest = p.rest[end:]
	return number(v), nil
}

// named reads a function with its arguments, an ID or a word. IDs begin with a small letter, functions and words have none.
func (p *parser) named(depth int) (node, error) {
	end := 0
	for end < len(p.rest) && isName(p.rest[end]) {
		end++
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	p.space()
	if !strings.HasPrefix(p.rest, "(") {
		if name[0] >= 'A' && name[0] <= 'Z' {
			return p.keyword(name)
		}
		if !slices.Contains(p.expr.ids, name) {
			p.expr.ids = append(p.expr.ids, name)
		}
		return ref(name), nil
	}
	if err := known(name); err != nil {
		return nil, err
	}
	p.rest = p.rest[1:]
	args, err := p.items(")", depth+1)
	if err != nil {
		return nil, err
	}
	p.expr.calls[name] = true
	c, err := newCall(name, args)
	if err == nil && name == "INSIGHT_RULE_METRIC" {
		if rule, _, _ := insightOf(args); !slices.Contains(p.expr.rules, rule) {
			p.expr.rules = append(p.expr.rules, rule)
		}
	}
	return c, err
}

func (p *parser) keyword(name string) (node, error) {
	switch name {
	case "REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM":
		return word(name), nil
	case "SELECT":
		return nil, fmt.Errorf("queries of Metrics Insights (SELECT) are not built in this version of Vauban")
	}
	return nil, fmt.Errorf("%q is not a word that an expression may have; IDs begin with a small letter", head(name))
}

// items reads what stands between commas, up to the closing mark.
func (p *parser) items(closing string, depth int) ([]node, error) {
	if err := p.deeper(depth); err != nil {
		return nil, err
	}
	var out []node
	if p.operator([]string{closing}) != "" {
		return out, nil
	}
	for {
		n, err := p.operators(0, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
		if p.operator([]string{closing}) != "" {
			return out, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

func (p *parser) expect(mark string) error {
	if p.operator([]string{mark}) == "" {
		return fmt.Errorf("%q is expected before %q", mark, head(p.rest))
	}
	return nil
}

func (p *parser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isName(c byte) bool   { return isLetter(c) || isDigit(c) || c == '_' }
