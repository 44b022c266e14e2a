package policy

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of a policy text. AWS takes documents of up to 131,072 characters, of two bytes at most each.
const (
	maxText  = 2 * 131072
	maxDepth = 16
	maxNodes = 50_000
)

// Position is a place in a policy's text, counted from 1. Columns count characters.
type Position struct {
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// SyntaxError is a text that is not a policy.
type SyntaxError struct {
	Position
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("policy: line %d, column %d: %s", e.Line, e.Column, e.Message)
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

// node is one JSON value with its place. Scalars keep their text: of strings what they say, of others how they are written.
type node struct {
	Position
	span
	kind    nodeKind
	text    string
	items   []*node
	members []member
}

type member struct {
	name string
	pos  Position
	span span // of the name
	node *node
}

// span is where a value stands in the text.
type span struct{ from, to int }

// member returns the member of that name, or nil.
func (n *node) member(name string) *node {
	for i := range n.members {
		if n.members[i].name == name {
			return n.members[i].node
		}
	}
	return nil
}

// decoder reads JSON strictly (RFC 8259), refusing repeated names, which AWS refuses too.
type decoder struct {
	text  string
	at    int
	line  int
	start int // offset at which the line begins
	wide  int // bytes of the line before at that are not the first of a character
	nodes int
}

// decode reads one JSON value, the whole text.
func decode(text string) (*node, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{Position{1, 1}, "the policy is too long"}
	}
	if !utf8.ValidString(text) {
		return nil, &SyntaxError{Position{1, 1}, "the policy is not UTF-8"}
	}
	d := &decoder{text: text, line: 1}
	d.space()
	n, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.at < len(d.text) {
		return nil, d.fail("unexpected text after the policy")
	}
	return n, nil
}

func (d *decoder) pos() Position { return Position{d.line, d.at - d.start - d.wide + 1} }

func (d *decoder) fail(format string, args ...any) error {
	return &SyntaxError{d.pos(), fmt.Sprintf(format, args...)}
}

func (d *decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\r':
			d.at++
		case '\n':
			d.at++
			d.line++
			d.start, d.wide = d.at, 0
		default:
			return
		}
	}
}

func (d *decoder) peek() byte {
	if d.at < len(d.text) {
		return d.text[d.at]
	}
	return 0
}

func (d *decoder) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, d.fail("nested too deeply")
	}
	if d.nodes++; d.nodes > maxNodes {
		return nil, d.fail("too many values")
	}
	n := &node{Position: d.pos(), span: span{from: d.at}}
	var err error
	switch c := d.peek(); {
	case c == '{':
		n.kind = objectNode
		err = d.object(n, depth)
	case c == '[':
		n.kind = arrayNode
		err = d.array(n, depth)
	case c == '"':
		n.kind = stringNode
		n.text, err = d.string()
	case c == '-' || '0' <= c && c <= '9':
		n.kind = numberNode
		n.text, err = d.number()
	case d.word("true"), d.word("false"):
		n.kind = boolNode
		n.text = strconv.FormatBool(c == 't')
	case d.word("null"):
		n.text = "null"
	case d.at == len(d.text):
		err = d.fail("unexpected end of the policy")
	default:
		err = d.fail("expected a value")
	}
	n.to = d.at
	return n, err
}

func (d *decoder) word(w string) bool {
	if len(d.text)-d.at < len(w) || d.text[d.at:d.at+len(w)] != w {
		return false
	}
	d.at += len(w)
	return true
}

func (d *decoder) object(n *node, depth int) error {
	d.at++
	d.space()
	if d.peek() == '}' {
		d.at++
		return nil
	}
	seen := map[string]bool{}
	for {
		if d.peek() != '"' {
			return d.fail("expected a name in quotes")
		}
		m := member{pos: d.pos(), span: span{from: d.at}}
		var err error
		if m.name, err = d.string(); err != nil {
			return err
		}
		m.span.to = d.at
		if seen[m.name] {
			return &SyntaxError{m.pos, fmt.Sprintf("%q stands twice in the same object", m.name)}
		}
		seen[m.name] = true
		d.space()
		if d.peek() != ':' {
			return d.fail("expected a colon after %q", m.name)
		}
		d.at++
		d.space()
		if m.node, err = d.value(depth + 1); err != nil {
			return err
		}
		n.members = append(n.members, m)
		if more, err := d.more('}'); !more || err != nil {
			return err
		}
	}
}

