package sql

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// validJSON is a text as JSON, nil when it is none.
func validJSON(s string) any {
	if !json.Valid([]byte(s)) {
		return nil
	}
	return raw(s)
}

func jsonParse(at pos, a []any) (any, error) {
	v := validJSON(a[0].(string))
	if v == nil {
		return nil, at.errorf("Cannot convert value to JSON: '%.100s'", a[0].(string))
	}
	return v, nil
}

// toJSON is a value as JSON.
func toJSON(v any) any {
	switch x := v.(type) {
	case raw:
		return x
	case string, bool, int64, float64:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(x) != nil { // NaN
			return raw("null")
		}
		return raw(bytes.TrimSpace(b.Bytes()))
	}
	return toJSON(show(v, timestamp))
}

// jsonExtract follows a path: $, .name, ["name"], [0].
func jsonExtract(at pos, a []any) (any, error) {
	v, path := a[0].(raw), a[1].(string)
	bad := at.errorf("Invalid JSON path: '%.100s'", path)
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, bad
	}
	for rest != "" {
		var key string
		switch {
		case strings.HasPrefix(rest, `["`):
			end := strings.Index(rest, `"]`)
			if end < 2 {
				return nil, bad
			}
			key, rest = rest[2:end], rest[end+2:]
		case strings.HasPrefix(rest, "["):
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, bad
			}
			n, err := strconv.Atoi(rest[1:end])
			if err != nil || n < 0 {
				return nil, bad
			}
			rest = rest[end+1:]
			if v = elementOf(v, n); v == nil {
				return nil, nil
			}
			continue
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			if key, rest = rest[1:end], rest[end:]; key == "" {
				return nil, bad
			}
		default:
			return nil, bad
		}
		if v = keyed(v, key); v == nil {
			return nil, nil
		}
	}
	return v, nil
}

// keyed is the member of an object whose name is exactly this.
func keyed(v raw, key string) (out raw) {
	if len(v) == 0 || v[0] != '{' {
		return nil
	}
	if members(v, func(k string, x raw) bool {
		if k == key {
			out = x
		}
		return out == nil
	}) != nil {
		return nil
	}
	return out
}

// elementOf is the element of an array, counted from 0.
func elementOf(v raw, n int) (out raw) {
	if len(v) == 0 || v[0] != '[' {
		return nil
	}
	i := 0
	if elements(v, func(x raw) bool {
		if i == n {
			out = x
		}
		i++
		return out == nil
	}) != nil {
		return nil
	}
	return out
}

func jsonExtractScalar(at pos, a []any) (any, error) {
	v, err := jsonExtract(at, a)
	if err != nil || v == nil {
		return nil, err
	}
	r := v.(raw)
	if isNullJSON(r) || r[0] == '{' || r[0] == '[' {
		return nil, nil
	}
	return decode(r, varchar)
}

func jsonArrayLength(_ pos, a []any) (any, error) {
	n := count(a[0].(raw), '[')
	if n < 0 {
		return nil, nil
	}
	return n, nil
}

// count is how many members or elements there are, -1 when the value is of another kind.
func count(v raw, open byte) int64 {
	if len(v) == 0 || v[0] != open {
		return -1
	}
	n := int64(0)
	var err error
	if open == '[' {
		err = elements(v, func(raw) bool { n++; return true })
	} else {
		err = members(v, func(string, raw) bool { n++; return true })
	}
	if err != nil {
		return -1
	}
	return n
}

// collection is a function of maps and arrays.
func (c *compiler) collection(e *call) (*expression, error) {
	n := map[string]int{"element_at": 2, "contains": 2}[e.name]
	if err := c.arity(e, max(n, 1), max(n, 1)); err != nil {
		return nil, err
	}
	args, err := c.compileAll(e.args)
	if err != nil {
		return nil, err
	}
	x := args[0]
	if x.typ.Kind != Map && x.typ.Kind != Array || e.name == "map_keys" && x.typ.Kind != Map || e.name == "contains" && x.typ.Kind != Array {
		return nil, e.args[0].place().errorf("Unexpected parameter of type %s for function %s", x.typ, e.name)
	}
	over := func(t *Type, fn func(v *env, r raw) (any, error)) *expression {
		return &expression{typ: t, run: func(v *env) (any, error) {
			r, err := x.run(v)
			if err != nil || r == nil {
				return nil, err
			}
			return fn(v, r.(raw))
		}}
	}
	switch e.name {
	case "element_at":
		return c.elementOf(e.at, x, args[1], true)
	case "cardinality":
		open := byte('{')
		if x.typ.Kind == Array {
			open = '['
		}
		return over(bigint, func(_ *env, r raw) (any, error) { return max(count(r, open), 0), nil }), nil
	case "map_keys":
		return over(&Type{Kind: Array, Elem: varchar}, func(_ *env, r raw) (any, error) {
			names := []string{}
			if err := members(r, func(k string, _ raw) bool { names = append(names, k); return true }); err != nil {
				return nil, err
			}
			b, err := json.Marshal(names)
			return raw(b), err
		}), nil
	}
	want := args[1]
	if common(x.typ.Elem, want.typ) == nil || !x.typ.Elem.scalar() {
		return nil, e.args[1].place().errorf("%s has no elements of type %s", x.typ, want.typ)
	}
	return over(boolean, func(v *env, r raw) (any, error) {
		w, err := want.run(v)
		if err != nil || w == nil {
			return nil, err
		}
		found := false
		err = elements(r, func(el raw) bool {
			d, err := decode(el, x.typ.Elem)
			found = err == nil && d != nil && compare(d, w) == 0
			return !found
		})
		return found, err
	}), nil
}

// elementOf is the value of a key of a map, or an element of an array, counted from 1. What is absent is NULL for element_at, and an error for
// brackets.
func (c *compiler) elementOf(at pos, x, i *expression, lenient bool) (*expression, error) {
	switch {
	case x.typ.Kind == Map && i.typ.is(Varchar), x.typ.Kind == Array && i.typ.is(Bigint):
	default:
		return nil, at.errorf("Cannot subscript %s with %s", x.typ, i.typ)
	}
	return &expression{typ: x.typ.Elem, run: func(v *env) (any, error) {
		r, err := x.run(v)
		if err != nil || r == nil {
			return nil, err
		}
		k, err := i.run(v)
		if err != nil || k == nil {
			return nil, err
		}
		var out raw
		if key, ok := k.(string); ok {
			out = keyed(r.(raw), key)
		} else {
			n, size := k.(int64), count(r.(raw), '[')
			if n < 0 && lenient {
				n += size + 1
			}
			if n == 0 {
				return nil, at.errorf("SQL array indices start at 1")
			}
			if n > 0 && n <= size {
				out = elementOf(r.(raw), int(n-1))
			}
		}
		if out == nil && !lenient {
			return nil, at.errorf("Key or index not present: %v. Use element_at to get NULL instead", k)
		}
		return decode(out, x.typ.Elem)
	}}, nil
}
