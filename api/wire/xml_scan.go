package wire

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlScanner reads the XML that clients send: elements, attributes, text, CDATA, comments and processing instructions. A document type
// declaration is refused, so there are no entities but the five of XML and character references. Names are compared without their prefix.
type xmlScanner struct {
	data []byte
	pos  int
	open []string // raw names of the open elements
	budget
}

// xmlAttr is one attribute; name is as written ("xsi:type").
type xmlAttr struct{ name, value string }

// xmlStart is a start tag. An element written as <a/> is closed: it has no content and no end tag.
type xmlStart struct {
	name   string // without prefix
	attrs  []xmlAttr
	closed bool
}

func (s *xmlScanner) bad(what string) error {
	return malformed("%s at byte %d of the XML document", what, s.pos)
}

// root reads up to and including the start tag of the root element.
func (s *xmlScanner) root() (xmlStart, error) {
	s.data = bytes.TrimPrefix(s.data, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(s.data) {
		return xmlStart{}, malformed("the XML document is not UTF-8")
	}
	start, ok, err := s.child(nil)
	if err == nil && !ok {
		err = s.bad("no root element")
	}
	return start, err
}

// end checks that nothing but white space, comments and instructions follows the root element.
func (s *xmlScanner) end() error {
	_, ok, err := s.child(nil)
	if err == nil && ok {
		err = s.bad("second root element")
	}
	return err
}

// child reads to the next start tag in the open element and returns it, or ok=false at the element's end tag, which it consumes. Text on the
// way is appended to text, or must be white space outside the root.
func (s *xmlScanner) child(text *[]byte) (start xmlStart, ok bool, err error) {
	for {
		i := bytes.IndexByte(s.data[s.pos:], '<')
		if i < 0 {
			i = len(s.data) - s.pos
		}
		if err := s.chars(s.data[s.pos:s.pos+i], text); err != nil {
			return start, false, err
		}
		s.pos += i
		rest := s.data[s.pos:]
		switch {
		case len(rest) == 0:
			if len(s.open) > 0 {
				return start, false, s.bad("unexpected end")
			}
			return start, false, nil
		case bytes.HasPrefix(rest, []byte("<!--")):
			if err := s.past("<!--", "-->"); err != nil {
				return start, false, err
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			at := s.pos + len("<![CDATA[")
			if err := s.past("<![CDATA[", "]]>"); err != nil {
				return start, false, err
			}
			if len(s.open) == 0 {
				return start, false, s.bad("text outside the root element")
			}
			if text != nil {
				*text = appendLines(*text, s.data[at:s.pos-len("]]>")])
			}
		case bytes.HasPrefix(rest, []byte("<?")):
			if err := s.past("<?", "?>"); err != nil {
				return start, false, err
			}
		case bytes.HasPrefix(rest, []byte("<!")):
			return start, false, s.bad("document type declaration")
		case bytes.HasPrefix(rest, []byte("</")):
			return start, false, s.endTag()
		default:
			start, err = s.startTag()
			return start, err == nil, err
		}
	}
}

func (s *xmlScanner) past(opening, closing string) error {
	i := bytes.Index(s.data[s.pos+len(opening):], []byte(closing))
	if i < 0 {
		return s.bad("unexpected end")
	}
	s.pos += len(opening) + i + len(closing)
	return nil
}

// chars takes character data between tags.
func (s *xmlScanner) chars(b []byte, text *[]byte) error {
	if len(b) == 0 {
		return nil
	}
	if len(s.open) == 0 {
		if len(bytes.TrimSpace(b)) > 0 {
			return s.bad("text outside the root element")
		}
		return nil
	}
	if text == nil {
		var sink []byte
		text = &sink
		if bytes.IndexByte(b, '&') < 0 {
			return s.checkChars(b)
		}
	}
	out, err := s.unescape(*text, b)
	*text = out
	return err
}

// unescape appends character data with its references resolved and line ends normalised.
func (s *xmlScanner) unescape(dst, b []byte) ([]byte, error) {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			if err := s.checkChars(b); err != nil {
				return dst, err
			}
			return appendLines(dst, b), nil
		}
		if err := s.checkChars(b[:i]); err != nil {
			return dst, err
		}
		dst = appendLines(dst, b[:i])
		end := bytes.IndexByte(b[i:min(len(b), i+12)], ';')
		if end < 0 {
			return dst, s.bad("bad reference")
		}
		r, ok := reference(string(b[i+1 : i+end]))
		if !ok {
			return dst, s.bad("bad reference")
		}
		dst = utf8.AppendRune(dst, r)
		b = b[i+end+1:]
	}
}

