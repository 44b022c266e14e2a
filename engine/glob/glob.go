package glob

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Wildcards inside a compiled pattern. Valid UTF-8 never contains these bytes, so that a literal * or ? needs no escape.
const (
	anyRun byte = 0xFF // any run of characters
	anyOne byte = 0xFE // any one character
	segRun byte = 0xFD // any run of characters but colons
	segOne byte = 0xFC // any one character but a colon
)

type kind uint8

const (
	never  kind = iota // the zero Pattern matches nothing
	exact              // no wildcard
	prefix             // one anyRun, at the end
	all                // anyRun alone
	mixed
)

// Pattern is a compiled pattern, immutable. The zero Pattern matches nothing.
type Pattern struct {
	kind kind
	code string // for prefix: without the wildcard
}

// Compile compiles a pattern of *, ? and literal characters. A text that is not UTF-8 matches nothing.
func Compile(text string) Pattern {
	var b Builder
	for text != "" {
		i := strings.IndexAny(text, "*?")
		if i < 0 {
			b.Literal(text)
			break
		}
		b.Literal(text[:i])
		if text[i] == '*' {
			b.Run(false)
		} else {
			b.One(false)
		}
		text = text[i+1:]
	}
	return b.Pattern()
}

// Match reports whether pattern, of *, ? and literal characters, matches all of s. Use [Compile] for a pattern that is used again.
func Match(pattern, s string) bool { return Compile(pattern).Match(s) }

// Builder makes a pattern of parts. The zero Builder is empty and ready to use.
type Builder struct {
	code []byte
	bad  bool
}

// NewBuilder returns a Builder that writes into buf before it allocates.
func NewBuilder(buf []byte) Builder { return Builder{code: buf[:0]} }

// Literal adds characters that stand for themselves, also * and ?.
func (b *Builder) Literal(s string) {
	for i := range len(s) {
		if s[i] >= segOne {
			b.bad = true
			return
		}
	}
	b.code = append(b.code, s...)
}

// Run adds a wildcard for any run of characters. Within a segment it does not match colons.
func (b *Builder) Run(withinSegment bool) {
	c := anyRun
	if withinSegment {
		c = segRun
	}
	if n := len(b.code); n > 0 && b.code[n-1] == c {
		return
	}
	b.code = append(b.code, c)
}

// One adds a wildcard for any one character. Within a segment it does not match a colon.
func (b *Builder) One(withinSegment bool) {
	if withinSegment {
		b.code = append(b.code, segOne)
	} else {
		b.code = append(b.code, anyOne)
	}
}

// Append adds the parts of another pattern.
func (b *Builder) Append(p Pattern) {
	if p.kind == never {
		b.bad = true
		return
	}
	b.code = append(b.code, p.code...)
	if p.kind == prefix || p.kind == all {
		b.Run(false)
	}
}

// Pattern returns the pattern built so far.
func (b *Builder) Pattern() Pattern {
	if b.bad {
		return Pattern{}
	}
	n := len(b.code)
	first := -1
	for i, c := range b.code {
		if c >= segOne {
			first = i
			break
		}
	}
	switch {
	case first < 0:
		return Pattern{kind: exact, code: string(b.code)}
	case first == n-1 && b.code[first] == anyRun && n == 1:
		return Pattern{kind: all}
	case first == n-1 && b.code[first] == anyRun:
		return Pattern{kind: prefix, code: string(b.code[:n-1])}
	}
	return Pattern{kind: mixed, code: string(b.code)}
}

// Match reports whether what was built so far matches all of s, as Pattern().Match(s) would, without allocating.
func (b *Builder) Match(s string) bool { return !b.bad && match(b.code, s) }

// Equal reports whether what was built so far, taken literally, is s.
func (b *Builder) Equal(s string) bool { return !b.bad && string(b.code) == s }

// Text returns what was built so far, for a Builder that only got literals.
func (b *Builder) Text() string { return string(b.code) }

// Valid reports whether all literals so far were UTF-8.
func (b *Builder) Valid() bool { return !b.bad }

// Split cuts what was built so far at its first five colons, into the parts of an ARN.
func (b *Builder) Split() (parts [6]Builder, ok bool) {
	code := b.code
	for i := range 5 {
		n := bytes.IndexByte(code, ':')
		if n < 0 {
			return parts, false
		}
		parts[i], code = Builder{code: code[:n:n], bad: b.bad}, code[n+1:]
	}
	parts[5] = Builder{code: code, bad: b.bad}
	return parts, true
}

// Literal returns the text of a pattern without wildcards.
func (p Pattern) Literal() (string, bool) { return p.code, p.kind == exact }

// Prefix returns the literal text before the first wildcard.
func (p Pattern) Prefix() string {
	for i := range len(p.code) {
		if p.code[i] >= segOne {
			return p.code[:i]
		}
	}
	return p.code
}

// All reports whether the pattern is * alone.
func (p Pattern) All() bool { return p.kind == all }

// Match reports whether the pattern matches all of s.
func (p Pattern) Match(s string) bool {
	switch p.kind {
	case exact:
		return p.code == s
	case prefix:
		return strings.HasPrefix(s, p.code)
	case all:
		return true
	case mixed:
		return match(p.code, s)
	}
	return false
}

// MatchFold is Match without regard to the case of ASCII letters in s. The pattern must have been compiled in lower case.
func (p Pattern) MatchFold(s string) bool {
	switch p.kind {
	case exact:
		return len(s) == len(p.code) && hasPrefixFold(s, p.code)
	case prefix:
		return len(s) >= len(p.code) && hasPrefixFold(s, p.code)
	case all:
		return true
	case mixed:
		return matchFold(p.code, s)
	}
	return false
}

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
func match[T string | []byte](code T, s string) bool {
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
				run, runAt, seg = p, i, -1
				p++
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
				if i < len(s) && s[i] == c {
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
			runAt += width(s[runAt:])
			p, i, seg = run+1, runAt, -1
		default:
			return false
		}
	}
}

// matchFold is match for a lower-case code without segment wildcards.
func matchFold(code, s string) bool {
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
