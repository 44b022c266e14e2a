package metricmath

import (
	"fmt"
	"slices"
	"strings"
)

// Metric is what a search looks at.
type Metric struct {
	Namespace, Name string
	Dimensions      []Dimension
}

// Dimension is a part of a metric's identity.
type Dimension struct{ Name, Value string }

// Search is a search expression, parsed. User Guide: "CloudWatch search expression syntax".
type Search struct {
	Namespace string   // of the schema, "" when there is none
	Schema    []string // names of dimensions of the schema
	root      term     // nil finds all
}

const maxSearch = 1024

// term is a part of a search.
type term interface{ matches(m *Metric) bool }

type (
	exact    struct{ property, text string } // property "" is any
	partial  struct{ property, text string }
	allTerms []term
	anyTerm  []term
	notTerm  struct{ of term }
)

// Matches reports whether the search finds the metric.
func (s *Search) Matches(m *Metric) bool {
	if s.Namespace != "" && s.Namespace != m.Namespace {
		return false
	}
	if len(s.Schema) > 0 {
		names := make([]string, 0, len(m.Dimensions))
		for _, d := range m.Dimensions {
			names = append(names, d.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, s.Schema) {
			return false
		}
	}
	return s.root == nil || s.root.matches(m)
}

func (t allTerms) matches(m *Metric) bool {
	return !slices.ContainsFunc(t, func(x term) bool { return !x.matches(m) })
}

func (t anyTerm) matches(m *Metric) bool {
	return slices.ContainsFunc(t, func(x term) bool { return x.matches(m) })
}

func (t notTerm) matches(m *Metric) bool { return !t.of.matches(m) }

func (t exact) matches(m *Metric) bool {
	return slices.Contains(texts(m, t.property), t.text)
}

func (t partial) matches(m *Metric) bool {
	return slices.ContainsFunc(texts(m, t.property), func(s string) bool { return contains(s, t.text) })
}

// texts are what a term is compared with.
func texts(m *Metric, property string) (out []string) {
	switch property {
	case "MetricName":
		return []string{m.Name}
	case "Namespace":
		return []string{m.Namespace}
	case "":
		out = append(out, m.Namespace, m.Name)
	}
	for _, d := range m.Dimensions {
		switch property {
		case "":
			out = append(out, d.Name, d.Value)
		case d.Name:
			out = append(out, d.Value)
		}
	}
	return out
}

// ParseSearch reads a search. NOT binds closest, then AND, which may be left out, then OR.
func ParseSearch(source string) (*Search, error) {
	if len(source) > maxSearch {
		return nil, fmt.Errorf("the search has more than %d characters", maxSearch)
	}
	p := &searchParser{rest: strings.TrimSpace(source)}
	s := &Search{}
	if strings.HasPrefix(p.rest, "{") {
		if err := p.schema(s); err != nil {
			return nil, err
		}
	}
	if p.space(); p.rest == "" {
		if s.Namespace == "" {
			return nil, fmt.Errorf("a search wants a schema, a term, or both")
		}
		return s, nil
	}
	root, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.rest != "" {
		return nil, fmt.Errorf("%q is not expected in a search", head(p.rest))
	}
	s.root = root
	return s, nil
}

type searchParser struct{ rest string }

func (p *searchParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// schema reads {namespace, dimension, …}, which a comma may follow.
func (p *searchParser) schema(s *Search) error {
	inside, rest, ok := strings.Cut(p.rest[1:], "}")
	if !ok {
		return fmt.Errorf("the schema of a search has no closing brace")
	}
	for i, part := range strings.Split(inside, ",") {
		part = strings.TrimSpace(part)
		if len(part) >= 2 && part[0] == '"' && part[len(part)-1] == '"' {
			part = part[1 : len(part)-1]
		}
		switch {
		case part == "":
			return fmt.Errorf("the schema of a search has an empty name")
		case i == 0:
			s.Namespace = part
		default:
			s.Schema = append(s.Schema, part)
		}
	}
	slices.Sort(s.Schema)
	p.rest = strings.TrimPrefix(strings.TrimSpace(rest), ",")
	return nil
}

func (p *searchParser) or(depth int) (term, error) {
	var out anyTerm
	for {
		t, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		if !p.take("OR") {
			return out, nil
		}
	}
}

func (p *searchParser) and(depth int) (term, error) {
	var out allTerms
	for {
		t, err := p.not(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		p.space()
		if p.rest == "" || p.rest[0] == ')' || p.peek("OR") {
			return out, nil
		}
		p.take("AND")
	}
}

func (p *searchParser) not(depth int) (term, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the search is nested more than %d deep", maxDepth)
	}
	if p.take("NOT") {
		t, err := p.not(depth + 1)
		return notTerm{t}, err
	}
	p.space()
	if rest, ok := strings.CutPrefix(p.rest, "("); ok {
		p.rest = rest
		t, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		p.space()
		if rest, ok = strings.CutPrefix(p.rest, ")"); !ok {
			return nil, fmt.Errorf("a parenthesis of the search is not closed")
		}
		p.rest = rest
		return t, nil
	}
	return p.term()
}

// peek reports whether the operator is next, and take takes it.
func (p *searchParser) peek(op string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, op)
	return ok && (rest == "" || strings.ContainsRune(" \t\r\n()\"", rune(rest[0])))
}

func (p *searchParser) take(op string) bool {
	if !p.peek(op) {
		return false
	}
	p.rest = p.rest[len(op):]
	return true
}

// term reads text, "text", Property=text or Property="text".
func (p *searchParser) term() (term, error) {
	first, quoted, err := p.text()
	if err != nil {
		return nil, err
	}
	property := ""
	if rest, ok := strings.CutPrefix(p.rest, "="); ok {
		p.rest, property = rest, first
		if first, quoted, err = p.text(); err != nil {
			return nil, err
		}
	}
	if quoted {
		return exact{property, first}, nil
	}
	if len(tokens(first)) == 0 {
		return nil, fmt.Errorf("%q has neither letter nor digit that could be searched for", head(first))
	}
	return partial{property, first}, nil
}

func (p *searchParser) text() (s string, quoted bool, err error) {
	if p.rest == "" {
		return "", false, fmt.Errorf("the search ends too early")
	}
	if p.rest[0] != '"' {
		end := strings.IndexAny(p.rest, " \t\r\n()\"=")
		if end < 0 {
			end = len(p.rest)
		}
		if end == 0 {
			return "", false, fmt.Errorf("%q is not expected in a search", head(p.rest))
		}
		s, p.rest = p.rest[:end], p.rest[end:]
		return s, false, nil
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String(), true, nil
		default:
			b.WriteByte(c)
		}
	}
	return "", false, fmt.Errorf("a term of the search has no closing quotation mark")
}
