package automaton

import (
	"math/bits"
	"slices"
)

// Budget bounds work: what is done is taken from it, and when nothing is left the work ends.
type Budget struct{ Left int }

// Spend takes n and reports whether something is left.
func (b *Budget) Spend(n int) bool {
	b.Left -= n
	return b.Left > 0
}

// Verdict is what a visitor says of a state.
type Verdict uint8

// The verdicts.
const (
	GoOn  Verdict = iota
	Prune         // nothing that begins with this text is of interest
	Stop          // the walk has found what it looked for
)

// walk is the record of the states that were found, in the order of the length of the texts that lead to them.
type walk struct {
	m      *Machine
	slab   []uint64 // the states, one after the other
	parent []int32
	symbol []int32
	table  []int32 // hash table of states, number+1
}

// wordsPerUnit is how many words of bits are moved for one unit of the budget: then a unit is some 0.3 µs of a processor.
const wordsPerUnit = 32

// Walk visits every state that a text leads to, for some of the patterns, shortest texts first, and reports whether it came to its
// end before the budget did. What text gives is one shortest text that leads to the state.
func (m *Machine) Walk(patterns []int, budget *Budget, visit func(s State, text func() string) Verdict) (complete bool) {
	w := &walk{m: m, table: make([]int32, 256)}
	w.add(m.start(patterns), -1, 0)
	next := make([]uint64, m.words)
	mark := make([]bool, len(m.symbols))
	var symbols []int32
	for at := 0; at < len(w.parent); at++ {
		if !budget.Spend(1) {
			return false
		}
		switch visit(State{m, w.state(at)}, func() string { return m.text(w.path(at)) }) {
		case Stop:
			return true
		case Prune:
			continue
		}
		symbols = m.interesting(symbols[:0], mark, w.state(at))
		if !budget.Spend(len(symbols) * m.words / wordsPerUnit) {
			return false
		}
		for _, c := range symbols {
			m.step(next, w.state(at), c)
			w.add(next, int32(at), c)
		}
	}
	return true
}

func (w *walk) state(i int) []uint64 { return w.slab[i*w.m.words : (i+1)*w.m.words] }

// interesting returns symbol 0 and the symbols that the set of some position names: all others lead where 0 leads.
func (m *Machine) interesting(out []int32, mark []bool, state []uint64) []int32 {
	out = append(out, 0)
	mark[0] = true
	for i, w := range state {
		for ; w != 0; w &= w - 1 {
			for _, c := range m.named[i*64+bits.TrailingZeros64(w)] {
				if !mark[c] {
					mark[c] = true
					out = append(out, c)
				}
			}
		}
	}
	for _, c := range out {
		mark[c] = false
	}
	return out
}

// add notes a state that is new. The empty state, from which nothing can match, is noted once as any other.
func (w *walk) add(s []uint64, parent, symbol int32) {
	if 2*len(w.parent) >= len(w.table) {
		w.grow()
	}
	i := hash(s) & uint64(len(w.table)-1)
	for w.table[i] != 0 {
		if slices.Equal(w.state(int(w.table[i]-1)), s) {
			return
		}
		i = (i + 1) & uint64(len(w.table)-1)
	}
	w.slab = append(w.slab, s...)
	w.parent = append(w.parent, parent)
	w.symbol = append(w.symbol, symbol)
	w.table[i] = int32(len(w.parent))
}

func (w *walk) grow() {
	w.table = make([]int32, 2*len(w.table))
	for n := range w.parent {
		i := hash(w.state(n)) & uint64(len(w.table)-1)
		for w.table[i] != 0 {
			i = (i + 1) & uint64(len(w.table)-1)
		}
		w.table[i] = int32(n + 1)
	}
}

func hash(s []uint64) uint64 {
	h := uint64(0x9E3779B97F4A7C15)
	for _, w := range s {
		h = (h ^ w) * 0xD6E8FEB86659FD93
		h ^= h >> 32
	}
	return h
}

// path returns the symbols that lead to a state, last first.
func (w *walk) path(i int) []int32 {
	var out []int32
	for ; w.parent[i] >= 0; i = int(w.parent[i]) {
		out = append(out, w.symbol[i])
	}
	return out
}
