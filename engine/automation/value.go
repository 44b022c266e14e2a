package automation

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Values are JSON values by name: arguments, variables, outputs.
type Values map[string]json.RawMessage

func (v Values) get(name string) (any, bool) {
	raw, ok := v[name]
	if !ok {
		return nil, false
	}
	out, err := decode(raw)
	return out, err == nil
}

func (v Values) put(name string, value any) { v[name] = encode(value) }

// encode writes a value that was decoded. HTML characters stay.
func encode(v any) json.RawMessage {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}

// textOf is a value as it stands within a text: scalars as they are, all else as JSON.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		return v.String()
	}
	return string(encode(v))
}

// Shown is a value as the API shows parameters and outputs: a list of texts.
func Shown(raw json.RawMessage) []string {
	v, err := decode(raw)
	if err != nil {
		return []string{string(raw)}
	}
	list, ok := v.([]any)
	if !ok {
		return []string{textOf(v)}
	}
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = textOf(e)
	}
	return out
}

// converted is a value as the type that an output or variable declares.
func converted(v any, kind string) (any, error) {
	switch kind {
	case "", "String":
		return textOf(v), nil
	case "Integer":
		n := json.Number(textOf(v))
		if _, err := n.Int64(); err == nil {
			return n, nil
		}
	case "Boolean":
		switch strings.ToLower(textOf(v)) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	case "StringList":
		list, ok := v.([]any)
		if !ok {
			break
		}
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = textOf(e)
		}
		return out, nil
	case "StringMap":
		if _, ok := v.(map[string]any); ok {
			return v, nil
		}
	case "MapList":
		list, ok := v.([]any)
		for _, e := range list {
			if _, is := e.(map[string]any); !is {
				ok = false
			}
		}
		if ok {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%s is not of the type %s", clip(textOf(v)), kind)
}
