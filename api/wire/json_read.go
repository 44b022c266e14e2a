package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
)

// jsonReader decodes awsJson and restJson1 bodies into Go values.
type jsonReader struct {
	jsonScanner
	rest bool // restJson1: members have their jsonName, and those bound elsewhere are not in the body
}

// decodeJSON reads a whole body into the struct v. An empty body is an empty object.
func decodeJSON(body []byte, v reflect.Value, p *structPlan, rest bool) error {
	r := jsonReader{jsonScanner: jsonScanner{data: body}, rest: rest}
	if r.peek() == 0 && r.pos >= len(r.data) {
		return nil
	}
	isNull, err := r.null()
	if err == nil && !isNull {
		err = r.structure(v, p)
	}
	if err != nil {
		return err
	}
	return r.end()
}

// decodeJSONValue reads a whole body that is one value: the payload member of restJson1.
func decodeJSONValue(body []byte, v reflect.Value, n *node) error {
	r := jsonReader{jsonScanner: jsonScanner{data: body}, rest: true}
	if r.peek() == 0 && r.pos >= len(r.data) {
		return nil
	}
	if err := r.value(v, n); err != nil {
		return err
	}
	return r.end()
}

func (r *jsonReader) end() error {
	if r.peek(); r.pos < len(r.data) {
		return r.unexpected()
	}
	return nil
}

func (r *jsonReader) names(p *structPlan) map[string]int {
	if r.rest {
		return p.byJSON
	}
	return p.byName
}

func (r *jsonReader) structure(v reflect.Value, p *structPlan) error {
	if c := r.peek(); c != '{' {
		return r.misplaced(c, "Structure")
	}
	if err := r.enter(); err != nil {
		return err
	}
	names := r.names(p)
	set := 0
	for first := true; ; first = false {
		more, err := r.next(first, '}')
		if err != nil {
			return err
		}
		if !more {
			r.depth--
			return unionOf(p, set)
		}
		i := -1
		if err := r.key(names, &i); err != nil {
			return err
		}
		if i < 0 {
			if err := r.skip(); err != nil {
				return err
			}
			continue
		}
		if isNull, err := r.null(); isNull || err != nil {
			if err != nil {
				return err
			}
			v.Field(p.fields[i].index).SetZero()
			continue
		}
		set++
		f := &p.fields[i]
		if err := r.value(v.Field(f.index), &f.node); err != nil {
			return err
		}
	}
}

// unionOf refuses a union with several members. None is left to validation: an unknown member of a newer client is ignored like any other.
func unionOf(p *structPlan, set int) error {
	if p.union && set > 1 {
		return malformed("Unions must have exactly one member set")
	}
	return nil
}

// value reads a value that is not null; null elements of lists and maps are handled by their readers.
func (r *jsonReader) value(v reflect.Value, n *node) error {
	c := r.peek()
	switch n.kind {
	case kindString, kindTime, kindBlob:
		if c == '"' {
			return r.text(v, n)
		}
		if n.kind == kindTime && (c == '-' || c >= '0' && c <= '9') && n.format.or(formatEpoch) == formatEpoch {
			text, err := r.number()
			if err != nil {
				return err
			}
			t, ok := parseTime(string(text), formatEpoch)
			if !ok {
				return mistyped("%s can not be converted to a Timestamp", n.shown(string(text)))
			}
			n.setTime(v, t)
			return nil
		}
	case kindBool:
		switch c {
		case 't':
			n.setBool(v, true)
			return r.literal("true")
		case 'f':
			n.setBool(v, false)
			return r.literal("false")
		}
	case kindInt, kindFloat:
		return r.numeric(v, n, c)
	case kindStruct:
		return r.structure(n.target(v), n.plan)
	case kindList:
		return r.list(v, n)
	case kindMap:
		return r.mapping(v, n)
	case kindDocument:
		r.peek()
		start := r.pos
		if err := r.skip(); err != nil {
			return err
		}
		v.SetBytes(bytes.Clone(json.RawMessage(r.data[start:r.pos])))
		return nil
	}
	return r.misplaced(c, n.typeName())
}

