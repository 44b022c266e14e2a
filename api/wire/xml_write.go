package wire

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// xmlWriter appends XML bodies: restXml, awsQuery and ec2Query answers. The caller writes the element around a struct.
type xmlWriter struct {
	bodyOnly bool // restXml: members bound to headers and the like are left out
}

// members writes the content of a struct.
func (w xmlWriter) members(dst []byte, v reflect.Value, p *structPlan) []byte {
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(f.index)
		if f.attr || f.absent(fv) || w.bodyOnly && !f.place.inAnswer() {
			continue
		}
		switch {
		case f.flat && f.kind == kindList:
			for j := range fv.Len() {
				dst = w.named(dst, f.xml, f.itemNS, fv.Index(j), f.elem)
			}
		case f.flat && f.kind == kindMap:
			for _, key := range sortedKeys(fv) {
				dst = append(dst, f.openTag...)
				dst = w.entry(dst, key, fv.MapIndex(key), &f.node)
				dst = append(dst, f.closeTag...)
			}
		default:
			dst = w.element(dst, f, fv, &f.node)
		}
	}
	return dst
}

// element writes a value inside the field's tags; a struct's attributes go into the start tag.
func (w xmlWriter) element(dst []byte, f *field, v reflect.Value, n *node) []byte {
	if n.absent(v) {
		return append(append(dst, f.openTag...), f.closeTag...)
	}
	dst = append(dst, f.openTag...)
	dst = w.attributes(dst, v, n)
	dst = w.value(dst, v, n)
	return append(dst, f.closeTag...)
}

// attributes turns the '>' that ends dst into the attributes of a struct and a '>'.
func (w xmlWriter) attributes(dst []byte, v reflect.Value, n *node) []byte {
	if n.kind != kindStruct || !n.plan.hasAttr {
		return dst
	}
	v = n.deref(v)
	dst = dst[:len(dst)-1]
	for i := range n.plan.fields {
		f := &n.plan.fields[i]
		if fv := v.Field(f.index); f.attr && !f.absent(fv) {
			dst = append(dst, ' ')
			dst = append(dst, f.xml...)
			dst = append(dst, '=', '"')
			dst = w.value(dst, fv, &f.node)
			dst = append(dst, '"')
		}
	}
	return append(dst, '>')
}

func (w xmlWriter) value(dst []byte, v reflect.Value, n *node) []byte {
	if n.absent(v) {
		return dst
	}
	v = n.deref(v)
	switch n.kind {
	case kindString:
		return appendXMLText(dst, v.String())
	case kindStruct:
		return w.members(dst, v, n.plan)
	case kindList:
		name := or(n.item, "member")
		for i := range v.Len() {
			dst = w.named(dst, name, n.itemNS, v.Index(i), n.elem)
		}
		return dst
	case kindMap:
		for _, key := range sortedKeys(v) {
			dst = append(dst, "<entry>"...)
			dst = w.entry(dst, key, v.MapIndex(key), n)
			dst = append(dst, "</entry>"...)
		}
		return dst
	}
	return appendText(dst, v, n, formatDateTime)
}

func (w xmlWriter) named(dst []byte, name, ns string, v reflect.Value, n *node) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	dst = append(dst, ns...)
	dst = append(dst, '>')
	if !n.absent(v) {
		dst = w.attributes(dst, v, n)
		dst = w.value(dst, v, n)
	}
	dst = append(dst, '<', '/')
	dst = append(dst, name...)
	return append(dst, '>')
}

func (w xmlWriter) entry(dst []byte, key, value reflect.Value, n *node) []byte {
	dst = w.named(dst, or(n.keyName, "key"), n.keyNS, key, n.key)
	return w.named(dst, or(n.item, "value"), n.itemNS, value, n.elem)
}

// appendText writes a scalar that is text on the wire, unescaped: for everything but strings that is safe in XML. v is not a pointer.
func appendText(dst []byte, v reflect.Value, n *node, d timeFormat) []byte {
	switch n.kind {
	case kindString:
		return append(dst, v.String()...)
	case kindBool:
		return strconv.AppendBool(dst, v.Bool())
	case kindInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case kindFloat:
		switch x := v.Float(); {
		case math.IsInf(x, 1):
			return append(dst, "Infinity"...)
		case math.IsInf(x, -1):
			return append(dst, "-Infinity"...)
		default:
			return appendFloat(dst, x, n.bits)
		}
	case kindTime:
		return appendTime(dst, timeOf(v), n.format.or(d))
	case kindBlob:
		return base64.StdEncoding.AppendEncode(dst, v.Bytes())
	}
	return dst
}

// appendXMLText escapes text for element content and attribute values. What XML 1.0 cannot hold becomes U+FFFD.
func appendXMLText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		n := 1
		var esc string
		switch {
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;"
		case c == '"':
			esc = "&quot;"
		case c == '\r':
			esc = "&#xD;"
		case c == '\n':
			esc = "&#xA;"
		case c == '\t' || c >= 0x20 && c < utf8.RuneSelf:
			i++
			continue
		case c < 0x20:
			esc = "\uFFFD"
		default:
			var r rune
			r, n = utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1, r == 0xFFFE, r == 0xFFFF:
				esc = "\uFFFD"
			case r == 0x85:
				esc = "&#x85;"
			case r == 0x2028:
				esc = "&#x2028;"
			default:
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, esc...)
		i += n
		start = i
	}
	return append(dst, s[start:]...)
}
