package pattern

import (
	"encoding/json"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// test reports whether a scalar of an event passes: a string, json.Number, bool or nil.
type test func(v any) bool

// maker returns what makes a test of an operator's operand, nil for none. exists is not among them: that a field is absent is no test of a value.
func maker(operator string) func(operand any) (test, error) {
	switch operator {
	case "anything-but":
		return anythingBut
	case "cidr":
		return cidr
	case "equals-ignore-case":
		return equalsIgnoreCase
	case "numeric":
		return numeric
	case "prefix":
		return prefix
	case "suffix":
		return suffix
	case "wildcard":
		return wildcard
	}
	return nil
}

// compileTest compiles an element of a pattern's array. absent means {"exists": false}.
func compileTest(v any) (t test, absent bool, err error) {
	switch v := v.(type) {
	case []any:
		return nil, false, invalid("Match value must be String, number, true, false, or null")
	case map[string]any:
		return operator(v)
	}
	return equals(v), false, nil
}

func operator(o map[string]any) (t test, absent bool, err error) {
	if len(o) != 1 {
		return nil, false, invalid("Only one key allowed in match expression")
	}
	for name, operand := range o {
		if name == "exists" {
			want, ok := operand.(bool)
			if !ok {
				return nil, false, invalid("exists match pattern must be either true or false.")
			}
			return func(any) bool { return true }, !want, nil
		}
		make := maker(name)
		if make == nil {
			return nil, false, invalid("Unrecognized match type %s", name)
		}
		t, err = make(operand)
	}
	return t, false, err
}

// weight is how many comparisons an element of a pattern's array takes: such that only compare, and such that read all of a value.
func weight(v any) (light, heavy int) {
	o, ok := v.(map[string]any)
	if !ok || o["exists"] != nil {
		return 1, 0
	}
	operand := o["anything-but"]
	if by, ok := operand.(map[string]any); ok {
		for _, operand = range by { // it is one
		}
	}
	if list, ok := operand.([]any); ok {
		return 0, len(list)
	}
	return 0, 1
}

// equals compares numbers by how they are written.
func equals(want any) test { return func(v any) bool { return v == want } }

// sameValue compares numbers by value.
func sameValue(a, b any) bool {
	x, ok1 := number(a)
	y, ok2 := number(b)
	if ok1 && ok2 {
		return x == y
	}
	return a == b
}

func prefix(operand any) (test, error) {
	return affix(operand, "prefix", strings.HasPrefix, foldedPrefix)
}

func suffix(operand any) (test, error) {
	return affix(operand, "suffix", strings.HasSuffix, foldedSuffix)
}

func foldedPrefix(s, folded string) bool { return strings.HasPrefix(strings.ToLower(s), folded) }

func foldedSuffix(s, folded string) bool { return strings.HasSuffix(strings.ToLower(s), folded) }

// affix is prefix and suffix: of a string, or of one whose case does not matter.
func affix(operand any, name string, has, hasFolded func(s, affix string) bool) (test, error) {
	switch v := operand.(type) {
	case string:
		return ofString(func(s string) bool { return has(s, v) }), nil
	case map[string]any:
		text, ok := v["equals-ignore-case"].(string)
		if len(v) != 1 || !ok {
			return nil, invalid("equals-ignore-case match pattern must be a string")
		}
		text = strings.ToLower(text)
		return ofString(func(s string) bool { return hasFolded(s, text) }), nil
	}
	return nil, invalid("%s match pattern must be a string", name)
}

func ofString(test func(string) bool) test {
	return func(v any) bool {
		s, ok := v.(string)
		return ok && test(s)
	}
}

func equalsIgnoreCase(operand any) (test, error) {
	text, ok := operand.(string)
	if !ok {
		return nil, invalid("equals-ignore-case match pattern must be a string")
	}
	text = strings.ToLower(text)
	return ofString(func(s string) bool { return strings.ToLower(s) == text }), nil
}

func wildcard(operand any) (test, error) {
	text, ok := operand.(string)
	if !ok {
		return nil, invalid("wildcard match pattern must be a string")
	}
	w, err := compileWildcard(text)
	if err != nil {
		return nil, err
	}
	return ofString(w.match), nil
}

// anythingBut takes a value, a list of values, or prefix, suffix, equals-ignore-case and wildcard with a string or a list.
func anythingBut(operand any) (test, error) {
	switch v := operand.(type) {
	case map[string]any:
		return anythingButOperator(v)
	case []any:
		if len(v) == 0 {
			return nil, invalid("Empty arrays are not allowed")
		}
		for _, one := range v {
			if !isStringOrNumber(one) {
				return nil, invalid("Inside anything but list, start|null|boolean is not supported.")
			}
		}
		return func(value any) bool {
			return !slices.ContainsFunc(v, func(one any) bool { return sameValue(one, value) })
		}, nil
	}
	if !isStringOrNumber(operand) {
		return nil, invalid("Value of anything-but must be an array or single string/number value.")
	}
	return func(value any) bool { return !sameValue(operand, value) }, nil
}

func isStringOrNumber(v any) bool {
	switch v.(type) {
	case string, json.Number:
		return true
	}
	return false
}

func anythingButOperator(o map[string]any) (test, error) {
	if len(o) != 1 {
		return nil, invalid("Only one key allowed in match expression")
	}
	for name, operand := range o {
		make := maker(name)
		if make == nil || name == "anything-but" || name == "numeric" || name == "cidr" {
			return nil, invalid("Unsupported anything-but pattern: %s", name)
		}
		list, ok := operand.([]any)
		if !ok {
			list = []any{operand}
		}
		var tests []test
		for _, one := range list {
			text, ok := one.(string)
			switch {
			case !ok && name == "equals-ignore-case":
				return nil, invalid("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.")
			case !ok:
				return nil, invalid("prefix/suffix match pattern must be a string")
			case text == "" && name != "equals-ignore-case":
				return nil, invalid("Null prefix/suffix not allowed")
			}
			t, err := make(text)
			if err != nil {
				return nil, err
			}
			tests = append(tests, t)
		}
		if len(tests) == 0 {
			return nil, invalid("Empty arrays are not allowed")
		}
		return func(v any) bool { return !slices.ContainsFunc(tests, func(t test) bool { return t(v) }) }, nil
	}
	return nil, nil
}

// numeric takes comparisons that must all hold: ["=", 5], [">", 0, "<=", 5].
func numeric(operand any) (test, error) {
	list, ok := operand.([]any)
	if !ok {
		return nil, invalid("Value of numeric must be an array.")
	}
	if len(list) == 0 || len(list) > 4 {
		return nil, invalid("Invalid numeric match: one comparison or a range is expected")
	}
	var holds []func(float64) bool
	seen := ""
	for i := 0; i < len(list); i += 2 {
		name, ok := list[i].(string)
		if !ok {
			return nil, invalid("Invalid member in numeric match: an operator is expected")
		}
		if i+1 == len(list) {
			return nil, invalid("Value of %s must be numeric", name)
		}
		bound, ok := number(list[i+1])
		if !ok {
			return nil, invalid("Value of %s must be numeric", name)
		}
		if math.Abs(bound) > 5e9 {
			return nil, invalid("Value must be between -5.0E9 and 5.0E9, inclusive")
		}
		h := comparison(name, bound)
		if h == nil {
			return nil, invalid("Unrecognized numeric range operator: %s", name)
		}
		if i > 0 && (seen == "=" || name == "=" || seen[0] == name[0]) {
			return nil, invalid("Bad numeric range operator: %s", name)
		}
		holds, seen = append(holds, h), name
	}
	return func(v any) bool {
		n, ok := number(v)
		return ok && !slices.ContainsFunc(holds, func(h func(float64) bool) bool { return !h(n) })
	}, nil
}

func comparison(name string, bound float64) func(float64) bool {
	switch name {
	case "=":
		return func(n float64) bool { return n == bound }
	case "<":
		return func(n float64) bool { return n < bound }
	case "<=":
		return func(n float64) bool { return n <= bound }
	case ">":
		return func(n float64) bool { return n > bound }
	case ">=":
		return func(n float64) bool { return n >= bound }
	}
	return nil
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return f, err == nil
}

func cidr(operand any) (test, error) {
	text, ok := operand.(string)
	if !ok {
		return nil, invalid("prefix match pattern must be a string")
	}
	address, bits, ok := strings.Cut(text, "/")
	if !ok || strings.Contains(bits, "/") {
		return nil, invalid("Malformed CIDR, one '/' required")
	}
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" {
		return nil, invalid("Nonstandard IP address: %s", address)
	}
	n, err := strconv.Atoi(bits)
	if err != nil {
		return nil, invalid("Malformed CIDR, mask bits must be an integer")
	}
	network, err := a.Prefix(n)
	if err != nil {
		return nil, invalid("Malformed CIDR, mask bits must be between 0 and %d", a.BitLen())
	}
	return ofString(func(s string) bool {
		a, err := netip.ParseAddr(s)
		return err == nil && network.Contains(a)
	}), nil
}
