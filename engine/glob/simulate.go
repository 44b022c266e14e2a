package glob

import "unicode/utf8"

// This file matches hostile patterns: it follows all ways through the pattern at once, 64 states in the bits of one word (the
// Shift-And algorithm of Baeza-Yates and Gonnet, with runs as states that stay). State j has matched the first j characters and
// single wildcards of the pattern. The words are gone through one after the other, each with the whole text, so that a word and
// its tables stay close to the processor and need no memory of their own: length of text times length of pattern / 64 steps.

// window are 64 states following each other, and what leads from each to the next.
type window struct {
	literal       [256]uint64 // by byte: the states that it leads on
	one, oneSeg   uint64      // the states that any one character, or any but a colon, leads on
	stay, staySeg uint64      // the states that any character, or any but a colon, leaves
	final         uint64      // the state in which all of the pattern has been matched, if it is one of these
}

// onStack is how many words of bitmap need no allocation.
const onStack = 64

func simulate(code, s string) bool {
	if singles(code) > len(s) {
		return false
	}
	var a, b [onStack]uint64
	before, behind := a[:], b[:]
	if n := len(s)/64 + 1; n > onStack {
		before, behind = make([]uint64, n), make([]uint64, n)
	}
	for start := uint64(1); ; start = 0 {
		var w window
		code = w.load(code)
		states := w.pass(s, start, before, behind)
		if w.final != 0 {
			return states&w.final != 0
		}
		before, behind = behind, before
	}
}

// singles counts what takes at least a byte of the text.
func singles(code string) int {
	n := 0
	for i := range len(code) {
		if code[i] != anyRun && code[i] != segRun {
			n++
		}
	}
	return n
}

// load takes the next 64 states from the front of code and returns what is left.
func (w *window) load(code string) string {
	state := uint64(1)
	for i := range len(code) {
		if state == 0 {
			return code[i:]
		}
		switch c := code[i]; c {
		case anyRun:
			w.stay |= state
			continue
		case segRun:
			w.staySeg |= state
			continue
		case anyOne:
			w.one |= state
		case segOne:
			w.oneSeg |= state
		case nothing:
		default:
			w.literal[c] |= state
		}
		state <<= 1
	}
	w.final = state
	return ""
}

// pass goes through the text and returns the states reached at its end. Bit i of before says whether byte i of the text leads to the
// first state; behind gets the same for the first state of the next window.
func (w *window) pass(s string, states uint64, before, behind []uint64) uint64 {
	one, stay := w.one|w.oneSeg, w.stay|w.staySeg
	var long character
	for from := 0; from < len(s); from += 64 {
		enter, leave := before[from/64], uint64(0)
		for i := from; i < min(from+64, len(s)); i++ {
			var next, kept uint64
			switch c := s[i]; {
			case c == ':':
				next, kept = states&(w.literal[c]|w.one), states&w.stay
			case c < utf8.RuneSelf:
				next, kept = states&(w.literal[c]|one), states&stay
			default:
				if long.left == 0 {
					long = character{width(s[i:]), states & one, states & stay}
				}
				next = states & w.literal[c]
				if long.left--; long.left == 0 {
					next, kept = next|long.next, long.kept
				}
			}
			states = next<<1 | kept | enter&1
			enter >>= 1
			leave |= next >> 63 << (i % 64)
		}
		behind[from/64] = leave
	}
	return states
}

// character is one of several bytes, of which left are to come. A wildcard takes it whole: where next and kept lead counts at its end.
type character struct {
	left       int
	next, kept uint64
}
