package glob

import (
	"strings"
	"unicode/utf8"
)

// hasPrefixFold wants len(s) >= len(lower).
func hasPrefixFold(s, lower string) bool {
	s = s[:len(lower)]
	for i := range len(s) {
		if fold(s[i]) != lower[i] {
			return false
		}
	}
	return true
}

func fold(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// match walks both texts and, where they differ, lets the last run grow by one character. A run within a segment that has come
// to a colon gives way to the last unrestricted run before it.
func match(code Code, s string) bool {
	p, i := 0, 0
	run, runAt := -1, 0
	seg, segAt := -1, 0
	for {
		if p < len(code) {
			switch c := code[p]; c {
			case anyRun:
				if p == len(code)-1 {
					return true
				}
				run, runAt, seg = p, ahead(code[p+1], s, i), -1
				p, i = p+1, runAt
				continue
			case segRun:
				seg, segAt = p, i
				p++
				continue
			case anyOne, segOne:
				if i < len(s) && (c == anyOne || s[i] != ':') {
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
		} else if i == len(s) {
			return true
		}
		switch {
		case seg >= 0 && segAt < len(s) && s[segAt] != ':':
			segAt += width(s[segAt:])
			p, i = seg+1, segAt
		case run >= 0 && runAt < len(s):
			runAt = ahead(code[run+1], s, runAt+width(s[runAt:]))
			p, i, seg = run+1, runAt, -1
		default:
			return false
		}
	}
}

// ahead returns the first place from i on where what follows a run can match, at most the end of s.
func ahead(next byte, s string, i int) int {
	if next >= segOne {
		return i
	}
	if n := strings.IndexByte(s[i:], next); n >= 0 {
		return i + n
	}
	return len(s)
}

// matchFold is match for a lower-case code without segment wildcards.
func matchFold(code Code, s string) bool {
	p, i := 0, 0
	run, runAt := -1, 0
	for {
		if p < len(code) {
			switch c := code[p]; c {
			case anyRun:
				if p == len(code)-1 {
					return true
				}
				run, runAt = p, i
				p++
				continue
			case anyOne:
				if i < len(s) {
					i += width(s[i:])
					p++
					continue
				}
			default:
				if i < len(s) && fold(s[i]) == c {
					i++
					p++
					continue
				}
			}
		} else if i == len(s) {
			return true
		}
		if run < 0 || runAt >= len(s) {
			return false
		}
		runAt += width(s[runAt:])
		p, i = run+1, runAt
	}
}

func width(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