func (r *jsonReader) text(v reflect.Value, n *node) error {
	s, err := r.str()
	if err != nil {
		return err
	}
	switch n.kind {
	case kindBlob:
		b, ok := parseBase64(s)
		if !ok {
			return mistyped("The value is not valid base64")
		}
		setBytes(v, b)
	case kindTime:
		f := n.format.or(formatEpoch)
		t, ok := parseTime(s, f)
		if !ok || f == formatEpoch {
			return mistyped("STRING_VALUE can not be converted to a Timestamp")
		}
		n.setTime(v, t)
	default:
		n.setString(v, s)
	}
	return nil
}

// parseBase64 takes standard and URL alphabets, padded or not, as the SDKs of all ages write them.
func parseBase64(s string) ([]byte, bool) {
	if b, err := base64.StdEncoding.DecodeString(s); err == nil {
		return b, true
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(s); err == nil {
			return b, true
		}
	}
	return nil, false
}

func (r *jsonReader) numeric(v reflect.Value, n *node, c byte) error {
	if c == '"' && n.kind == kindFloat {
		s, err := r.str()
		if err != nil {
			return err
		}
		x, ok := special(s)
		if !ok {
			return mistyped("STRING_VALUE can not be converted to a %s", n.typeName())
		}
		n.setFloat(v, x)
		return nil
	}
	if c != '-' && (c < '0' || c > '9') {
		return r.misplaced(c, n.typeName())
	}
	text, err := r.number()
	if err != nil {
		return err
	}
	if n.kind == kindFloat {
		x, err := strconv.ParseFloat(string(text), n.width())
		if err != nil {
			return mistyped("%s is out of the range of a %s", n.shown(string(text)), n.typeName())
		}
		n.setFloat(v, x)
		return nil
	}
	x, ok := integer(text)
	if !ok || !n.fits(x) {
		return mistyped("%s can not be converted to a %s", n.shown(string(text)), n.typeName())
	}
	n.setInt(v, x)
	return nil
}

// special reads the floats that JSON numbers cannot write.
func special(s string) (float64, bool) {
	switch s {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	return 0, false
}

func (r *jsonReader) list(v reflect.Value, n *node) error {
	if c := r.peek(); c != '[' {
		return r.misplaced(c, "List")
	}
	if err := r.enter(); err != nil {
		return err
	}
	v.SetZero() // a repeated key replaces
	present(v)
	for first := true; ; first = false {
		more, err := r.next(first, ']')
		if err != nil {
			return err
		}
		if !more {
			r.depth--
			return nil
		}
		if err := r.take(); err != nil {
			return err
		}
		isNull, err := r.null()
		if err != nil {
			return err
		}
		if isNull {
			if n.elem.pointer { // sparse; in a dense list a null is dropped
				grow(v)
			}
			continue
		}
		if err := r.value(grow(v), n.elem); err != nil {
			return err
		}
	}
}

func (r *jsonReader) mapping(v reflect.Value, n *node) error {
	if c := r.peek(); c != '{' {
		return r.misplaced(c, "Map")
	}
	if err := r.enter(); err != nil {
		return err
	}
	v.SetZero()
	present(v)
	for first := true; ; first = false {
		more, err := r.next(first, '}')
		if err != nil {
			return err
		}
		if !more {
			r.depth--
			return nil
		}
		if err := r.take(); err != nil {
			return err
		}
		key, err := r.str()
		if err != nil {
			return err
		}
		if r.peek() != ':' {
			return r.unexpected()
		}
		r.pos++
		isNull, err := r.null()
		if err != nil {
			return err
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		switch {
		case isNull && !n.elem.pointer:
			continue
		case !isNull:
			if err := r.value(elem, n.elem); err != nil {
				return err
			}
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), elem)
	}
}

// misplaced is the error of a value of another type, in AWS's words.
func (r *jsonReader) misplaced(c byte, want string) error {
	got := "NUMBER_VALUE"
	switch c {
	case 0:
		return r.unexpected()
	case '{':
		return mistyped("Start of structure or map found where not expected.")
	case '[':
		return mistyped("Start of list found where not expected")
	case '"':
		got = "STRING_VALUE"
	case 't':
		got = "TRUE_VALUE"
	case 'f':
		got = "FALSE_VALUE"
	case 'n':
		got = "NULL_VALUE"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
	default:
		return r.unexpected()
	}
	article := "a"
	if want == "Integer" {
		article = "an"
	}
	return mistyped("%s can not be converted to %s %s", got, article, want)
}
