package sql

import (
	"strings"
	"unicode/utf8"
)

// kind is what a token is.
type kind uint8

const (
	end kind = iota
	word
	quoted // identifier in double quotes
	text   // in single quotes
	number
	symbol
)

type token struct {
	kind kind
	text string // without quotes; words as they are written
	at   pos
}

// lexer cuts a statement into tokens.
type lexer struct {
	rest string
	at   pos
}

func (l *lexer) step(n int) {
	for _, r := range l.rest[:n] {
		if l.at.column++; r == '\n' {
			l.at.line, l.at.column = l.at.line+1, 1
		}
	}
	l.rest = l.rest[n:]
}

// skip passes over space and comments.
func (l *lexer) skip() error {
	for {
		n := len(l.rest) - len(strings.TrimLeft(l.rest, " \t\r\n"))
		l.step(n)
		switch {
		case strings.HasPrefix(l.rest, "--"):
			n := strings.IndexByte(l.rest, '\n')
			if n < 0 {
				n = len(l.rest)
			}
			l.step(n)
		case strings.HasPrefix(l.rest, "/*"):
			n := strings.Index(l.rest[2:], "*/")
			if n < 0 {
				return l.at.errorf("the comment has no end")
			}
			l.step(n + 4)
		default:
			return nil
		}
	}
}

// next returns the next token.
func (l *lexer) next() (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	at := l.at
	if l.rest == "" {
		return token{kind: end, at: at}, nil
	}
	c := l.rest[0]
	switch {
	case letter(c):
		return l.take(word, l.run(func(c byte) bool { return letter(c) || digit(c) }), at), nil
	case digit(c), c == '.' && len(l.rest) > 1 && digit(l.rest[1]):
		return l.number(at)
	case c == '\'':
		return l.quoted(text, '\'', at)
	case c == '"':
		return l.quoted(quoted, '"', at)
	}
	for _, s := range [...]string{"<>", "!=", "<=", ">=", "||", "->"} {
		if strings.HasPrefix(l.rest, s) {
			return l.take(symbol, 2, at), nil
		}
	}
	if strings.IndexByte("=<>+-*/%(),.[];?", c) >= 0 {
		return l.take(symbol, 1, at), nil
	}
	r, _ := utf8.DecodeRuneInString(l.rest)
	return token{}, at.errorf("mismatched input '%c'", r)
}

func (l *lexer) take(k kind, n int, at pos) token {
	t := token{kind: k, text: l.rest[:n], at: at}
	l.step(n)
	return t
}

func (l *lexer) run(in func(byte) bool) int {
	n := 0
	for n < len(l.rest) && in(l.rest[n]) {
		n++
	}
	return n
}

// number is 1, 1.5, .5 or 1e9.
func (l *lexer) number(at pos) (token, error) {
	n := l.run(func(c byte) bool { return digit(c) || c == '.' })
	if n < len(l.rest) && (l.rest[n] == 'e' || l.rest[n] == 'E') {
		m := n + 1
		if m < len(l.rest) && (l.rest[m] == '+' || l.rest[m] == '-') {
			m++
		}
		for m < len(l.rest) && digit(l.rest[m]) {
			m, n = m+1, m+1
		}
	}
	if n < len(l.rest) && letter(l.rest[n]) {
		return token{}, at.errorf("identifiers must not start with a digit; surround the identifier with double quotes")
	}
	return l.take(number, n, at), nil
}

// quoted is a text between quotes, which stand for themselves when they are doubled.
func (l *lexer) quoted(k kind, q byte, at pos) (token, error) {
	var b strings.Builder
	l.step(1)
	for {
		n := strings.IndexByte(l.rest, q)
		if n < 0 {
			return token{}, at.errorf("the quote %c has no end", q)
		}
		b.WriteString(l.rest[:n])
		l.step(n + 1)
		if !strings.HasPrefix(l.rest, string(q)) {
			break
		}
		b.WriteByte(q)
		l.step(1)
	}
	if k == quoted && b.Len() == 0 {
		return token{}, at.errorf("an identifier in double quotes must not be empty")
	}
	return token{kind: k, text: b.String(), at: at}, nil
}

// tableName reads the name of a table, which may be an ID or ARN without quotes.
func (l *lexer) tableName() (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	at := l.at
	if strings.HasPrefix(l.rest, `"`) {
		return l.quoted(quoted, '"', at)
	}
	n := l.run(func(c byte) bool { return letter(c) || digit(c) || strings.IndexByte("-:/.", c) >= 0 })
	if n == 0 {
		return token{}, at.errorf("the name of a table is missing after FROM")
	}
	return l.take(quoted, n, at), nil
}

func letter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
