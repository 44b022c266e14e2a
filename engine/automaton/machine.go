package automaton

import (
	"slices"
	"strings"
)

// Machine runs patterns side by side. A position is a bit: pattern k owns the bits first[k] to last[k], of which the last says that it
// has matched. A Machine is immutable and may be shared.
type Machine struct {
	symbols []rune     // number 0 stands for every character that no pattern names
	stay    [][]uint64 // per symbol: positions of loops that take it
	move    [][]uint64 // per symbol: positions of single steps that take it
	loops   []uint64   // positions that may be passed without a character
	named   [][]int32  // per position: the symbols that its set names
	first   []int
	last    []int
	open    []bool // per pattern: ends with any number of any characters
	words   int
}

// New makes a machine of patterns, which are known by their index from then on.
func New(patterns []Pattern) *Machine {
	m := &Machine{}
	number := m.alphabet(patterns)
	bits := 0
	for _, p := range patterns {
		m.first = append(m.first, bits)
		bits += len(p)
		m.last = append(m.last, bits)
		bits++
		n := len(p)
		m.open = append(m.open, n > 0 && p[n-1].Loop && p[n-1].Set.Not && len(p[n-1].Set.Runes) == 0)
	}
	m.words = (bits + 63) / 64
	m.loops = make([]uint64, m.words)
	m.named = make([][]int32, bits)
	m.stay, m.move = tables(len(m.symbols), m.words), tables(len(m.symbols), m.words)
	for k, p := range patterns {
		for i, s := range p {
			m.add(m.first[k]+i, s, number)
		}
	}
	return m
}

func tables(n, words int) [][]uint64 {
	flat := make([]uint64, n*words)
	out := make([][]uint64, n)
	for i := range out {
		out[i] = flat[i*words : (i+1)*words]
	}
	return out
}

// alphabet numbers the characters that patterns name.
func (m *Machine) alphabet(patterns []Pattern) map[rune]int32 {
	number := map[rune]int32{}
	m.symbols = []rune{0}
	for _, p := range patterns {
		for _, s := range p {
			for _, r := range s.Set.Runes {
				if _, ok := number[r]; !ok {
					number[r] = int32(len(m.symbols))
					m.symbols = append(m.symbols, r)
				}
			}
		}
	}
	m.symbols[0] = unnamed(number)
	return number
}

// unnamed returns a character that no pattern names: a letter or a digit if there is one.
func unnamed(number map[rune]int32) rune {
	for _, r := range "xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW1234567890-_.@+=" {
		if _, ok := number[r]; !ok {
			return r
		}
	}
	for r := rune(0xE0); ; r++ {
		if _, ok := number[r]; !ok {
			return r
		}
	}
}

func (m *Machine) add(at int, s Step, number map[rune]int32) {
	word, bit := at/64, uint64(1)<<(at%64)
	table := m.move
	if s.Loop {
		table = m.stay
		m.loops[word] |= bit
	}
	if s.Set.Not {
		for i := range m.symbols {
			table[i][word] |= bit
		}
	}
	for _, r := range s.Set.Runes {
		i := number[r]
		m.named[at] = append(m.named[at], i)
		if s.Set.Not {
			table[i][word] &^= bit
		} else {
			table[i][word] |= bit
		}
	}
}

// State is a set of positions: where the patterns stand after a text.
type State struct {
	m    *Machine
	bits []uint64
}

func (s State) has(at int) bool { return s.bits[at/64]>>(at%64)&1 != 0 }

// Matches reports whether pattern k matches the text as it is.
func (s State) Matches(k int) bool { return s.has(s.m.last[k]) }

// MatchesAll reports whether pattern k matches the text whatever follows it.
func (s State) MatchesAll(k int) bool { return s.m.open[k] && s.has(s.m.last[k]) }

// Alive reports whether pattern k matches the text or some longer one that begins with it.
func (s State) Alive(k int) bool {
	from, to := s.m.first[k], s.m.last[k]+1
	for from < to {
		w := s.bits[from/64] >> (from % 64)
		n := min(64-from%64, to-from)
		if n < 64 {
			w &= 1<<n - 1
		}
		if w != 0 {
			return true
		}
		from += n
	}
	return false
}

// Group is a set of patterns that are asked about together.
type Group struct{ all, last []uint64 }

// Group returns the group of some patterns.
func (m *Machine) Group(patterns []int) Group {
	g := Group{make([]uint64, m.words), make([]uint64, m.words)}
	for _, k := range patterns {
		for at := m.first[k]; at <= m.last[k]; at++ {
			g.all[at/64] |= 1 << (at % 64)
		}
		g.last[m.last[k]/64] |= 1 << (m.last[k] % 64)
	}
	return g
}

// MatchesAny reports whether some pattern of the group matches the text as it is.
func (s State) MatchesAny(g Group) bool { return meet(s.bits, g.last) }

// AliveAny reports whether some pattern of the group matches the text or some longer one that begins with it.
func (s State) AliveAny(g Group) bool { return meet(s.bits, g.all) }

func meet(a, b []uint64) bool {
	for i, w := range a {
		if w&b[i] != 0 {
			return true
		}
	}
	return false
}

// start is the state before the first character, for some of the patterns.
func (m *Machine) start(patterns []int) []uint64 {
	s := make([]uint64, m.words)
	for _, k := range patterns {
		s[m.first[k]/64] |= 1 << (m.first[k] % 64)
	}
	m.close(s)
	return s
}

// step writes the state after one more symbol.
func (m *Machine) step(to, from []uint64, symbol int32) {
	stay, move := m.stay[symbol], m.move[symbol]
	var carry uint64
	for i, w := range from {
		moved := w & move[i]
		to[i] = w&stay[i] | moved<<1 | carry
		carry = moved >> 63
	}
	m.close(to)
}

// close passes the loops that may match nothing.
func (m *Machine) close(s []uint64) {
	for changed := true; changed; {
		changed = false
		var carry uint64
		for i, w := range s {
			passed := w & m.loops[i]
			now := w | passed<<1 | carry
			carry = passed >> 63
			if now != w {
				s[i], changed = now, true
			}
		}
	}
}

// text spells symbols.
func (m *Machine) text(symbols []int32) string {
	var b strings.Builder
	for _, s := range slices.Backward(symbols) {
		b.WriteRune(m.symbols[s])
	}
	return b.String()
}
