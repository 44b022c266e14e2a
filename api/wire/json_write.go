package wire

import (
	"encoding/base64"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// jsonWriter appends awsJson and restJson1 bodies.
type jsonWriter struct{ rest bool }

// structure writes the members of v that are in the body.
func (w jsonWriter) structure(dst []byte, v reflect.Value, p *structPlan) []byte {
	dst = append(dst, '{')
	start := len(dst)
	for i := range p.fields {
		f := &p.fields[i]
		if w.rest && !f.place.inAnswer() {
			continue
		}
		fv := v.Field(f.index)
		if f.absent(fv) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		if w.rest {
			dst = append(dst, f.restKey...)
		} else {
			dst = append(dst, f.jsonKey...)
		}
		dst = w.value(dst, fv, &f.node)
	}
	return append(dst, '}')
}

func (w jsonWriter) value(dst []byte, v reflect.Value, n *node) []byte {
	if n.absent(v) {
		return append(dst, "null"...)
	}
	v = n.deref(v)
	switch n.kind {
	case kindString:
		return appendJSONString(dst, v.String())
	case kindBool:
		return strconv.AppendBool(dst, v.Bool())
	case kindInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case kindFloat:
		return appendJSONFloat(dst, v.Float(), n.bits)
	case kindTime:
		t := timeOf(v)
		if f := n.format.or(formatEpoch); f != formatEpoch {
			dst = append(dst, '"')
			return append(appendTime(dst, t, f), '"')
		}
		return appendEpoch(dst, t)
	case kindBlob:
		dst = append(dst, '"')
		return append(base64.StdEncoding.AppendEncode(dst, v.Bytes()), '"')
	case kindDocument:
		return append(dst, v.Bytes()...)
	case kindStruct:
		return w.structure(dst, v, n.plan)
	case kindList:
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = w.value(dst, v.Index(i), n.elem)
		}
		return append(dst, ']')
	case kindMap:
		dst = append(dst, '{')
		for i, key := range sortedKeys(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendJSONString(dst, key.String()), ':')
			dst = w.value(dst, v.MapIndex(key), n.elem)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// sortedKeys makes the answers deterministic.
func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch x, y := a.String(), b.String(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return keys
}

func appendJSONFloat(dst []byte, x float64, bits uint8) []byte {
	switch {
	case math.IsNaN(x):
		return append(dst, `"NaN"`...)
	case math.IsInf(x, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(x, -1):
		return append(dst, `"-Infinity"`...)
	}
	return appendFloat(dst, x, bits)
}

// appendFloat writes the shortest text that reads back as the same number.
func appendFloat(dst []byte, x float64, bits uint8) []byte {
	if bits != 32 {
		bits = 64
	}
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, x, 'e', -1, int(bits))
	}
	return strconv.AppendFloat(dst, x, 'f', -1, int(bits))
}

const hexDigits = "0123456789abcdef"

// appendJSONString writes a quoted string; bytes that are not UTF-8 become U+FFFD.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\uFFFD"...)
			i++
			start = i
			continue
		}
		i += n
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
