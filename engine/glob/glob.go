package glob

import (
	"bytes"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Wildcards inside a compiled pattern. Valid UTF-8 never contains these bytes, so that a literal * or ? needs no escape.
const (
	anyRun  byte = 0xFF // any run of characters
	anyOne  byte = 0xFE // any one character
	segRun  byte = 0xFD // any run of characters but colons
	segOne  byte = 0xFC // any one character but a colon
	nothing byte = 0xFB // matches nothing: stands for what is not UTF-8
)

type kind uint8

const (
	never  kind = iota // the zero Pattern matches nothing
	exact              // no wildcard
	prefix             // one anyRun, at the end
	all                // anyRun alone
	around             // one anyRun, before the end
	mixed
)

// Pattern is a compiled pattern, immutable. The zero Pattern matches nothing.
type Pattern struct {
	kind kind
	code string // for prefix: without the wildcard
	head string // mixed, around: literal text before the first wildcard
	tail string // mixed, around: literal text after the last wildcard
	rest string // mixed: all after head
}

// Compile compiles a pattern of *, ? and literal characters. A text that is not UTF-8 matches nothing.
func Compile(text string) Pattern {
	var c Code
	for text != "" {
		i := strings.IndexAny(text, "*?")
		if i < 0 {
			c = c.Literal(text)
			break
		}
		c = c.Literal(text[:i])
		if text[i] == '*' {
			c = c.Run(false)
		} else {
			c = c.One(false)
		}
		text = text[i+1:]
	}
	return c.Pattern()
}

// Match reports whether pattern, of *, ? and literal characters, matches all of s. Use [Compile] for a pattern that is used again.
func Match(pattern, s string) bool { return Compile(pattern).Match(s) }

// Code is a pattern under construction. Its methods append to it as append does, so that it can live in a buffer of the caller's.
type Code []byte

// Literal adds characters that stand for themselves, also * and ?. What is not UTF-8 matches nothing.
func (c Code) Literal(s string) Code {
	if !utf8.ValidString(s) {
		return append(c, nothing)
	}
	return append(c, s...)
}

// Run adds a wildcard for any run of characters. Within a segment it does not match colons.
func (c Code) Run(withinSegment bool) Code {
	op := anyRun
	if withinSegment {
		op = segRun
	}
	if n := len(c); n > 0 && c[n-1] == op {
		return c
	}
	return append(c, op)
}

// One adds a wildcard for any one character. Within a segment it does not match a colon.
func (c Code) One(withinSegment bool) Code {
	if withinSegment {
		return append(c, segOne)
	}
	return append(c, anyOne)
}

// Append adds the parts of another pattern.
func (c Code) Append(p Pattern) Code {
	switch p.kind {
	case never:
		return append(c, nothing)
	case prefix, all:
		return append(c, p.code...).Run(false)
	}
	return append(c, p.code...)
}

// Pattern compiles what was added so far.
func (c Code) Pattern() Pattern {
	first, last := -1, -1
	for i, op := range c {
		switch {
		case op == nothing:
			return Pattern{}
		case op >= segOne:
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	n := len(c)
	switch {
	case first < 0:
		return Pattern{kind: exact, code: string(c)}
	case first == n-1 && c[first] == anyRun && n == 1:
		return Pattern{kind: all}
	case first == n-1 && c[first] == anyRun:
		return Pattern{kind: prefix, code: string(c[:n-1])}
	}
	code, kind := string(c), mixed
	if first == last && c[first] == anyRun {
		kind = around
	}
	return Pattern{kind: kind, code: code, head: code[:first], tail: code[last+1:], rest: code[first:]}
}

// Match reports whether what was added so far matches all of s, as Pattern().Match(s) would, without allocating.
func (c Code) Match(s string) bool {
	code := c.view()
	n := literal(code)
	return strings.HasPrefix(s, code[:n]) && match(code[n:], s[n:])
}

// view is Text without a copy, for as long as the code does not change.
func (c Code) view() string { return unsafe.String(unsafe.SliceData(c), len(c)) }

// Text returns what was added so far, if only literals were.
func (c Code) Text() string { return string(c) }

// Split cuts what was added so far at its first five colons, into the parts of an ARN.
func (c Code) Split() (parts [6]Code, ok bool) {
	for i := range 5 {
		n := bytes.IndexByte(c, ':')
		if n < 0 {
			return parts, false
		}
		parts[i], c = c[:n:n], c[n+1:]
	}
	parts[5] = c
	return parts, true
}

// Anchors returns the literal text with which all begins that what was added so far matches, and, where a run of any characters and
// then a colon follow it, the literal text from that colon on; else an empty tail.
func (c Code) Anchors() (head, tail string) {
	i := literal(c.view())
	head, c = string(c[:i]), c[i:]
	for len(c) > 1 && c[0] == anyRun && c[1] == ':' {
		if n := literal(c[1:].view()); n > 1 {
			return head, string(c[1 : 1+n])
		}
		c = c[2:]
	}
	return head, ""
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
	case around:
		return len(s) >= len(p.head)+len(p.tail) && strings.HasPrefix(s, p.head) && strings.HasSuffix(s, p.tail)
	case mixed:
		return strings.HasPrefix(s, p.head) && strings.HasSuffix(s, p.tail) && match(p.rest, s[len(p.head):])
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
	case around, mixed:
		return len(s) >= len(p.head)+len(p.tail) && hasPrefixFold(s, p.head) && hasPrefixFold(s[len(s)-len(p.tail):], p.tail) &&
			(p.kind == around || matchFold(p.rest, s[len(p.head):]))
	}
	return false
}
