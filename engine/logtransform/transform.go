package logtransform

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Meta is what copyValue can copy into an event.
type Meta struct{ LogGroup, LogStream, Account, Region string }

// Bounds of one event's document.
const (
	maxValues   = 200 // User Guide: "Create and manage log transformers"
	maxDocument = 1 << 20
)

// event is on its way through the processors.
type event struct {
	message string
	meta    *Meta
	doc     map[string]any
}

var errTooLarge = fmt.Errorf("the transformed event has more than %d bytes", maxDocument)

// Transform answers the message's document as JSON.
func (t *Transformer) Transform(message string, meta *Meta) (string, error) {
	e := &event{message: message, meta: meta, doc: map[string]any{}}
	for _, step := range t.steps {
		if err := step.apply(e); err != nil {
			return "", err
		}
		if n := weigh(e.doc, 0); n > maxDocument {
			return "", errTooLarge
		}
	}
	if n := leaves(e.doc); n > maxValues {
		return "", fmt.Errorf("the transformed event has %d values, of which there can be %d", n, maxValues)
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.doc); err != nil {
		return "", fmt.Errorf("write the transformed event: %w", err)
	}
	out := strings.TrimSuffix(b.String(), "\n")
	if len(out) > maxDocument {
		return "", errTooLarge
	}
	return out, nil
}

func leaves(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			n += leaves(x)
		}
		return n
	case []any:
		for _, x := range v {
			n += leaves(x)
		}
		return n
	}
	return 1
}

// weigh is about how many bytes a value has as JSON. It ends early beyond the bound.
func weigh(v any, n int) int {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if n = weigh(x, n+len(k)+4); n > maxDocument {
				return n
			}
		}
	case []any:
		for _, x := range v {
			if n = weigh(x, n+1); n > maxDocument {
				return n
			}
		}
	case string:
		n += len(v) + 2
	default:
		n += 8
	}
	return n
}

// get is the value at a path.
func (e *event) get(path string) (any, bool) {
	if path == messageKey {
		return e.message, true
	}
	return at(e.doc, path)
}

func at(doc map[string]any, path string) (any, bool) {
	if v, ok := doc[path]; ok { // names may have dots themselves
		return v, true
	}
	name, rest, more := strings.Cut(path, ".")
	if !more {
		return nil, false
	}
	inner, ok := doc[name].(map[string]any)
	if !ok {
		return nil, false
	}
	return at(inner, rest)
}

// text is the text at a path, which a parser reads.
func (e *event) text(path string) (string, error) {
	v, ok := e.get(path)
	if !ok {
		return "", fmt.Errorf("there is no key %s", path)
	}
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("the value of %s is no string", path)
	}
	return s, nil
}

var errThrough = errors.New("a path leads through a value that is no object")

// set puts a value at a path.
func (e *event) set(path string, v any) error {
	doc := e.doc
	for {
		if _, ok := doc[path]; ok {
			doc[path] = v
			return nil
		}
		name, rest, more := strings.Cut(path, ".")
		if !more {
			doc[name] = v
			return nil
		}
		next, exists := doc[name]
		inner, ok := next.(map[string]any)
		if exists && !ok {
			return fmt.Errorf("%w: %s", errThrough, name)
		}
		if !exists {
			inner = map[string]any{}
			doc[name] = inner
		}
		doc, path = inner, rest
	}
}

// drop takes the value at a path away.
func (e *event) drop(path string) {
	doc := e.doc
	for {
		if _, ok := doc[path]; ok {
			delete(doc, path)
			return
		}
		name, rest, more := strings.Cut(path, ".")
		inner, ok := doc[name].(map[string]any)
		if !more || !ok {
			return
		}
		doc, path = inner, rest
	}
}

// place puts parsed values below a destination, or at the root.
func (e *event) place(destination string, values map[string]any) error {
	if destination != "" {
		if have, ok := at(e.doc, destination); ok {
			if inner, ok := have.(map[string]any); ok {
				for k, v := range values {
					inner[k] = v
				}
				return nil
			}
		}
		return e.set(destination, values)
	}
	for k, v := range values {
		e.doc[k] = v
	}
	return nil
}
