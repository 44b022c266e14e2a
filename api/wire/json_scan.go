package wire

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonScanner reads JSON tokens (RFC 8259) from a body. It is strict about the grammar and bounded in depth.
type jsonScanner struct {
	data  []byte
	pos   int
	depth int
	budget
}

// peek skips white space and returns the next byte, or 0 at the end.
func (s *jsonScanner) peek() byte {
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.pos++
	}
	return 0
}

func (s *jsonScanner) unexpected() error {
	if s.pos >= len(s.data) {
		return malformed("Unexpected end of JSON input")
	}
	return malformed("Unexpected character at byte %d of the JSON input", s.pos)
}

// literal consumes a word (null, true, false).
func (s *jsonScanner) literal(word string) error {
	if len(s.data)-s.pos < len(word) || string(s.data[s.pos:s.pos+len(word)]) != word {
		return s.unexpected()
	}
	s.pos += len(word)
	return nil
}

// null consumes null and reports whether it was there.
func (s *jsonScanner) null() (bool, error) {
	if s.peek() != 'n' {
		return false, nil
	}
	return true, s.literal("null")
}

// next moves through the elements of an array or object after its opening bracket: it returns false at the closing one.
func (s *jsonScanner) next(first bool, closing byte) (bool, error) {
	c := s.peek()
	if c == closing {
		s.pos++
		return false, nil
	}
	if first {
		return true, nil
	}
	if c != ',' {
		return false, s.unexpected()
	}
	s.pos++
	if s.peek() == closing {
		return false, s.unexpected()
	}
	return true, nil
}

func (s *jsonScanner) enter() error {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return malformed("JSON nested deeper than %d", maxDepth)
	}
	return nil
}

// raw reads a string and returns its undecoded inside, and whether that has no escapes.
func (s *jsonScanner) raw() (raw []byte, simple bool, err error) {
	if s.peek() != '"' {
		return nil, false, s.unexpected()
	}
	start := s.pos + 1
	simple = true
	for i := start; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return s.data[start:i], simple, nil
		case c == '\\':
			simple = false
			i++
		case c < 0x20:
			s.pos = i
			return nil, false, s.unexpected()
		}
	}
	s.pos = len(s.data)
	return nil, false, s.unexpected()
}

// str reads and decodes a string.
func (s *jsonScanner) str() (string, error) {
	raw, simple, err := s.raw()
	if err != nil {
		return "", err
	}
	if simple && utf8.Valid(raw) {
		return string(raw), nil
	}
	out, ok := unescape(raw)
	if !ok {
		return "", malformed("Bad escape in a string before byte %d of the JSON input", s.pos)
	}
	return string(out), nil
}

// unescape decodes JSON escapes; what is not valid Unicode becomes U+FFFD.
func unescape(raw []byte) ([]byte, bool) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c != '\\' && c < utf8.RuneSelf:
			out = append(out, c)
			i++
			continue
		case c != '\\':
			r, n := utf8.DecodeRune(raw[i:])
			out = utf8.AppendRune(out, r)
			i += n
			continue
		}
		if i+1 >= len(raw) {
			return nil, false
		}
		i += 2
		switch raw[i-1] {
		case '"', '\\', '/':
			out = append(out, raw[i-1])
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := hex4(raw[i:])
			if !ok {
				return nil, false
			}
			i += 4
			if utf16.IsSurrogate(r) {
				low, ok := rune(0), false
				if i+1 < len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
					low, ok = hex4(raw[i+2:])
				}
				if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
					i += 6
				} else {
					r = utf8.RuneError
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			return nil, false
		}
	}
	return out, true
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// number reads a number's text.
func (s *jsonScanner) number() ([]byte, error) {
	s.peek()
	start := s.pos
	if s.pos < len(s.data) && s.data[s.pos] == '-' {
		s.pos++
	}
	switch {
	case s.pos < len(s.data) && s.data[s.pos] == '0':
		s.pos++
	case !s.digits():
		return nil, s.unexpected()
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return nil, s.unexpected()
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return nil, s.unexpected()
		}
	}
	return s.data[start:s.pos], nil
}

func (s *jsonScanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

// integer reads the text of a number that must be whole: 3, 3.0 and 3e2 are, as AWS takes them.
func integer(text []byte) (int64, bool) {
	if x, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return x, true
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || f < -1<<53 || f > 1<<53 || f != float64(int64(f)) {
		return 0, false
	}
	return int64(f), true
}

// skip reads over any value.
func (s *jsonScanner) skip() error {
	var err error
	switch c := s.peek(); c {
	case '"':
		raw, simple, err := s.raw()
		if err == nil && !simple {
			if _, ok := unescape(raw); !ok {
				return malformed("Bad escape in a string before byte %d of the JSON input", s.pos)
			}
		}
		return err
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	case '{', '[':
		if err := s.enter(); err != nil {
			return err
		}
		closing := c + 2 // '{' and '}', '[' and ']' are two apart
		more := true
		for first := true; ; first = false {
			if more, err = s.next(first, closing); err != nil || !more {
				s.depth--
				return err
			}
			if c == '{' {
				if err := s.key(nil, nil); err != nil {
					return err
				}
			}
			if err := s.skip(); err != nil {
				return err
			}
		}
	}
	_, err = s.number()
	return err
}

// key reads an object's key and colon, and looks it up: *index is -1 for an unknown one.
func (s *jsonScanner) key(names map[string]int, index *int) error {
	raw, simple, err := s.raw()
	if err != nil {
		return err
	}
	if !simple {
		decoded, ok := unescape(raw)
		if !ok {
			return malformed("Bad escape in a key before byte %d of the JSON input", s.pos)
		}
		raw = decoded
	}
	if index != nil {
		i, known := names[string(raw)]
		if !known {
			i = -1
		}
		*index = i
	}
	if s.peek() != ':' {
		return s.unexpected()
	}
	s.pos++
	return nil
}
