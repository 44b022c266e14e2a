package ssm

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"vauban/api/wire"
)

// request makes an operation's input of the inputs of a step, whose members have the names of the SDK for Python: those of the model.
func request(op *wire.Operation, inputs map[string]any) (any, error) {
	fitted, err := fit(op.Input, inputs, op.Name, 0)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(fitted)
	if err != nil {
		return nil, badInputs("they cannot be written as JSON")
	}
	in, err := wire.Decode(wire.AWSJSON11, op, &wire.Request{Body: body})
	if err != nil {
		return nil, badInputs("a parameter of %s is of another type", op.Name)
	}
	return in, nil
}

// deepest bounds the nesting of a request.
const deepest = 40

// fit gives a value the type of the member that it is for: what references and YAML give as texts become numbers, truths, blobs and times. A
// member that the model does not have is refused.
func fit(t reflect.Type, v any, where string, level int) (any, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if level > deepest {
		return nil, badInputs("%s is nested too deep", where)
	}
	if v == nil {
		return nil, nil
	}
	text, isText := v.(string)
	switch {
	case t == reflect.TypeFor[time.Time]():
		at, err := time.Parse(time.RFC3339, text)
		if isText && err == nil {
			return json.Number(strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', -1, 64)), nil
		}
		return v, nil
	case t == reflect.TypeFor[json.RawMessage]():
		return v, nil
	case t == reflect.TypeFor[[]byte]():
		if isText {
			return base64.StdEncoding.EncodeToString([]byte(text)), nil
		}
		return v, nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return fitStruct(t, v, where, level)
	case reflect.Slice:
		list, ok := v.([]any)
		if !ok {
			return nil, badInputs("%s must be a list", where)
		}
		out := make([]any, len(list))
		for i, e := range list {
			x, err := fit(t.Elem(), e, where, level+1)
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	case reflect.Map:
		m, ok := v.(map[string]any)
		if !ok {
			return nil, badInputs("%s must be a map", where)
		}
		out := map[string]any{}
		for k, e := range m {
			x, err := fit(t.Elem(), e, where+"."+k, level+1)
			if err != nil {
				return nil, err
			}
			out[k] = x
		}
		return out, nil
	}
	return fitScalar(t, v, where)
}

func fitStruct(t reflect.Type, v any, where string, level int) (any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, badInputs("%s must be a map", where)
	}
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		f, ok := member(t, name)
		if !ok {
			return nil, badInputs("%s has no parameter %s", where, clipped(name))
		}
		x, err := fit(f.Type, m[name], where+"."+name, level+1)
		if err != nil {
			return nil, err
		}
		out[name] = x
	}
	return out, nil
}

// member finds the field that the model calls by the name.
func member(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		own, _, _ := strings.Cut(f.Tag.Get("api"), ",")
		if own == "" {
			own = f.Name
		}
		if own == name && f.Type != reflect.TypeFor[wire.Union]() {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

func fitScalar(t reflect.Type, v any, where string) (any, error) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	default:
		return nil, badInputs("%s must be a single value", where)
	}
	switch t.Kind() {
	case reflect.String:
		return text, nil
	case reflect.Bool:
		switch strings.ToLower(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, badInputs("%s must be true or false", where)
	}
	if _, err := json.Number(text).Float64(); err != nil || !json.Valid([]byte(text)) {
		return nil, badInputs("%s must be a number", where)
	}
	return json.Number(text), nil
}
