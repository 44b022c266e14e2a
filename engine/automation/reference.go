package automation

import (
	"fmt"
	"strings"
)

// References stand between double braces, with or without spaces: {{ parameter }}, {{ step.Output }}, {{ variable:name }}, {{ global:DATE }}.

// pieces cuts a text into literals and references: even ones are literals. Braces around anything else are text.
func pieces(text string) []string {
	var out []string
	literal, at := 0, 0
	for {
		open := strings.Index(text[at:], "{{")
		if open < 0 {
			return append(out, text[literal:])
		}
		open += at
		size := strings.Index(text[open:min(len(text), open+2*maxReference)], "}}")
		if size < 0 || !isReference(strings.TrimSpace(text[open+2:open+size])) {
			at = open + 2
			continue
		}
		out = append(out, text[literal:open], strings.TrimSpace(text[open+2:open+size]))
		at = open + size + 2
		literal = at
	}
}

// maxReference bounds the name in a reference.
const maxReference = 260

// isReference says that a name can be one of a reference.
func isReference(s string) bool {
	if s == "" || len(s) > maxReference {
		return false
	}
	for _, c := range s {
		if !nameRune(c) && c != '.' && c != ':' {
			return false
		}
	}
	return true
}

// isName says that a step, parameter or output may have the name.
func isName(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for _, c := range s {
		if !nameRune(c) {
			return false
		}
	}
	return true
}

func nameRune(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// references calls fn for every reference in a value.
func references(v any, fn func(name string)) {
	switch v := v.(type) {
	case string:
		for i, p := range pieces(v) {
			if i%2 == 1 {
				fn(p)
			}
		}
	case []any:
		for _, e := range v {
			references(e, fn)
		}
	case map[string]any:
		for k, e := range v {
			references(k, fn)
			references(e, fn)
		}
	}
}

func hasReference(v any) (has bool) {
	references(v, func(string) { has = true })
	return has
}

// scope gives the values of references.
type scope func(name string) (any, bool)

// maxText bounds what references can make a text grow to.
const maxText = 256 << 10

// expand fills in the references. A text that is nothing but one takes the value with its type.
func expand(v any, of scope) (any, error) {
	switch v := v.(type) {
	case string:
		return expandText(v, of)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			x, err := expand(e, of)
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		if len(out) == 1 && hasReference(v[0]) { // ["{{ list }}"] is the list
			if list, ok := out[0].([]any); ok {
				return list, nil
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			key, err := expandText(k, of)
			if err != nil {
				return nil, err
			}
			if out[textOf(key)], err = expand(e, of); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

func expandText(text string, of scope) (any, error) {
	parts := pieces(text)
	if len(parts) == 3 && parts[0] == "" && parts[2] == "" {
		return resolve(parts[1], of)
	}
	var b strings.Builder
	for i, p := range parts {
		if i%2 == 0 {
			b.WriteString(p)
			continue
		}
		v, err := resolve(p, of)
		if err != nil {
			return nil, err
		}
		b.WriteString(textOf(v))
		if b.Len() > maxText {
			return nil, fmt.Errorf("a text becomes longer than %d bytes", maxText)
		}
	}
	return b.String(), nil
}

func resolve(name string, of scope) (any, error) {
	v, ok := of(name)
	if !ok {
		return nil, fmt.Errorf("{{ %s }} has no value", name)
	}
	return v, nil
}
