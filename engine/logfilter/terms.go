package logfilter

import (
	"regexp"
	"strings"
)

// terms is an unstructured pattern.
type terms struct {
	all  []term
	any  []term // ?term
	none []term // -term
}

type term struct {
	text  string
	regex *regexp.Regexp // in place of text
}

func (t *term) in(message string) bool {
	if t.regex != nil {
		return t.regex.MatchString(message)
	}
	return strings.Contains(message, t.text)
}

func (p *Pattern) compileTerms(text string) error {
	p.terms = &terms{}
	for text = strings.TrimLeft(text, " \t\r\n"); text != ""; text = strings.TrimLeft(text, " \t\r\n") {
		into := &p.terms.all
		switch text[0] {
		case '?':
			into, text = &p.terms.any, text[1:]
		case '-':
			into, text = &p.terms.none, text[1:]
		}
		t, rest, err := p.term(text)
		if err != nil {
			return err
		}
		*into, text = append(*into, t), rest
	}
	return nil
}

func (p *Pattern) term(text string) (t term, rest string, err error) {
	switch {
	case text == "":
		return t, "", fail("a term is missing at its end")
	case text[0] == '"':
		t.text, rest, err = quoted(text)
		return t, rest, err
	case text[0] == '%':
		t.regex, rest, err = p.regex(text)
		return t, rest, err
	}
	n := strings.IndexAny(text, " \t\r\n")
	if n < 0 {
		n = len(text)
	}
	t.text = text[:n]
	for _, r := range t.text {
		if r < 0x80 && !wordByte(byte(r)) {
			return t, "", fail("a term with %q must be in double quotes", string(r))
		}
	}
	if t.text == "" {
		return t, "", fail("a term is missing")
	}
	return t, text[n:], nil
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// quoted reads a text in double quotes, in which a backslash takes the next character as it is.
func quoted(text string) (value, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:], nil
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", fail("a double quote is not closed")
}

func (t *terms) match(message string) bool {
	for i := range t.none {
		if t.none[i].in(message) {
			return false
		}
	}
	for i := range t.all {
		if !t.all[i].in(message) {
			return false
		}
	}
	if len(t.any) == 0 || len(t.all) > 0 || len(t.none) > 0 {
		return true
	}
	for i := range t.any {
		if t.any[i].in(message) {
			return true
		}
	}
	return false
}
