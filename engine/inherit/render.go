package inherit

import (
	"bytes"
	"encoding/json"
)

// Empty reports whether nothing is set.
func (e *Effective) Empty() bool { return !e.root.holds() }

// holds reports whether there is a value at or below the key. An empty list is none.
func (s *state) holds() bool {
	switch v := s.value.(type) {
	case nil:
	case []any:
		return len(v) > 0
	default:
		return true
	}
	for _, m := range s.members {
		if m.holds() {
			return true
		}
	}
	return false
}

// JSON is the effective policy as text: keys and values without operators, in the order in which they were set.
func (e *Effective) JSON() string {
	var b bytes.Buffer
	e.root.write(&b)
	return b.String()
}

func (s *state) write(b *bytes.Buffer) {
	if s.value != nil {
		encode(b, s.value)
		return
	}
	b.WriteByte('{')
	first := true
	for _, m := range s.members {
		if !m.holds() {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		encode(b, m.key)
		b.WriteByte(':')
		m.write(b)
	}
	b.WriteByte('}')
}

// encode writes a value that JSON has: nothing else gets here.
func encode(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	b.Truncate(b.Len() - 1) // the encoder ends with a line feed
}
