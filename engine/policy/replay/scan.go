package replay

import (
	"encoding/json"
	"errors"
)

var errJSON = errors.New("replay: the record is not the JSON of a record")

// scanner reads JSON without copying: a replay reads millions of records. Lists that many records have in common are only skipped over; what
// is read of them is kept by their text.
type scanner struct {
	s   string
	i   int
	bad bool
}

// next is the first character that is no space.
func (x *scanner) next() byte {
	for x.i < len(x.s) {
		switch c := x.s[x.i]; c {
		case ' ', '\t', '\n', '\r':
			x.i++
		default:
			return c
		}
	}
	x.bad = true
	return 0
}

func (x *scanner) want(c byte) bool {
	if x.bad || x.next() != c {
		x.bad = true
		return false
	}
	x.i++
	return true
}

// object calls member with the name of each member; it must read the value.
func (x *scanner) object(member func(name string)) {
	if !x.want('{') {
		return
	}
	if x.next() == '}' {
		x.i++
		return
	}
	for !x.bad {
		name := x.text()
		if !x.want(':') {
			return
		}
		member(name)
		if x.bad {
			return
		}
		switch x.next() {
		case ',':
			x.i++
		case '}':
			x.i++
			return
		default:
			x.bad = true
		}
	}
}

// array calls item for each item; it must read it.
func (x *scanner) array(item func()) {
	if !x.want('[') {
		return
	}
	if x.next() == ']' {
		x.i++
		return
	}
	for !x.bad {
		item()
		if x.bad {
			return
		}
		switch x.next() {
		case ',':
			x.i++
		case ']':
			x.i++
			return
		default:
			x.bad = true
		}
	}
}

// text reads a string.
func (x *scanner) text() string {
	if !x.want('"') {
		return ""
	}
	start := x.i
	for ; x.i < len(x.s); x.i++ {
		switch x.s[x.i] {
		case '"':
			x.i++
			return x.s[start : x.i-1]
		case '\\':
			return x.escaped(start)
		}
	}
	x.bad = true
	return ""
}

// escaped reads a string that is not what it means as it stands.
func (x *scanner) escaped(start int) string {
	for ; x.i < len(x.s); x.i++ {
		switch x.s[x.i] {
		case '\\':
			x.i++
		case '"':
			x.i++
			var out string
			if json.Unmarshal([]byte(x.s[start-1:x.i]), &out) != nil {
				x.bad = true
			}
			return out
		}
	}
	x.bad = true
	return ""
}

func (x *scanner) texts() (out []string) {
	out = []string{}
	x.array(func() { out = append(out, x.text()) })
	return out
}

// raw skips a value and returns its text.
func (x *scanner) raw() string {
	x.next()
	start, depth := x.i, 0
	for x.i < len(x.s) && !x.bad {
		switch x.s[x.i] {
		case '"':
			x.text()
		case '{', '[':
			depth++
			x.i++
		case '}', ']':
			if depth == 0 {
				return x.s[start:x.i]
			}
			depth--
			x.i++
		case ',':
			if depth == 0 {
				return x.s[start:x.i]
			}
			x.i++
		default:
			x.i++
		}
		if depth == 0 && x.i > start && (x.s[x.i-1] == '}' || x.s[x.i-1] == ']' || x.s[x.i-1] == '"') {
			return x.s[start:x.i]
		}
	}
	x.bad = true
	return ""
}
