package pdu

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// writer appends fields. The first that does not fit is the error.
type writer struct {
	out []byte
	err error
}

func (w *writer) octet(b byte) { w.out = append(w.out, b) }

// text appends a C-octet string, of at most limit octets with its end.
func (w *writer) text(name, s string, limit int) {
	if len(s) >= limit || bytes.IndexByte([]byte(s), 0) >= 0 {
		w.fail("%s %q has more than %d characters, or a zero", name, s, limit-1)
		return
	}
	w.out = append(append(w.out, s...), 0)
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

func (w *writer) parameters(list []Parameter) {
	for _, p := range list {
		if len(p.Value) > 1<<16-1 {
			w.fail("parameter %#x has %d octets", p.Tag, len(p.Value))
			return
		}
		w.out = binary.BigEndian.AppendUint16(w.out, uint16(p.Tag))
		w.out = binary.BigEndian.AppendUint16(w.out, uint16(len(p.Value)))
		w.out = append(w.out, p.Value...)
	}
}

// reader takes fields off. After the first error it answers zero values.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
		r.rest = nil
	}
}

func (r *reader) octet() byte {
	if len(r.rest) == 0 {
		r.fail("cut off")
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) text(name string, limit int) string {
	end := bytes.IndexByte(r.rest[:min(len(r.rest), limit)], 0)
	if end < 0 {
		r.fail("%s has no end within %d octets", name, limit)
		return ""
	}
	s := string(r.rest[:end])
	r.rest = r.rest[end+1:]
	return s
}

func (r *reader) octets(n int) []byte {
	if n > len(r.rest) {
		r.fail("cut off")
		return nil
	}
	b := bytes.Clone(r.rest[:n])
	r.rest = r.rest[n:]
	return b
}

// Parameter is an optional one (section 5.3).
type Parameter struct {
	Tag   Tag
	Value []byte
}

// Tag names a parameter.
type Tag uint16

// The parameters that are looked at.
const (
	MessagePayload     Tag = 0x0424
	ReceiptedMessageID Tag = 0x001e
	MessageState       Tag = 0x0427
	InterfaceVersion   Tag = 0x0210
)

func (r *reader) parameters() []Parameter {
	var list []Parameter
	for len(r.rest) > 0 && r.err == nil {
		head := r.octets(4)
		if head == nil {
			return nil
		}
		p := Parameter{Tag: Tag(binary.BigEndian.Uint16(head))}
		p.Value = r.octets(int(binary.BigEndian.Uint16(head[2:])))
		list = append(list, p)
	}
	return list
}
