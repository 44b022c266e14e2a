package logquery

import (
	"fmt"
	"regexp"
	"strings"

	"vauban/engine/regex"
)

// SyntaxError is a query that is not one.
type SyntaxError struct {
	Start, End int // place in the text, in bytes
	Message    string
}

func (e *SyntaxError) Error() string { return e.Message }

// kind is of a token.
type kind uint8

const (
	end kind = iota
	word
	name // in backticks
	text // in quotes
	numeral
	period // 5m
	sign   // operators and brackets
)

type token struct {
	kind       kind
	value      string
	start, end int
}

// lexer reads tokens off a query. Regular expressions are read where the parser wants one: / divides elsewhere.
type lexer struct {
	src string
	at  int // behind tok
	tok token

	compiler regex.Compiler
}

func (l *lexer) fail(format string, args ...any) error {
	return &SyntaxError{l.tok.start, max(l.tok.end, l.tok.start+1), fmt.Sprintf(format, args...)}
}

func (l *lexer) skip() {
	for l.at < len(l.src) {
		switch c := l.src[l.at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.at++
		case c == '#':
			n := strings.IndexByte(l.src[l.at:], '\n')
			if n < 0 {
				n = len(l.src) - l.at
			}
			l.at += n
		default:
			return
		}
	}
}

func letter(c byte) bool {
	return c == '_' || c == '@' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

var signs = []string{"!=", "<=", ">=", "=~", "==", "=", "<", ">", "+", "-", "*", "/", "%", "^", "(", ")", "[", "]", ",", "|"}

// next reads the next token into tok.
func (l *lexer) next() error {
	l.skip()
	l.tok = token{start: l.at, end: l.at}
	if l.at == len(l.src) {
		l.tok.value = "the end"
		return nil
	}
	switch c := l.src[l.at]; {
	case letter(c):
		l.take(word, func(c byte) bool { return letter(c) || digit(c) || c == '.' || c == ':' })
		return nil
	case digit(c), c == '.' && l.at+1 < len(l.src) && digit(l.src[l.at+1]):
		return l.numeral()
	case c == '"', c == '\'':
		return l.quoted(c, text)
	case c == '`':
		return l.quoted(c, name)
	}
	for _, s := range signs {
		if strings.HasPrefix(l.src[l.at:], s) {
			l.at += len(s)
			l.tok.kind, l.tok.value, l.tok.end = sign, s, l.at
			return nil
		}
	}
	return l.fail("unexpected character %q", l.src[l.at:l.at+1])
}

func (l *lexer) take(k kind, part func(byte) bool) {
	start := l.at
	for l.at < len(l.src) && part(l.src[l.at]) {
		l.at++
	}
	l.tok = token{k, l.src[start:l.at], start, l.at}
}

// numeral reads a number, or a period such as 5m.
func (l *lexer) numeral() error {
	start := l.at
	l.take(numeral, func(c byte) bool { return digit(c) || c == '.' })
	if l.at+1 < len(l.src) && (l.src[l.at] == 'e' || l.src[l.at] == 'E') {
		mark := l.at
		l.at++
		if l.src[l.at] == '+' || l.src[l.at] == '-' {
			l.at++
		}
		if l.at < len(l.src) && digit(l.src[l.at]) {
			l.take(numeral, digit)
		} else {
			l.at = mark
		}
	}
	k := numeral
	if l.at < len(l.src) && letter(l.src[l.at]) {
		k = period
		l.take(period, letter)
	}
	l.tok = token{k, l.src[start:l.at], start, l.at}
	return nil
}

func (l *lexer) quoted(quote byte, k kind) error {
	var b strings.Builder
	for i := l.at + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == quote:
			l.tok = token{k, b.String(), l.at, i + 1}
			l.at = i + 1
			return nil
		case c == '\\' && i+1 < len(l.src) && (l.src[i+1] == quote || l.src[i+1] == '\\'):
			i++
			b.WriteByte(l.src[i])
		default:
			b.WriteByte(c)
		}
	}
	return l.fail("a quote is not closed")
}

// regex reads a regular expression where the current token is its opening slash.
func (l *lexer) regex() (*regexp.Regexp, error) {
	var b strings.Builder
	for i := l.tok.end; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '/':
			l.tok.end, l.at = i+1, i+1
			re, err := l.compiler.Compile(b.String())
			if err != nil {
				return nil, l.fail("%v", err)
			}
			return re, l.next()
		case c == '\\' && i+1 < len(l.src):
			if i++; l.src[i] != '/' {
				b.WriteByte('\\')
			}
			b.WriteByte(l.src[i])
		default:
			b.WriteByte(c)
		}
	}
	return nil, l.fail("a regular expression is not closed")
}

// is reports whether the token is the sign, or the word in any case.
func (l *lexer) is(s string) bool {
	return l.tok.kind == sign && l.tok.value == s || l.tok.kind == word && strings.EqualFold(l.tok.value, s)
}

// accept takes the token if it is s.
func (l *lexer) accept(s string) (bool, error) {
	if !l.is(s) {
		return false, nil
	}
	return true, l.next()
}

func (l *lexer) expect(s string) error {
	ok, err := l.accept(s)
	if err == nil && !ok {
		err = l.fail("%q is expected here, not %q", s, l.tok.value)
	}
	return err
}
