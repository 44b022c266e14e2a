package logfilter

import (
	"fmt"
	"strings"

	"vauban/engine/regex"
)

// Pattern is a compiled filter pattern. It may be used from several goroutines.
type Pattern struct {
	terms   *terms
	tree    condition   // of a JSON pattern
	paths   []*selector // of the tree, each once
	needs   []string    // texts of every event that matches
	columns *columns
	regexes int

	compiler regex.Compiler
}

// MaxLength bounds the text of a pattern. API reference: "PutMetricFilter".
const MaxLength = 1024

// maxRegexes is how many regular expressions a pattern has at most.
const maxRegexes = 2

// Error is a pattern that is not one.
type Error struct{ Reason string }

func (e *Error) Error() string { return "Invalid filter pattern: " + e.Reason }

func fail(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Compile parses a pattern. An empty one matches every event. Errors are of type *Error.
func Compile(text string) (*Pattern, error) {
	if len(text) > MaxLength {
		return nil, fail("it has more than %d characters", MaxLength)
	}
	trimmed := strings.TrimSpace(text)
	p := &Pattern{}
	var err error
	switch {
	case strings.HasPrefix(trimmed, "{"):
		err = p.compileJSON(trimmed)
	case strings.HasPrefix(trimmed, "["):
		err = p.compileColumns(trimmed)
	default:
		err = p.compileTerms(trimmed)
	}
	if err == nil && p.regexes > maxRegexes {
		err = fail("it has %d regular expressions, %d at most are allowed", p.regexes, maxRegexes)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Regexes is how many regular expressions the pattern has.
func (p *Pattern) Regexes() int { return p.regexes }

// Match reports whether the event matches.
func (p *Pattern) Match(message string) bool {
	switch {
	case p.tree != nil:
		if !has(message, p.needs) {
			return false
		}
		doc, ok := parseEvent(message)
		return ok && p.tree.holds(doc)
	case p.columns != nil:
		return p.columns.match(p.columns.split(message))
	}
	return p.terms.match(message)
}

// Test reports whether the event matches, and the values that the pattern names in it: of a JSON pattern by selector, of a space-delimited one by $name,
// or by $number for fields without a name.
func (p *Pattern) Test(message string) (values map[string]string, ok bool) {
	values = map[string]string{}
	switch {
	case p.tree != nil:
		doc, ok := parseEvent(message)
		if !ok || !p.tree.holds(doc) {
			return nil, false
		}
		for _, s := range p.paths {
			if v, ok := s.first(doc); ok {
				values[s.text] = show(v)
			}
		}
		return values, true
	case p.columns != nil:
		fields := p.columns.split(message)
		if !p.columns.match(fields) {
			return nil, false
		}
		for i, f := range fields {
			values["$"+p.columns.nameOf(i, len(fields))] = f
		}
		return values, true
	}
	return values, p.terms.match(message)
}

// Reference is what a metric filter takes from an event: $.property of a JSON pattern, or $field of a space-delimited one.
type Reference struct {
	path *selector
	name string
}

// Refer parses a reference as the pattern knows it.
func (p *Pattern) Refer(text string) (*Reference, error) {
	switch {
	case p.tree != nil:
		s, rest, err := parseSelector(text)
		if err == nil && rest != "" {
			err = fail("%q is not a property selector", text)
		}
		return &Reference{path: s}, err
	case p.columns != nil && strings.HasPrefix(text, "$") && p.columns.has(text[1:]):
		return &Reference{name: text[1:]}, nil
	}
	return nil, fail("%q is not a value of the pattern", text)
}

// Value is what an event that matches has at the reference.
func (p *Pattern) Value(message string, r *Reference) (string, bool) {
	if r.path != nil {
		doc, ok := parseEvent(message)
		if !ok {
			return "", false
		}
		v, ok := r.path.first(doc)
		return show(v), ok && v != nil
	}
	fields := p.columns.split(message)
	for i := range fields {
		if p.columns.nameOf(i, len(fields)) == r.name {
			return fields[i], true
		}
	}
	return "", false
}
