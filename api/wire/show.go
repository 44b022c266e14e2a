package wire

import (
	"reflect"
)

// maxShown bounds a value inside a message.
const maxShown = 2048

// shown renders a value for a message, as `'x' `. It is empty where the value, or anything in it, is sensitive, is no text, or where the service
// does not name values at all.
func (w *validator) shown(v reflect.Value, n *node) string {
	if w.service.HideValues {
		return ""
	}
	text, ok := appendShown([]byte{'\''}, v, n, 0)
	if !ok {
		return ""
	}
	if len(text) > maxShown {
		text = []byte(validText(string(text[:maxShown])))
	}
	return string(text) + "' "
}

// appendShown writes a value the way AWS's services print theirs: [a, b], {k=v}, Type(member=value).
func appendShown(dst []byte, v reflect.Value, n *node, depth int) ([]byte, bool) {
	if n.sensitive || n.kind == kindBlob || n.kind == kindStream || depth > maxDepth {
		return dst, false
	}
	if len(dst) > maxShown {
		return dst, true
	}
	if n.absent(v) {
		return append(dst, "null"...), true
	}
	v = n.deref(v)
	ok := true
	switch n.kind {
	case kindList:
		dst = append(dst, '[')
		for i := 0; i < v.Len() && ok; i++ {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst, ok = appendShown(dst, v.Index(i), n.elem, depth+1)
		}
		return append(dst, ']'), ok
	case kindMap:
		dst = append(dst, '{')
		for i, key := range sortedKeys(v) {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(append(dst, key.String()...), '=')
			if dst, ok = appendShown(dst, v.MapIndex(key), n.elem, depth+1); !ok {
				return dst, false
			}
		}
		return append(dst, '}'), !n.key.sensitive
	case kindStruct:
		dst = append(append(dst, n.typ.Name()...), '(')
		for i := range n.plan.fields {
			f := &n.plan.fields[i]
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(append(dst, f.record...), '=')
			if dst, ok = appendShown(dst, v.Field(f.index), &f.node, depth+1); !ok {
				return dst, false
			}
		}
		return append(dst, ')'), true
	case kindDocument:
		return append(dst, v.Bytes()...), true
	}
	return appendText(dst, v, n, formatDateTime), true
}
