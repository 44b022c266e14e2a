package logfilter

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// selector is a path into a JSON event: $.a.b[0], $['a b'], $.list[*].x.
type selector struct {
	text  string
	steps []step
}

// step goes to a member, to an item of a list, or to all items.
type step struct {
	member string
	index  int // when member is "" and all is not set
	all    bool
	list   bool
}

const maxSteps = 32

// parseSelector reads a selector off the text.
func parseSelector(text string) (*selector, string, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, "", fail("a property selector begins with $., not %q", short(text))
	}
	s := &selector{}
	for rest != "" && (rest[0] == '.' || rest[0] == '[') {
		var st step
		var err error
		if rest[0] == '.' {
			st, rest, err = parseMember(rest[1:])
		} else {
			st, rest, err = parseBracket(rest[1:])
		}
		if err != nil {
			return nil, "", err
		}
		if s.steps = append(s.steps, st); len(s.steps) > maxSteps {
			return nil, "", fail("a property selector has more than %d steps", maxSteps)
		}
	}
	if len(s.steps) == 0 {
		return nil, "", fail("a property selector begins with $., not %q", short(text))
	}
	s.text = text[:len(text)-len(rest)]
	return s, rest, nil
}

func parseMember(text string) (step, string, error) {
	n := 0
	for n < len(text) && (wordByte(text[n]) || text[n] == '-' || text[n] >= 0x80) {
		n++
	}
	if n == 0 {
		return step{}, "", fail("a property's name is missing after the dot")
	}
	return step{member: text[:n]}, text[n:], nil
}

func parseBracket(text string) (step, string, error) {
	if text != "" && (text[0] == '\'' || text[0] == '"') {
		end := strings.IndexByte(text[1:], text[0])
		if end < 0 || !strings.HasPrefix(text[end+2:], "]") {
			return step{}, "", fail("a property's name in brackets is not closed")
		}
		return step{member: text[1 : end+1]}, text[end+3:], nil
	}
	inner, rest, ok := strings.Cut(text, "]")
	if !ok {
		return step{}, "", fail("a bracket is not closed")
	}
	if inner == "*" {
		return step{all: true, list: true}, rest, nil
	}
	n, err := strconv.ParseUint(inner, 10, 31)
	if err != nil {
		return step{}, "", fail("%q is not the index of a list", short(inner))
	}
	return step{index: int(n), list: true}, rest, nil
}

// visit calls fn with the values that the selector finds, until it says that it has enough.
func (s *selector) visit(doc any, fn func(any) (enough bool)) { visitSteps(doc, s.steps, fn) }

func visitSteps(v any, steps []step, fn func(any) bool) (enough bool) {
	if len(steps) == 0 {
		return fn(v)
	}
	st := steps[0]
	if !st.list {
		m, ok := v.(map[string]any)
		if !ok {
			return false
		}
		inner, ok := m[st.member]
		return ok && visitSteps(inner, steps[1:], fn)
	}
	list, ok := v.([]any)
	switch {
	case !ok:
		return false
	case !st.all:
		return st.index < len(list) && visitSteps(list[st.index], steps[1:], fn)
	}
	for _, item := range list {
		if visitSteps(item, steps[1:], fn) {
			return true
		}
	}
	return false
}

// first is the first value that the selector finds.
func (s *selector) first(doc any) (found any, ok bool) {
	s.visit(doc, func(v any) bool {
		found, ok = v, true
		return true
	})
	return found, ok
}

// parseEvent reads an event that is a JSON object, or a list.
func parseEvent(message string) (any, bool) {
	start := strings.TrimLeft(message, " \t\r\n")
	if start == "" || start[0] != '{' && start[0] != '[' {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(message))
	d.UseNumber()
	var doc any
	if d.Decode(&doc) != nil {
		return nil, false
	}
	_, err := d.Token()
	return doc, err == io.EOF
}

// show writes a value of an event as text.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case nil:
		return "null"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

func short(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