func (d *decoder) array(n *node, depth int) error {
	d.at++
	d.space()
	if d.peek() == ']' {
		d.at++
		return nil
	}
	for {
		item, err := d.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
		if more, err := d.more(']'); !more || err != nil {
			return err
		}
	}
}

// more steps over a comma or the closing bracket and says whether another element follows.
func (d *decoder) more(closing byte) (bool, error) {
	d.space()
	switch d.peek() {
	case ',':
		d.at++
		d.space()
		return true, nil
	case closing:
		d.at++
		return false, nil
	}
	return false, d.fail("expected a comma or %q", string(closing))
}

func (d *decoder) number() (string, error) {
	from := d.at
	if d.peek() == '-' {
		d.at++
	}
	zero := d.peek() == '0'
	if n := d.digits(); n == 0 || zero && n > 1 {
		return "", d.fail("not a number")
	}
	if d.peek() == '.' {
		d.at++
		if d.digits() == 0 {
			return "", d.fail("not a number")
		}
	}
	if c := d.peek(); c == 'e' || c == 'E' {
		d.at++
		if c := d.peek(); c == '+' || c == '-' {
			d.at++
		}
		if d.digits() == 0 {
			return "", d.fail("not a number")
		}
	}
	return d.text[from:d.at], nil
}

func (d *decoder) digits() int {
	from := d.at
	for c := d.peek(); '0' <= c && c <= '9'; c = d.peek() {
		d.at++
	}
	return d.at - from
}

func (d *decoder) string() (string, error) {
	d.at++
	from := d.at
	for d.at < len(d.text) {
		switch c := d.text[d.at]; {
		case c == '"':
			s := d.text[from:d.at]
			d.at++
			return s, nil
		case c == '\\':
			return d.escaped(from)
		case c < ' ':
			return "", d.fail("control character in a string")
		default:
			d.char(c)
		}
	}
	return "", d.fail("string without an end")
}

func (d *decoder) char(c byte) {
	if c&0xC0 == 0x80 {
		d.wide++
	}
	d.at++
}

// escaped reads the rest of a string that has escapes in it.
func (d *decoder) escaped(from int) (string, error) {
	out := append(make([]byte, 0, 64), d.text[from:d.at]...)
	for d.at < len(d.text) {
		c := d.text[d.at]
		switch {
		case c == '"':
			d.at++
			return string(out), nil
		case c < ' ':
			return "", d.fail("control character in a string")
		case c != '\\':
			out = append(out, c)
			d.char(c)
			continue
		}
		r, err := d.escape()
		if err != nil {
			return "", err
		}
		out = utf8.AppendRune(out, r)
	}
	return "", d.fail("string without an end")
}

func (d *decoder) escape() (rune, error) {
	d.at++
	c := d.peek()
	d.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		r, ok := d.hex4()
		if ok && utf16.IsSurrogate(r) {
			var low rune
			if ok = d.word(`\u`); ok {
				low, ok = d.hex4()
			}
			r = utf16.DecodeRune(r, low)
			ok = ok && r != utf8.RuneError
		}
		if ok {
			return r, nil
		}
	}
	d.at = min(d.at-1, len(d.text))
	return 0, d.fail("unknown escape in a string")
}

func (d *decoder) hex4() (rune, bool) {
	if len(d.text)-d.at < 4 {
		return 0, false
	}
	v, err := strconv.ParseUint(d.text[d.at:d.at+4], 16, 16)
	if err != nil {
		return 0, false
	}
	d.at += 4
	return rune(v), true
}
