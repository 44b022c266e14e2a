package logquery

import (
	"cmp"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// value is of a field: nil (absent), string, float64, moment, map[string]any or []any. JSON's numbers stay as they are written until they are used.
type value any

// moment is a time, in milliseconds.
type moment int64

// truth is what conditions answer.
func truth(b bool) value {
	if b {
		return 1.0
	}
	return 0.0
}

func isTrue(v value) bool {
	switch v := v.(type) {
	case float64:
		return v != 0
	case string:
		return v != "" && v != "0" && !strings.EqualFold(v, "false")
	}
	return v != nil
}

// numberOf is a value as a number, if it is one.
func numberOf(v value) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case moment:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case string:
		if v == "" || v[0] != '-' && v[0] != '+' && v[0] != '.' && !digit(v[0]) || strings.ContainsAny(v, "xXpP_nN") {
			return 0, false
		}
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

// textOf writes a value as a result shows it.
func textOf(v value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return string(v)
	case float64:
		if math.Abs(v) >= 1e21 {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case moment:
		return time.UnixMilli(int64(v)).UTC().Format("2006-01-02 15:04:05.000")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// ofJSON is a decoded JSON value as a field has it.
func ofJSON(v any) value {
	if b, ok := v.(bool); ok {
		return truth(b)
	}
	return v
}

// compare orders two values that are there: numbers by size, all else as text.
func compare(a, b value) int {
	x, ok := numberOf(a)
	y, ok2 := numberOf(b)
	if ok && ok2 {
		return cmp.Compare(x, y)
	}
	return strings.Compare(textOf(a), textOf(b))
}

// order is how sort orders: what is absent first, then texts, then numbers. User Guide: "sort".
func order(a, b value) int {
	rank := func(v value) int {
		if v == nil {
			return 0
		}
		if _, ok := numberOf(v); ok {
			return 2
		}
		return 1
	}
	if n := cmp.Compare(rank(a), rank(b)); n != 0 || a == nil {
		return n
	}
	return compare(a, b)
}

// held is a value that is kept beyond its row: a text may be a part of all that was read with it, which would be kept too.
func held(v value) value {
	if s, ok := v.(string); ok {
		return strings.Clone(s)
	}
	return v
}

// weigh is about how many bytes a value takes.
func weigh(v value) int {
	switch v := v.(type) {
	case string:
		return len(v) + 32
	case json.Number:
		return len(v) + 32
	case map[string]any:
		n := 64
		for k, x := range v {
			n += len(k) + weigh(x)
		}
		return n
	case []any:
		n := 32
		for _, x := range v {
			n += weigh(x)
		}
		return n
	}
	return 32
}
