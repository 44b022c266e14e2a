package fieldindex

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
)

const (
	bitsPerValue = 10
	probes       = 7
	maxFields    = 64
)

// Index is the filters of a block's fields.
type Index map[string][]byte

// Add makes the filter of a field that has these values.
func (x Index) Add(field string, values map[string]struct{}) {
	filter := make([]byte, (len(values)*bitsPerValue+7)/8+1)
	for v := range values {
		a, b := hashes(v)
		for i := range uint64(probes) {
			bit := (a + i*b) % uint64(len(filter)*8)
			filter[bit/8] |= 1 << (bit % 8)
		}
	}
	x[field] = filter
}

// May reports whether an event of the block may have the value in the field. What has no filter may have everything.
func (x Index) May(field, value string) bool {
	filter, ok := x[field]
	if !ok || len(filter) == 0 {
		return true
	}
	a, b := hashes(value)
	for i := range uint64(probes) {
		bit := (a + i*b) % uint64(len(filter)*8)
		if filter[bit/8]&(1<<(bit%8)) == 0 {
			return false
		}
	}
	return true
}

func hashes(s string) (a, b uint64) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	a = h.Sum64()
	_, _ = h.Write([]byte{0xff})
	return a, h.Sum64() | 1
}

// Marshal writes the index, fields in the order given.
func (x Index) Marshal(fields []string) []byte {
	var out []byte
	for _, f := range fields {
		filter, ok := x[f]
		if !ok {
			continue
		}
		out = append(binary.AppendUvarint(out, uint64(len(f))), f...)
		out = append(binary.AppendUvarint(out, uint64(len(filter))), filter...)
	}
	return out
}

var errDamaged = errors.New("fieldindex: the index is damaged")

// Unmarshal reads what Marshal has written.
func Unmarshal(raw []byte) (Index, error) {
	x := Index{}
	part := func() ([]byte, bool) {
		n, size := binary.Uvarint(raw)
		if size <= 0 || n > uint64(len(raw)-size) {
			return nil, false
		}
		out := raw[size : size+int(n)]
		raw = raw[size+int(n):]
		return out, true
	}
	for len(raw) > 0 {
		field, ok := part()
		filter, ok2 := part()
		if !ok || !ok2 || len(x) == maxFields {
			return nil, errDamaged
		}
		x[string(field)] = filter
	}
	return x, nil
}
