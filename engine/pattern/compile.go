package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Pattern is a compiled event pattern. It is safe for concurrent use.
type Pattern struct{ root *node }

// node is what an object must fulfil: all fields, and of each list in ors one.
type node struct {
	fields []field
	ors    [][]*node
}

// field goes down into an object, or ends in a list of tests of which one must hold.
type field struct {
	name   string
	below  *node
	tests  []test
	light  int      // how many comparisons the tests take that do not read all of a value
	heavy  int      // and how many that do
	absent bool     // one of the tests is {"exists": false}
	exact  []string // the strings of which the value must be one; none when others pass too
	path   []string // from the root, for absent
}

// Bounds of a pattern.
const (
	maxDepth = 64
	maxOrs   = 1000 // combinations, as AWS
)

// InvalidError says what is wrong with a pattern, in AWS's words where they are known.
type InvalidError struct{ Reason string }

func (e *InvalidError) Error() string { return "Event pattern is not valid. Reason: " + e.Reason }

func invalid(format string, args ...any) error { return &InvalidError{fmt.Sprintf(format, args...)} }

// Compile reads a pattern. The error is an [*InvalidError].
func Compile(text []byte) (*Pattern, error) {
	root, err := decode(text)
	if err != nil {
		return nil, err
	}
	object, ok := root.(map[string]any)
	if !ok {
		return nil, invalid("Filter is not an object at %s", at(text, start(text)+1))
	}
	if len(object) == 0 {
		return nil, invalid("Empty objects are not allowed")
	}
	c := &compiler{}
	n, err := c.object(object, nil)
	if err != nil {
		return nil, err
	}
	return &Pattern{n}, nil
}

// decode reads JSON and nothing behind it.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after the object")
		}
	}
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &syntax):
		return nil, syntaxError(text, syntax)
	}
	return nil, invalid("%s at %s", err, at(text, int(d.InputOffset())))
}

func start(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " \t\r\n")) }

// at is a place of the text as AWS names it.
func at(text []byte, offset int) string {
	before := text[:min(max(offset, 0), len(text))]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') // from 1
	return fmt.Sprintf("[Source: (String)\"%s\"; line: %d, column: %d]", shortened(text), line, column)
}

func shortened(text []byte) string {
	const most = 500
	if len(text) > most {
		text = text[:most]
	}
	return string(text)
}

type compiler struct{ combinations int }

func (c *compiler) object(o map[string]any, path []string) (*node, error) {
	if len(path) > maxDepth {
		return nil, invalid("The pattern is nested more than %d levels deep", maxDepth)
	}
	n := &node{}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if name == "$or" {
			alternatives, err := c.alternatives(o[name], path)
			if err != nil {
				return nil, err
			}
			if alternatives != nil {
				n.ors = append(n.ors, alternatives)
				continue
			}
		}
		f, err := c.field(name, o[name], path)
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, *f)
	}
	return n, nil
}

func (c *compiler) field(name string, v any, path []string) (*field, error) {
	f := &field{name: name, path: append(slices.Clip(path), name)}
	var err error
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return nil, invalid("Empty objects are not allowed")
		}
		f.below, err = c.object(v, f.path)
	case []any:
		if len(v) == 0 {
			return nil, invalid("Empty arrays are not allowed")
		}
		for _, one := range v {
			t, absent, err := compileTest(one)
			if err != nil {
				return nil, err
			}
			if absent {
				f.absent = true
			} else {
				f.tests = append(f.tests, t)
				light, heavy := weight(one)
				f.light, f.heavy = f.light+light, f.heavy+heavy
			}
			if text, ok := one.(string); ok {
				f.exact = append(f.exact, text)
			}
		}
		if len(f.exact) < len(v) {
			f.exact = nil
		}
	default:
		return nil, invalid("\"%s\" must be an object or an array", name)
	}
	return f, err
}

// alternatives compiles the value of "$or"; nil when it is a field of that name: only two objects and more are alternatives.
func (c *compiler) alternatives(v any, path []string) ([]*node, error) {
	list, ok := v.([]any)
	if !ok || len(list) < 2 {
		return nil, nil
	}
	var out []*node
	for _, one := range list {
		o, ok := one.(map[string]any)
		if !ok || len(o) == 0 || isOperator(o) {
			return nil, nil
		}
		n, err := c.object(o, path)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	c.combinations = max(c.combinations, 1) * len(out)
	if c.combinations > maxOrs {
		return nil, invalid("The pattern has more than %d combinations of alternatives", maxOrs)
	}
	return out, nil
}

// isOperator reports whether the object is a test and no pattern.
func isOperator(o map[string]any) bool {
	for name := range o {
		if maker(name) == nil && name != "exists" {
			return false
		}
	}
	return true
}
