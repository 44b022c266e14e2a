package wire

import (
	"reflect"
	"strings"
)

// xmlReader decodes restXml bodies into Go values. Elements whose names are unknown are ignored; so are namespaces.
type xmlReader struct{ xmlScanner }

// decodeXML reads a document whose root element, whatever its name, holds the members of the struct v.
func decodeXML(body []byte, v reflect.Value, p *structPlan) error {
	r := xmlReader{xmlScanner{data: body}}
	start, err := r.root()
	if err != nil {
		return err
	}
	if err := r.structure(start, v, p); err != nil {
		return err
	}
	return r.end()
}

func (r *xmlReader) structure(start xmlStart, v reflect.Value, p *structPlan) error {
	for _, a := range start.attrs {
		if i, ok := p.byXML[a.name]; ok && p.fields[i].attr {
			if err := setText(v.Field(p.fields[i].index), &p.fields[i].node, a.value, formatDateTime); err != nil {
				return err
			}
		}
	}
	if start.closed {
		return nil
	}
	set := 0
	for {
		child, ok, err := r.child(nil)
		if err != nil {
			return err
		}
		if !ok {
			return unionOf(p, set)
		}
		i, known := p.byXML[child.name]
		if !known || p.fields[i].attr {
			if err := r.xmlScanner.skip(child); err != nil {
				return err
			}
			continue
		}
		f := &p.fields[i]
		fv := v.Field(f.index)
		if !f.flat || f.kind != kindList && f.kind != kindMap || fv.IsNil() {
			set++
		}
		if err := r.member(child, fv, f); err != nil {
			return err
		}
	}
}

// member reads one element of a struct; each element of a flattened list or map is an element of the struct.
func (r *xmlReader) member(start xmlStart, v reflect.Value, f *field) error {
	if f.flat && f.kind == kindList {
		if err := r.take(); err != nil {
			return err
		}
		present(v)
		return r.value(start, grow(v), f.elem)
	}
	if f.flat && f.kind == kindMap {
		present(v)
		return r.entry(start, v, &f.node)
	}
	return r.value(start, v, &f.node)
}

func (r *xmlReader) value(start xmlStart, v reflect.Value, n *node) error {
	switch n.kind {
	case kindStruct:
		return r.structure(start, n.target(v), n.plan)
	case kindList, kindMap:
		return r.elements(start, v, n)
	}
	text, err := r.text(start)
	if err != nil {
		return err
	}
	return setText(v, n, text, formatDateTime)
}

// elements reads the wrapped form of lists and maps.
func (r *xmlReader) elements(start xmlStart, v reflect.Value, n *node) error {
	v.SetZero()
	present(v)
	if start.closed {
		return nil
	}
	want := "entry"
	if n.kind == kindList {
		want = localName(or(n.item, "member"))
	}
	for {
		child, ok, err := r.child(nil)
		if err != nil || !ok {
			return err
		}
		switch {
		case child.name != want:
			err = r.xmlScanner.skip(child)
		case n.kind == kindMap:
			err = r.entry(child, v, n)
		default:
			if err = r.take(); err == nil {
				err = r.value(child, grow(v), n.elem)
			}
		}
		if err != nil {
			return err
		}
	}
}

// entry reads one key and value of a map.
func (r *xmlReader) entry(start xmlStart, v reflect.Value, n *node) error {
	if err := r.take(); err != nil {
		return err
	}
	var key string
	hasKey := false
	elem := reflect.New(v.Type().Elem()).Elem()
	if !start.closed {
		for {
			child, ok, err := r.child(nil)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			switch child.name {
			case localName(or(n.keyName, "key")):
				if key, err = r.text(child); err != nil {
					return err
				}
				hasKey = true
			case localName(or(n.item, "value")):
				err = r.value(child, elem, n.elem)
			default:
				err = r.xmlScanner.skip(child)
			}
			if err != nil {
				return err
			}
		}
	}
	if !hasKey {
		return malformed("a map entry without a key")
	}
	v.SetMapIndex(reflect.ValueOf(strings.TrimSpace(key)).Convert(v.Type().Key()), elem)
	return nil
}
