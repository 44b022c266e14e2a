package analysis

import (
	"encoding/binary"
	"math/bits"
)

// set is a set of small numbers: statements, by their index in the problem.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }

func (s set) union(t set) set {
	out := make(set, len(s))
	for i := range s {
		out[i] = s[i] | t[i]
	}
	return out
}

func (s set) intersect(t set) set {
	out := make(set, len(s))
	for i := range s {
		out[i] = s[i] & t[i]
	}
	return out
}

func (s set) minus(t set) set {
	out := make(set, len(s))
	for i := range s {
		out[i] = s[i] &^ t[i]
	}
	return out
}

func (s set) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// subset reports whether s within the mask is part of t.
func (s set) subset(t, mask set) bool {
	for i := range s {
		if s[i]&mask[i]&^t[i] != 0 {
			return false
		}
	}
	return true
}

func (s set) key() string {
	b := make([]byte, 0, 8*len(s))
	for _, w := range s {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return string(b)
}

// each calls f with every member.
func (s set) each(f func(i int)) {
	for n, w := range s {
		for ; w != 0; w &= w - 1 {
			f(n*64 + bits.TrailingZeros64(w))
		}
	}
}
