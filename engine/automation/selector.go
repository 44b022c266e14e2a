package automation

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// selector is a JSONPath: $, .name, ['name'], [0], [*], .* and ..name. Filters are refused.
type selector struct {
	steps []hop
	many  bool // may lead to several values: it gives a list
}

type hop struct {
	name  string
	index int
	kind  hopKind
	deep  bool
}

type hopKind uint8

const (
	toMember hopKind = iota
	toItem
	toAll
)

// maxHops bounds a selector, maxFound what one finds.
const (
	maxHops  = 50
	maxFound = 10_000
)

// parseSelector reads a selector.
func parseSelector(text string) (*selector, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, errors.New("it must begin with $")
	}
	s := &selector{}
	for rest != "" {
		h, left, err := nextHop(rest)
		if err != nil {
			return nil, err
		}
		s.steps, rest = append(s.steps, h), left
		s.many = s.many || h.kind == toAll || h.deep
		if len(s.steps) > maxHops {
			return nil, errors.New("it is too long")
		}
	}
	return s, nil
}

func nextHop(text string) (h hop, rest string, err error) {
	if after, ok := strings.CutPrefix(text, ".."); ok {
		h.deep, text = true, "."+after
		if strings.HasPrefix(after, "[") {
			text = after
		}
	}
	switch text[0] {
	case '.':
		end := strings.IndexAny(text[1:], ".[")
		if end < 0 {
			end = len(text) - 1
		}
		h.name, rest = text[1:1+end], text[1+end:]
		if h.name == "*" {
			h.kind = toAll
		}
		if h.name == "" {
			return h, "", errors.New("a name is missing after a dot")
		}
		return h, rest, nil
	case '[':
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return h, "", errors.New("] is missing")
		}
		inside := strings.TrimSpace(text[1:end])
		rest = text[end+1:]
		if n := len(inside); n >= 2 && (inside[0] == '\'' || inside[0] == '"') && inside[n-1] == inside[0] {
			h.name = inside[1 : n-1]
			return h, rest, nil
		}
		if inside == "*" || inside == ":" {
			h.kind = toAll
			return h, rest, nil
		}
		h.kind = toItem
		if h.index, err = strconv.Atoi(inside); err != nil {
			return h, "", errors.New("[" + clip(inside) + "] is not supported: use a number, '*' or a quoted name")
		}
		return h, rest, nil
	}
	return h, "", errors.New("it must go on with . or [")
}

// find returns what the selector leads to. found is false for nothing.
func (s *selector) find(v any) (value any, found bool) {
	at := []any{v}
	for _, h := range s.steps {
		var next []any
		for _, e := range at {
			if h.deep {
				deepen(e, &h, &next)
			} else {
				h.take(e, &next)
			}
			if len(next) > maxFound {
				return nil, false
			}
		}
		at = next
	}
	switch {
	case s.many && len(at) > 0:
		return at, true
	case s.many:
		return []any{}, true
	case len(at) == 1:
		return at[0], at[0] != nil
	}
	return nil, false
}

func (h *hop) take(v any, to *[]any) {
	switch v := v.(type) {
	case map[string]any:
		if h.kind == toAll {
			for _, k := range slices.Sorted(maps.Keys(v)) {
				*to = append(*to, v[k])
			}
		} else if e, ok := v[h.name]; ok && h.kind == toMember {
			*to = append(*to, e)
		}
	case []any:
		switch {
		case h.kind == toAll:
			*to = append(*to, v...)
		case h.kind == toItem && h.index >= 0 && h.index < len(v):
			*to = append(*to, v[h.index])
		case h.kind == toItem && h.index < 0 && -h.index <= len(v):
			*to = append(*to, v[len(v)+h.index])
		}
	}
}

func deepen(v any, h *hop, to *[]any) {
	if len(*to) > maxFound {
		return
	}
	h.take(v, to)
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			deepen(v[k], h, to)
		}
	case []any:
		for _, e := range v {
			deepen(e, h, to)
		}
	}
}
