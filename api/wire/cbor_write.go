package wire

import (
	"encoding/binary"
	"math"
	"reflect"
)

// cborWriter appends rpcv2Cbor bodies, with definite lengths throughout.
type cborWriter struct{}

func appendCBORHead(dst []byte, major byte, n uint64) []byte {
	m := major << 5
	switch {
	case n < 24:
		return append(dst, m|byte(n))
	case n <= math.MaxUint8:
		return append(dst, m|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, m|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, m|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, m|27), n)
}

// appendCBORText writes text; bytes that are not UTF-8 become U+FFFD.
func appendCBORText(dst []byte, s string) []byte {
	s = validText(s)
	return append(appendCBORHead(dst, cborText, uint64(len(s))), s...)
}

func (w cborWriter) structure(dst []byte, v reflect.Value, p *structPlan) []byte {
	n := 0
	for i := range p.fields {
		if f := &p.fields[i]; !f.absent(v.Field(f.index)) {
			n++
		}
	}
	return w.members(appendCBORHead(dst, cborMap, uint64(n)), v, p)
}

// members writes the keys and values of a struct without the map's head.
func (w cborWriter) members(dst []byte, v reflect.Value, p *structPlan) []byte {
	for i := range p.fields {
		f := &p.fields[i]
		if fv := v.Field(f.index); !f.absent(fv) {
			dst = appendCBORText(dst, f.name)
			dst = w.value(dst, fv, &f.node)
		}
	}
	return dst
}

func (w cborWriter) value(dst []byte, v reflect.Value, n *node) []byte {
	if n.absent(v) {
		return append(dst, cborNull)
	}
	v = n.deref(v)
	switch n.kind {
	case kindString:
		return appendCBORText(dst, v.String())
	case kindBool:
		if v.Bool() {
			return append(dst, 0xF5)
		}
		return append(dst, 0xF4)
	case kindInt:
		if x := v.Int(); x < 0 {
			return appendCBORHead(dst, cborNegint, uint64(-1-x))
		}
		return appendCBORHead(dst, cborUint, uint64(v.Int()))
	case kindFloat:
		return appendCBORFloat(dst, v.Float(), n.bits)
	case kindTime:
		return appendCBORFloat(append(dst, cborTag<<5|1), float64(timeOf(v).UnixMilli())/1000, 64)
	case kindBlob:
		b := v.Bytes()
		return append(appendCBORHead(dst, cborBytes, uint64(len(b))), b...)
	case kindStruct:
		return w.structure(dst, v, n.plan)
	case kindList:
		dst = appendCBORHead(dst, cborArray, uint64(v.Len()))
		for i := range v.Len() {
			dst = w.value(dst, v.Index(i), n.elem)
		}
		return dst
	case kindMap:
		dst = appendCBORHead(dst, cborMap, uint64(v.Len()))
		for _, key := range sortedKeys(v) {
			dst = appendCBORText(dst, key.String())
			dst = w.value(dst, v.MapIndex(key), n.elem)
		}
		return dst
	}
	return append(dst, cborNull) // documents are not part of rpcv2Cbor
}

func appendCBORFloat(dst []byte, x float64, bits uint8) []byte {
	if bits == 32 {
		return binary.BigEndian.AppendUint32(append(dst, cborSimple<<5|26), math.Float32bits(float32(x)))
	}
	return binary.BigEndian.AppendUint64(append(dst, cborSimple<<5|27), math.Float64bits(x))
}
