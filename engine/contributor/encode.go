package contributor

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
)

// version is of the form in which summaries are kept.
const version = 1

// Append writes the summary behind b, after what it cannot keep is forgotten.
func (s *Summary) Append(b []byte) []byte {
	s.forget()
	b = append(b, version)
	for _, f := range []float64{s.Samples, s.Sum, s.Min, s.Max} {
		b = appendFloat(b, f)
	}
	if s.distinct == nil {
		b = append(b, 0)
	} else {
		b = append(append(b, 1), s.distinct.registers[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(s.entries)))
	for _, id := range slices.Sorted(maps.Keys(s.entries)) {
		e := s.entries[id]
		b = append(b, byte(len(e.Keys)))
		for _, k := range e.Keys {
			b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
		}
		b = appendFloat(appendFloat(b, e.Value), e.weight)
	}
	return b
}

func appendFloat(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

var errDamaged = errors.New("contributor: a summary is damaged")

// Read reads a summary off the front of what [Summary.Append] has written, and returns what follows it.
func Read(b []byte) (*Summary, []byte, error) {
	r := reader{b: b}
	if r.byte() != version {
		return nil, nil, errDamaged
	}
	s := NewSummary(1)
	for _, f := range []*float64{&s.Samples, &s.Sum, &s.Min, &s.Max} {
		*f = r.float()
	}
	if r.byte() == 1 {
		s.distinct = &distinct{}
		copy(s.distinct.registers[:], r.take(registers))
	}
	n := r.count()
	for range n {
		keys := make([]string, 0, maxKeys)
		for range min(int(r.byte()), maxKeys) {
			keys = append(keys, string(r.take(r.count())))
		}
		value, weight := r.float(), r.float()
		if r.failed {
			return nil, nil, errDamaged
		}
		s.enterKept(&Contributor{Keys: keys, Value: value, weight: weight})
	}
	if r.failed {
		return nil, nil, errDamaged
	}
	return s, r.b, nil
}

func (s *Summary) enterKept(e *Contributor) {
	e.id = joined(e.Keys)
	if s.entries[e.id] == nil {
		s.bytes += len(e.id)
	}
	s.entries[e.id] = e
}

// reader takes values off bytes. After what is not there it has failed, and gives zeros.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.failed, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) float() float64 {
	if b := r.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// count reads a number of things of a byte or more each, of which there cannot be more than bytes.
func (r *reader) count() int {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > uint64(len(r.b)) {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return int(n)
}