// checkChars refuses the control characters that XML 1.0 does not allow.
func (s *xmlScanner) checkChars(b []byte) error {
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			return s.bad("control character")
		}
	}
	return nil
}

// appendLines normalises line ends, as XML 1.0 section 2.11 says.
func appendLines(dst, b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return append(dst, b...)
	}
	for i, c := range b {
		if c == '\r' {
			if i+1 < len(b) && b[i+1] == '\n' {
				continue
			}
			c = '\n'
		}
		dst = append(dst, c)
	}
	return dst
}

func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, isNumber := strings.CutPrefix(name, "#")
	if !isNumber {
		return 0, false
	}
	base := 10
	if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	r := rune(n)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(r) || r < 0x20 && r != '\n' && r != '\t' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
		return 0, false
	}
	return r, true
}

// name reads an XML name; which letters are allowed in it is not checked beyond what separates it from what follows.
func (s *xmlScanner) name() (string, error) {
	start := s.pos
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\n', '\t', '\r', '>', '/', '=', '<', '"', '\'', '&':
		default:
			s.pos++
			continue
		}
		break
	}
	if s.pos == start {
		return "", s.bad("name expected")
	}
	return string(s.data[start:s.pos]), nil
}

func (s *xmlScanner) space() {
	for s.pos < len(s.data) && strings.IndexByte(" \n\t\r", s.data[s.pos]) >= 0 {
		s.pos++
	}
}

// localName is a name without its namespace prefix.
func localName(raw string) string {
	if i := strings.IndexByte(raw, ':'); i >= 0 {
		return raw[i+1:]
	}
	return raw
}

func (s *xmlScanner) endTag() error {
	s.pos += len("</")
	raw, err := s.name()
	if err != nil {
		return err
	}
	s.space()
	if s.pos >= len(s.data) || s.data[s.pos] != '>' || len(s.open) == 0 || s.open[len(s.open)-1] != raw {
		return s.bad("unexpected end tag")
	}
	s.pos++
	s.open = s.open[:len(s.open)-1]
	return nil
}

func (s *xmlScanner) startTag() (xmlStart, error) {
	s.pos++
	raw, err := s.name()
	if err != nil {
		return xmlStart{}, err
	}
	start := xmlStart{name: localName(raw)}
	for {
		before := s.pos
		s.space()
		if s.pos >= len(s.data) {
			return start, s.bad("unexpected end")
		}
		switch s.data[s.pos] {
		case '>':
			s.pos++
			if len(s.open) >= maxDepth {
				return start, malformed("XML nested deeper than %d", maxDepth)
			}
			s.open = append(s.open, raw)
			return start, nil
		case '/':
			s.pos++
			if s.pos >= len(s.data) || s.data[s.pos] != '>' {
				return start, s.bad("'>' expected")
			}
			s.pos++
			start.closed = true
			return start, nil
		}
		if s.pos == before {
			return start, s.bad("space expected")
		}
		if start.attrs, err = s.attribute(start.attrs); err != nil {
			return start, err
		}
	}
}

func (s *xmlScanner) attribute(attrs []xmlAttr) ([]xmlAttr, error) {
	if len(attrs) >= maxDepth {
		return attrs, s.bad("too many attributes")
	}
	name, err := s.name()
	if err != nil {
		return attrs, err
	}
	s.space()
	if s.pos >= len(s.data) || s.data[s.pos] != '=' {
		return attrs, s.bad("'=' expected")
	}
	s.pos++
	s.space()
	if s.pos >= len(s.data) || s.data[s.pos] != '"' && s.data[s.pos] != '\'' {
		return attrs, s.bad("quoted value expected")
	}
	quote := s.data[s.pos]
	s.pos++
	i := bytes.IndexByte(s.data[s.pos:], quote)
	if i < 0 || bytes.IndexByte(s.data[s.pos:s.pos+i], '<') >= 0 {
		return attrs, s.bad("bad attribute value")
	}
	value, err := s.unescape(nil, s.data[s.pos:s.pos+i])
	if err != nil {
		return attrs, err
	}
	s.pos += i + 1
	return append(attrs, xmlAttr{name, string(value)}), nil
}

// skip reads over the content of an element.
func (s *xmlScanner) skip(start xmlStart) error {
	if start.closed {
		return nil
	}
	depth := len(s.open)
	for len(s.open) >= depth {
		if _, _, err := s.child(nil); err != nil {
			return err
		}
	}
	return nil
}

// text reads the content of an element that must be plain text.
func (s *xmlScanner) text(start xmlStart) (string, error) {
	if start.closed {
		return "", nil
	}
	var buf []byte
	_, nested, err := s.child(&buf)
	if err != nil {
		return "", err
	}
	if nested {
		return "", s.bad("unexpected element")
	}
	return string(buf), nil
}
