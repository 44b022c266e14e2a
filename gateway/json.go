package gateway

import (
	"encoding/json"
	"maps"
	"slices"

	"vauban/api/wire"
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

// value encodes what is rare or of unknown type with encoding/json. What does not encode is left out as null.
func (o object) value(name string, v any) object {
	b, err := json.Marshal(v)
	if err != nil {
		b = []byte("null")
	}
	return o.raw(name, b)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
