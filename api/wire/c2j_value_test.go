package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"time"
)

// Values of the protocol suites: from JSON into Go, and back for comparison.

// toGo fills a Go value from the JSON of a case: timestamps are epoch seconds, blobs text.
func (c *c2j) toGo(v reflect.Value, shape string, x any) error {
	s := c.suite.Shapes[shape]
	if x == nil {
		return nil
	}
	if v.Type() == typeStream {
		v.Set(reflect.ValueOf(io.NopCloser(strings.NewReader(x.(string)))))
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if s.Document {
		text, err := json.Marshal(x)
		v.SetBytes(text)
		return err
	}
	switch s.Type {
	case "structure":
		m, ok := x.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %T", shape, x)
		}
		for name, value := range m {
			f := v.FieldByName(goName(name))
			ref := s.Members[name]
			if !f.IsValid() || ref == nil {
				return fmt.Errorf("%s has no member %s", shape, name)
			}
			if _, isText := value.(string); ref.JSONValue && !isText {
				text, err := json.Marshal(value)
				if err != nil {
					return err
				}
				value = string(text)
			}
			if err := c.toGo(f, ref.Shape, value); err != nil {
				return err
			}
		}
	case "list":
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		for _, value := range x.([]any) {
			if err := c.toGo(grow(v), s.Member.Shape, value); err != nil {
				return err
			}
		}
	case "map":
		v.Set(reflect.MakeMap(v.Type()))
		for key, value := range x.(map[string]any) {
			e := reflect.New(v.Type().Elem()).Elem()
			if err := c.toGo(e, s.Value.Shape, value); err != nil {
				return err
			}
			v.SetMapIndex(reflect.ValueOf(key), e)
		}
	case "boolean":
		v.SetBool(x.(bool))
	case "integer", "long", "short", "byte":
		v.SetInt(int64(x.(float64)))
	case "float", "double":
		if text, ok := x.(string); ok {
			f, _ := special(text)
			v.SetFloat(f)
		} else if s.Type == "float" {
			v.SetFloat(float64(float32(x.(float64))))
		} else {
			v.SetFloat(x.(float64))
		}
	case "timestamp":
		t, _ := fromEpoch(x.(float64))
		v.Set(reflect.ValueOf(t))
	case "blob":
		v.SetBytes([]byte(x.(string)))
	default:
		v.SetString(x.(string))
	}
	return nil
}

// plain turns a decoded Go value into what a case's params look like: absent members left out.
func plain(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if r, ok := v.Interface().(io.Reader); ok {
			b, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			return string(b)
		}
		return plain(v.Elem())
	case v.Type() == typeTime:
		return float64(v.Interface().(time.Time).UnixMilli()) / 1000
	case v.Type() == typeDocument:
		var x any
		if json.Unmarshal(v.Bytes(), &x) != nil {
			return nil
		}
		return x
	case v.Type() == typeBytes:
		return string(v.Bytes())
	}
	switch v.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			if v.Type().Field(i).Type == typeUnion {
				continue
			}
			f := field{}
			if _, err := f.readTag(v.Type().Field(i)); err != nil {
				return err
			}
			fv := v.Field(i)
			if k := fv.Kind(); (k == reflect.Slice || k == reflect.Map || k == reflect.Pointer || k == reflect.Interface) && fv.IsNil() {
				continue
			}
			out[f.name] = plain(fv)
			if text, ok := out[f.name].(string); ok && f.media == "application/json" {
				var x any
				if json.Unmarshal([]byte(text), &x) == nil {
					out[f.name] = x
				}
			}
		}
		return out
	case reflect.Slice:
		out := []any{}
		for i := range v.Len() {
			out = append(out, plain(v.Index(i)))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[k.String()] = plain(v.MapIndex(k))
		}
		return out
	case reflect.Int64:
		return float64(v.Int())
	case reflect.Float64:
		switch f := v.Float(); {
		case math.IsNaN(f):
			return "NaN"
		case math.IsInf(f, 1):
			return "Infinity"
		case math.IsInf(f, -1):
			return "-Infinity"
		default:
			return f
		}
	}
	return v.Interface()
}

// bodyOf returns the bytes of a case's body, which the CBOR suites write in base64.
func (s *suite) bodyOf(text string) []byte {
	if s.protocol() == RPCv2CBOR {
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return b
		}
	}
	return []byte(text)
}

func readerOf(b []byte) io.ReadCloser { return io.NopCloser(strings.NewReader(string(b))) }
