package sql

import (
	bits "encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Values are nil (NULL), bool, int64, float64, string, time.Time, period and raw.

// decode reads a value of a document.
func decode(v raw, t *Type) (any, error) {
	if isNullJSON(v) {
		return nil, nil
	}
	switch t.Kind {
	case Varchar:
		if v[0] == '"' {
			return unquote(v), nil
		}
		return string(v), nil
	case Boolean:
		switch string(v) {
		case "true", `"true"`:
			return true, nil
		case "false", `"false"`:
			return false, nil
		}
		return nil, nil
	case Bigint:
		n, err := strconv.ParseInt(strings.Trim(string(v), `"`), 10, 64)
		if err != nil {
			return nil, nil
		}
		return n, nil
	case Double:
		f, err := strconv.ParseFloat(strings.Trim(string(v), `"`), 64)
		if err != nil {
			return nil, nil
		}
		return f, nil
	case Timestamp:
		if v[0] != '"' {
			return nil, nil
		}
		t, err := parseTime(unquote(v))
		if err != nil {
			return nil, nil
		}
		return t, nil
	case Row, Map:
		if v[0] != '{' {
			return nil, nil
		}
	case Array:
		if v[0] != '[' {
			return nil, nil
		}
	}
	return v, nil
}

// compare orders two values of one scalar type that are not NULL.
func compare(a, b any) int {
	switch x := a.(type) {
	case string:
		return strings.Compare(x, b.(string))
	case int64:
		if y, ok := b.(float64); ok {
			return compareFloats(float64(x), y)
		}
		return order(x < b.(int64), x == b.(int64))
	case float64:
		if y, ok := b.(int64); ok {
			return compareFloats(x, float64(y))
		}
		return compareFloats(x, b.(float64))
	case time.Time:
		return x.Compare(b.(time.Time))
	case bool:
		return order(!x && b.(bool), x == b.(bool))
	}
	panic(fmt.Sprintf("sql: %T cannot be compared", a))
}

// compareFloats has NaN after all others, as ORDER BY has it.
func compareFloats(x, y float64) int {
	if math.IsNaN(x) || math.IsNaN(y) {
		return order(!math.IsNaN(x), math.IsNaN(x) == math.IsNaN(y))
	}
	return order(x < y, x == y)
}

func order(less, equal bool) int {
	switch {
	case equal:
		return 0
	case less:
		return -1
	}
	return 1
}

// appendKey writes a scalar value so that two are the same when their bytes are.
func appendKey(b []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, 0)
	case bool:
		if x {
			return append(b, 1, 1)
		}
		return append(b, 1, 0)
	case int64:
		return bits.AppendVarint(append(b, 2), x)
	case float64:
		if x == 0 {
			x = 0 // -0 is 0
		}
		return bits.BigEndian.AppendUint64(append(b, 3), math.Float64bits(x))
	case string:
		return append(bits.AppendUvarint(append(b, 4), uint64(len(x))), x...)
	case time.Time:
		return bits.AppendVarint(append(b, 5), x.UnixMicro())
	case raw:
		return append(bits.AppendUvarint(append(b, 6), uint64(len(x))), x...)
	}
	panic(fmt.Sprintf("sql: %T is no key", v))
}

// show is a value as results have it.
func show(v any, t *Type) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return showDouble(x)
	case string:
		return x
	case time.Time:
		if t.Kind == Date {
			return x.Format("2006-01-02")
		}
		return x.Format("2006-01-02 15:04:05.000")
	case raw:
		if t.Kind == JSON {
			return string(x)
		}
		return string(appendShown(nil, x, 0))
	}
	return fmt.Sprint(v)
}

func showDouble(x float64) string {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	}
	if a := math.Abs(x); x != 0 && (a < 1e-3 || a >= 1e7) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'E', -1, 64), "E")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		n, err := strconv.Atoi(exponent)
		if err != nil {
			return mantissa
		}
		return mantissa + "E" + strconv.Itoa(n)
	}
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// mostShownDepth bounds how deep maps in maps are written out; deeper ones stay JSON.
const mostShownDepth = 32

// appendShown writes maps and rows as {a=1, b=2} and arrays as [1, 2].
func appendShown(b []byte, v raw, depth int) []byte {
	switch {
	case len(v) == 0:
		return append(b, "null"...)
	case v[0] == '"':
		return append(b, unquote(v)...)
	case depth > mostShownDepth:
	case v[0] == '{':
		b = append(b, '{')
		start := len(b)
		if members(v, func(key string, x raw) bool {
			if len(b) > start {
				b = append(b, ", "...)
			}
			b = append(append(b, key...), '=')
			b = appendShown(b, x, depth+1)
			return true
		}) == nil {
			return append(b, '}')
		}
	case v[0] == '[':
		b = append(b, '[')
		start := len(b)
		if elements(v, func(x raw) bool {
			if len(b) > start {
				b = append(b, ", "...)
			}
			b = appendShown(b, x, depth+1)
			return true
		}) == nil {
			return append(b, ']')
		}
	}
	return append(b, v...)
}
