package glob

import (
	"strings"
	"unicode/utf8"
)

// match says whether code matches all of s.
func match(code, s string) bool {
	matches, sure := walk(code, s)
	if sure {
		return matches
	}
	return simulate(code, s)
}

// walk goes through both texts and, where they differ, tries the last run again one character longer. The first place where the
// part after a run of any characters fits is as good as any later one, so that earlier runs need no second try. A run within a
// segment that has come to a colon gives way to the last run of any characters before it.
//
// It is not sure when it has tried too often, or when a wildcard for any one character stands before a run within a segment (no policy
// compiles to that): it could take a colon at a later place, which would then be better.
func walk(code, s string) (matches, sure bool) {
	p, i := 0, 0
	run, runAt := -1, 0         // what follows the last run of any characters, and where it is tried
	seg, segAt := -1, 0         // the same of a run within a segment, after it
	colons, sure := false, true // whether a single wildcard could take a colon
	for spare := len(s) + 256; spare > 0; {
		if p == len(code) {
			if i == len(s) {
				return true, true
			}
		} else {
			switch c := code[p]; c {
			case anyRun:
				p++
				n := literal(code[p:])
				if p+n == len(code) {
					return len(s)-i >= n && strings.HasSuffix(s, code[p:]), sure
				}
				at := strings.Index(s[i:], code[p:p+n])
				if at < 0 {
					return false, sure
				}
				run, runAt, seg = p, i+at, -1
				p, i = p+n, runAt+n
				continue
			case segRun:
				p++
				seg, segAt = p, i
				sure = sure && !colons
				continue
			case anyOne, segOne:
				if i < len(s) && (c == anyOne || s[i] != ':') {
					colons = colons || c == anyOne
					i += width(s[i:])
					p++
					continue
				}
			default:
				if i < len(s) && s[i] == c && c != nothing {
					i++
					p++
					continue
				}
			}
		}
		switch {
		case seg >= 0 && segAt < len(s) && s[segAt] != ':':
			spare -= p - seg + 1
			segAt += width(s[segAt:])
			p, i = seg, segAt
		case run >= 0 && runAt < len(s):
			spare -= p - run + 1
			from := runAt + width(s[runAt:])
			n := literal(code[run:])
			at := strings.Index(s[from:], code[run:run+n])
			if at < 0 {
				return false, sure
			}
			runAt, seg = from+at, -1
			p, i = run+n, runAt+n
		default:
			return false, sure
		}
	}
	return false, false
}

// literal is the length of the literal text at the start of code.
func literal(code string) int {
	for i := range len(code) {
		if code[i] >= nothing {
			return i
		}
	}
	return len(code)
}

func width(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
