package transform

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Path leads to a part of an event: $.detail.state, $.resources[0], $.detail.parts[*].name.
type Path struct{ steps []step }

// step goes down by a member's name, by an index, or to all elements.
type step struct {
	name  string
	index int
	kind  stepKind
}

type stepKind uint8

const (
	byName stepKind = iota
	byIndex
	toAll
)

// ErrPath says that a text is no path of the kind that EventBridge reads.
var ErrPath = errors.New("transform: the path is not $ followed by .name, [index] or [*]")

// maxSteps bounds a path.
const maxSteps = 64

// ParsePath reads a path.
func ParsePath(text string) (*Path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, ErrPath
	}
	p := &Path{}
	for rest != "" {
		if len(p.steps) == maxSteps {
			return nil, ErrPath
		}
		var s step
		if s, rest, ok = nextStep(rest); !ok {
			return nil, ErrPath
		}
		p.steps = append(p.steps, s)
	}
	return p, nil
}

func nextStep(text string) (s step, rest string, ok bool) {
	switch text[0] {
	case '.':
		end := strings.IndexAny(text[1:], ".[")
		if end < 0 {
			end = len(text) - 1
		}
		name, rest := text[1:1+end], text[1+end:]
		switch {
		case name == "" || strings.ContainsAny(name, "]()'\"$?@"):
			return s, "", false
		case name == "*":
			return step{kind: toAll}, rest, true
		}
		return step{name: name}, rest, true
	case '[':
		inner, rest, found := strings.Cut(text[1:], "]")
		switch {
		case !found:
			return s, "", false
		case inner == "*":
			return step{kind: toAll}, rest, true
		case len(inner) > 2 && inner[0] == '\'' && inner[len(inner)-1] == '\'' && !strings.ContainsAny(inner[1:len(inner)-1], `'\`):
			return step{name: inner[1 : len(inner)-1]}, rest, true
		}
		n, err := strconv.Atoi(inner)
		return step{kind: byIndex, index: n}, rest, err == nil && n >= 0 && inner[0] != '+'
	}
	return s, "", false
}

// Find returns what the path leads to in decoded JSON. A path with [*] or .* gives a list, never nothing.
func (p *Path) Find(root any) (v any, found bool) { return find(root, p.steps) }

func find(v any, steps []step) (any, bool) {
	if len(steps) == 0 {
		return v, true
	}
	s, rest := steps[0], steps[1:]
	switch s.kind {
	case byIndex:
		list, ok := v.([]any)
		if !ok || s.index >= len(list) {
			return nil, false
		}
		return find(list[s.index], rest)
	case toAll:
		out := []any{}
		for _, one := range elements(v) {
			if x, ok := find(one, rest); ok {
				out = append(out, x)
			}
		}
		return out, true
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	next, ok := object[s.name]
	if !ok {
		return nil, false
	}
	return find(next, rest)
}

func elements(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case map[string]any:
		var out []any
		for _, k := range sorted(v) {
			out = append(out, v[k])
		}
		return out
	}
	return nil
}

// Text is a found value where text is wanted: a string as it is, all else as JSON.
func Text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return JSON(v)
}

// JSON writes decoded JSON, without the escapes that only HTML needs.
func JSON(v any) string {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // decoded JSON can always be encoded
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
