package contributor

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"vauban/engine/logfilter"
)

// field is a place in an event: a path into JSON, or the number of a field from 1 on.
type field struct {
	path  *logfilter.Path
	index int
}

// aliasesOf reads the names that a rule gives to fields, by name.
func aliasesOf(fields map[string]string) (map[string]int, error) {
	out := map[string]int{}
	for number, name := range fields {
		n, ok := fieldNumber(number)
		switch {
		case !ok:
			return nil, fmt.Errorf("in Fields: %q is not the number of a field, from 1 to %d", short(number), maxFields)
		case name == "":
			return nil, fmt.Errorf("in Fields: field %d has an empty name", n)
		case out[name] != 0:
			return nil, fmt.Errorf("in Fields: two fields have the name %q", short(name))
		}
		out[name] = n
	}
	return out, nil
}

func fieldNumber(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= maxFields && text == strconv.Itoa(n)
}

func parseField(format string, aliases map[string]int, text string) (field, error) {
	if format == formatJSON {
		p, err := logfilter.ParsePath(text)
		if err != nil {
			return field{}, fmt.Errorf("%q is not the path of a field such as $.user.name", short(text))
		}
		return field{path: p}, nil
	}
	if n := aliases[text]; n != 0 {
		return field{index: n}, nil
	}
	if n, ok := fieldNumber(text); ok {
		return field{index: n}, nil
	}
	return field{}, fmt.Errorf("%q is neither the number of a field nor a name that Fields gives one", short(text))
}

func (f *field) needs() []string {
	if f.path == nil {
		return nil
	}
	return f.path.Needs()
}

// value is what an event has in the field: a string, a json.Number or a bool.
func (f *field) value(e *Event) (any, bool) {
	if f.path == nil {
		list := e.columns()
		if f.index > len(list) {
			return nil, false
		}
		return list[f.index-1], true
	}
	doc, ok := e.document()
	if !ok {
		return nil, false
	}
	v, ok := f.path.First(doc)
	switch v.(type) {
	case string, json.Number, bool:
		return v, ok
	}
	return nil, false
}

// numberOf is the number that a value is, or spells.
func numberOf(v any) (float64, bool) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = string(v)
	case string:
		text = strings.TrimSpace(v)
	default:
		return 0, false
	}
	if text == "" || strings.ContainsAny(text, "xXpP_nN") {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}
