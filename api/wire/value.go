package wire

import (
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// The setters store a decoded scalar in an addressable Go value that is the node's type or a pointer to it.

func (n *node) setString(v reflect.Value, s string) {
	if n.pointer {
		*v.Addr().Interface().(**string) = &s
		return
	}
	v.SetString(s)
}

func (n *node) setBool(v reflect.Value, x bool) {
	if n.pointer {
		*v.Addr().Interface().(**bool) = &x
		return
	}
	v.SetBool(x)
}

func (n *node) setInt(v reflect.Value, x int64) {
	if n.pointer {
		*v.Addr().Interface().(**int64) = &x
		return
	}
	v.SetInt(x)
}

func (n *node) setFloat(v reflect.Value, x float64) {
	if n.pointer {
		*v.Addr().Interface().(**float64) = &x
		return
	}
	v.SetFloat(x)
}

func (n *node) setTime(v reflect.Value, t time.Time) {
	if n.pointer {
		*v.Addr().Interface().(**time.Time) = &t
		return
	}
	*v.Addr().Interface().(*time.Time) = t
}

// setBytes stores a blob; an empty one is present, so never nil.
func setBytes(v reflect.Value, b []byte) {
	if b == nil {
		b = []byte{}
	}
	v.SetBytes(b)
}

// target returns the struct to decode into, allocating it behind a nil pointer.
func (n *node) target(v reflect.Value) reflect.Value {
	if !n.pointer {
		return v
	}
	if v.IsNil() {
		v.Set(reflect.New(n.typ))
	}
	return v.Elem()
}

// present makes a list or map that came without elements: empty, not absent.
func present(v reflect.Value) {
	if !v.IsNil() {
		return
	}
	if v.Kind() == reflect.Map {
		v.Set(reflect.MakeMap(v.Type()))
	} else {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
}

// grow appends a zero element to a list and returns it.
func grow(v reflect.Value) reflect.Value {
	n := v.Len()
	if n == v.Cap() {
		v.Grow(1)
	}
	v.SetLen(n + 1)
	e := v.Index(n)
	e.SetZero()
	return e
}

// timeOf reads a time from a Go value of type time.Time.
func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

// absent reports whether a member or element has no value.
func (n *node) absent(v reflect.Value) bool {
	switch {
	case n.pointer, n.kind == kindList, n.kind == kindMap, n.kind == kindBlob, n.kind == kindStream, n.kind == kindDocument:
		return v.IsNil()
	}
	return false
}

// deref returns the value behind a pointer node.
func (n *node) deref(v reflect.Value) reflect.Value {
	if n.pointer {
		return v.Elem()
	}
	return v
}

// validText returns s with U+FFFD for what is not UTF-8.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
