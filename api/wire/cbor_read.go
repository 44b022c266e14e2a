package wire

import (
	"bytes"
	"math"
	"reflect"
)

// cborReader decodes rpcv2Cbor bodies into Go values.
type cborReader struct{ cborScanner }

// decodeCBOR reads a whole body into the struct v. An empty body is an empty map.
func decodeCBOR(body []byte, v reflect.Value, p *structPlan) error {
	if len(body) == 0 {
		return nil
	}
	r := cborReader{cborScanner{data: body}}
	if err := r.structure(v, p); err != nil {
		return err
	}
	if r.pos < len(r.data) {
		return r.bad("data after the end")
	}
	return nil
}

func (r *cborReader) structure(v reflect.Value, p *structPlan) error {
	n, err := r.container(cborMap, 2)
	if err != nil {
		return err
	}
	set := 0
	for i := 0; ; i++ {
		more, err := r.more(i, n)
		if err != nil {
			return err
		}
		if !more {
			return unionOf(p, set)
		}
		key, err := r.key()
		if err != nil {
			return err
		}
		index, known := p.byName[string(key)]
		if !known {
			if err := r.skip(); err != nil {
				return err
			}
			continue
		}
		f := &p.fields[index]
		if r.null() {
			v.Field(f.index).SetZero()
			continue
		}
		set++
		if err := r.value(v.Field(f.index), &f.node); err != nil {
			return err
		}
	}
}

func (r *cborReader) value(v reflect.Value, n *node) error {
	c, err := r.peek()
	if err != nil {
		return err
	}
	switch n.kind {
	case kindString:
		if c>>5 != cborText {
			return r.mistyped(n)
		}
		s, err := r.str(cborText)
		if err != nil {
			return err
		}
		n.setString(v, string(s))
	case kindBlob:
		if c>>5 != cborBytes {
			return r.mistyped(n)
		}
		b, err := r.str(cborBytes)
		if err != nil {
			return err
		}
		setBytes(v, bytes.Clone(b))
	case kindBool:
		if c != 0xF4 && c != 0xF5 {
			return r.mistyped(n)
		}
		r.pos++
		n.setBool(v, c == 0xF5)
	case kindInt, kindFloat:
		return r.numeric(v, n)
	case kindTime:
		return r.time(v, n)
	case kindStruct:
		if c>>5 != cborMap {
			return r.mistyped(n)
		}
		return r.structure(n.target(v), n.plan)
	case kindList:
		if c>>5 != cborArray {
			return r.mistyped(n)
		}
		return r.list(v, n)
	case kindMap:
		if c>>5 != cborMap {
			return r.mistyped(n)
		}
		return r.mapping(v, n)
	default:
		return r.mistyped(n)
	}
	return nil
}

func (r *cborReader) mistyped(n *node) error {
	return mistyped("the value at byte %d of the CBOR input can not be converted to a %s", r.pos, n.typeName())
}

func (r *cborReader) numeric(v reflect.Value, n *node) error {
	i, f, isFloat, err := r.number()
	if err != nil {
		return err
	}
	if n.kind == kindFloat {
		if !isFloat {
			f = float64(i)
		}
		if n.bits == 32 {
			f = float64(float32(f))
		}
		n.setFloat(v, f)
		return nil
	}
	if isFloat {
		if i = int64(f); f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return r.mistyped(n)
		}
	}
	if !n.fits(i) {
		return r.mistyped(n)
	}
	n.setInt(v, i)
	return nil
}

// time reads tag 1 with a number; a bare number is taken too.
func (r *cborReader) time(v reflect.Value, n *node) error {
	if c := r.data[r.pos]; c>>5 == cborTag {
		_, _, tag, err := r.head()
		if err != nil {
			return err
		}
		if tag != 1 {
			return r.mistyped(n)
		}
	}
	i, f, isFloat, err := r.number()
	if err != nil {
		return err
	}
	if !isFloat {
		f = float64(i)
	}
	t, ok := fromEpoch(f)
	if !ok {
		return r.mistyped(n)
	}
	n.setTime(v, t)
	return nil
}

func (r *cborReader) list(v reflect.Value, n *node) error {
	count, err := r.container(cborArray, 1)
	if err != nil {
		return err
	}
	v.SetZero()
	present(v)
	for i := 0; ; i++ {
		more, err := r.more(i, count)
		if err != nil || !more {
			return err
		}
		if err := r.take(); err != nil {
			return err
		}
		if r.null() {
			if n.elem.pointer { // sparse; in a dense list a null is dropped
				grow(v)
			}
			continue
		}
		if err := r.value(grow(v), n.elem); err != nil {
			return err
		}
	}
}

func (r *cborReader) mapping(v reflect.Value, n *node) error {
	count, err := r.container(cborMap, 2)
	if err != nil {
		return err
	}
	v.SetZero()
	present(v)
	for i := 0; ; i++ {
		more, err := r.more(i, count)
		if err != nil || !more {
			return err
		}
		if err := r.take(); err != nil {
			return err
		}
		key, err := r.key()
		if err != nil {
			return err
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		if r.null() {
			if !n.elem.pointer {
				continue
			}
		} else if err := r.value(elem, n.elem); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(string(key)).Convert(v.Type().Key()), elem)
	}
}
