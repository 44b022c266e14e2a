package automation

import (
	"encoding/json"
	"errors"
	"fmt"
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

// maxHops bounds a selector, maxFound what one finds, maxVisits the values that all selectors of a step look at, maxNested the answers they are for.
const (
	maxHops   = 50
	maxFound  = 10_000
	maxVisits = 100_000
	maxNested = 100
)

// search is the work of the selectors of a step, which is bounded: a run goes on within a transaction.
type search struct {
	answer any
	levels int // of the answer
	left   int // visits
}

func newSearch(answer any) *search {
	return &search{answer: answer, levels: depth(answer), left: maxVisits}
}

// find returns what the selector leads to. found is false for nothing.
func (x *search) find(text string) (value any, found bool, err error) {
	if x.levels > maxNested {
		return nil, false, fmt.Errorf("the answer is nested deeper than %d levels", maxNested)
	}
	s, err := parseSelector(text)
	if err != nil {
		return nil, false, err
	}
	value, found = s.find(x.answer, &x.left)
	if x.left < 0 {
		return nil, false, fmt.Errorf("the selectors look at more than %d values", maxVisits)
	}
	if found && !fits(value) {
		return nil, false, fmt.Errorf("what the selector finds is larger than %d bytes", maxValue)
	}
	return value, found, nil
}

// fits says that a value may be at most [maxValue] bytes, without writing it: values that are found may lie within each other.
func fits(v any) bool {
	left := maxValue
	return weigh(v, &left)
}

func weigh(v any, left *int) bool {
	switch v := v.(type) {
	case string:
		*left -= len(v)
	case json.Number:
		*left -= len(v)
	case map[string]any:
		for k, e := range v {
			if *left -= len(k); !weigh(e, left) {
				return false
			}
		}
	case []any:
		for _, e := range v {
			if !weigh(e, left) {
				return false
			}
		}
	}
	*left--
	return *left >= 0
}

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

// find takes its visits off those that are left, and gives up below none.
func (s *selector) find(v any, left *int) (value any, found bool) {
	at := []any{v}
	for _, h := range s.steps {
		var next []any
		for _, e := range at {
			if h.deep {
				deepen(e, &h, &next, left)
			} else {
				h.take(e, &next, left)
			}
			if len(next) > maxFound || *left < 0 {
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

func (h *hop) take(v any, to *[]any, left *int) {
	*left--
	switch v := v.(type) {
	case map[string]any:
		if h.kind == toAll {
			*left -= len(v)
		}
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
			*left -= len(v)
			*to = append(*to, v...)
		case h.kind == toItem && h.index >= 0 && h.index < len(v):
			*to = append(*to, v[h.index])
		case h.kind == toItem && h.index < 0 && -h.index <= len(v):
			*to = append(*to, v[len(v)+h.index])
		}
	}
}

func deepen(v any, h *hop, to *[]any, left *int) {
	if len(*to) > maxFound || *left < 0 {
		return
	}
	h.take(v, to, left)
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			deepen(v[k], h, to, left)
		}
	case []any:
		for _, e := range v {
			deepen(e, h, to, left)
		}
	}
}
