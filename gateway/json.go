package gateway

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"vauban/api/wire"
	"vauban/engine/policy"
)

// object builds a JSON object member by member without reflection: a record is made for every call.
type object []byte

func (o object) open() object { return append(o, '{') }

func (o object) close() []byte { return append(o, '}') }

func (o object) key(name string) object {
	if o[len(o)-1] != '{' {
		o = append(o, ',')
	}
	return append(wire.AppendString(o, name), ':')
}

func (o object) str(name, v string) object { return wire.AppendString(o.key(name), v) }

func (o object) raw(name string, v []byte) object { return append(o.key(name), v...) }

func (o object) boolean(name string, v bool) object {
	if v {
		return append(o.key(name), "true"...)
	}
	return append(o.key(name), "false"...)
}

// texts is a list of texts.
func (o object) texts(name string, list []string) object {
	o = append(o.key(name), '[')
	for i, s := range list {
		if i > 0 {
			o = append(o, ',')
		}
		o = wire.AppendString(o, s)
	}
	return append(o, ']')
}

// reasons is a list of reasons as encoding/json writes it.
func (o object) reasons(name string, list []policy.Reason) object {
	if list == nil {
		return append(o.key(name), "null"...)
	}
	o = append(o.key(name), '[')
	for i := range list {
		r := &list[i]
		if i > 0 {
			o = append(o, ',')
		}
		o = append(o, '{').str("layer", string(r.Layer))
		if r.Level != "" {
			o = o.str("level", r.Level)
		}
		if r.Policy != "" {
			o = o.str("policy", r.Policy)
		}
		o = strconv.AppendInt(o.key("statement"), int64(r.Statement), 10)
		if r.Sid != "" {
			o = o.str("sid", r.Sid)
		}
		if r.Line != 0 {
			o = strconv.AppendInt(o.key("line"), int64(r.Line), 10)
		}
		if r.Column != 0 {
			o = strconv.AppendInt(o.key("column"), int64(r.Column), 10)
		}
		o = append(o, '}')
	}
	return append(o, ']')
}

// value encodes what is rare or of unknown type with encoding/json. What does not encode is left out as null.
func (o object) value(name string, v any) object {
	switch v := v.(type) {
	case string:
		return o.str(name, v)
	case int64:
		return strconv.AppendInt(o.key(name), v, 10)
	}
	b, err := json.Marshal(v)
	if err != nil {
		b = []byte("null")
	}
	return o.raw(name, b)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
