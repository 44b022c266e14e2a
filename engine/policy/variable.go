package policy

import (
	"strings"

	"vauban/engine/glob"
)

// template is text with policy variables. AWS documentation: "IAM policy elements: Variables and tags".
type template struct {
	lead  glob.Pattern // of a resource: the parts before the fifth colon
	parts []part
}

// part is literal text, compiled, or a variable.
type part struct {
	literal    glob.Pattern
	key        string // "" for literal text
	hash       uint32
	fallback   string
	hasDefault bool
}

// parseTemplate reads ${key} and ${key, 'default'}; ${*}, ${?} and ${$} are the characters themselves. With wildcards, other * and ?
// are wildcards. What looks like a variable and is none stays as it stands.
func parseTemplate(text string, wildcards bool) *template {
	t := &template{lead: glob.Compile("")}
	var literal glob.Code
	flush := func() {
		if len(literal) > 0 {
			t.parts = append(t.parts, part{literal: literal.Pattern()})
		}
		literal = nil
	}
	for text != "" {
		from := strings.Index(text, "${")
		if from < 0 {
			break
		}
		to := strings.IndexByte(text[from:], '}')
		if to < 0 {
			break
		}
		literal = appendText(literal, text[:from], wildcards)
		inner := text[from+2 : from+to]
		text = text[from+to+1:]
		switch {
		case inner == "*" || inner == "?" || inner == "$":
			literal = literal.Literal(inner)
		case inner == "":
			literal = literal.Literal("${}")
		default:
			flush()
			t.parts = append(t.parts, variable(inner))
		}
	}
	literal = appendText(literal, text, wildcards)
	flush()
	return t
}

func appendText(c glob.Code, text string, wildcards bool) glob.Code {
	if wildcards {
		return c.Append(glob.Compile(text))
	}
	return c.Literal(text)
}

// variable reads what stands between the braces.
func variable(inner string) part {
	p := part{key: strings.TrimSpace(inner)}
	if key, rest, ok := strings.Cut(inner, ","); ok {
		rest = strings.TrimSpace(rest)
		if len(rest) >= 2 && rest[0] == '\'' && rest[len(rest)-1] == '\'' {
			p.key, p.fallback, p.hasDefault = strings.TrimSpace(key), rest[1:len(rest)-1], true
		}
	}
	p.hash, p.key = hashKey(p.key), canonical(p.key)
	return p
}

// fixed reports whether there is no variable in the template.
func (t *template) fixed() bool {
	for i := range t.parts {
		if t.parts[i].key != "" {
			return false
		}
	}
	return true
}

// pattern is the pattern of a fixed template.
func (t *template) pattern() glob.Pattern {
	c := glob.Code(nil).Append(t.lead)
	for i := range t.parts {
		c = c.Append(t.parts[i].literal)
	}
	return c.Pattern()
}

// resolve appends the template to c with its variables replaced. A variable has no value when its key is absent and it has no
// default, or when its key holds a set. Values are literal: a * in them is no wildcard.
func (t *template) resolve(e *evaluation, c glob.Code) (glob.Code, bool) {
	c = c.Append(t.lead)
	for i := range t.parts {
		p := &t.parts[i]
		if p.key == "" {
			c = c.Append(p.literal)
			continue
		}
		v, ok := e.lookup(p.hash, p.key)
		switch {
		case ok && v.multi:
			return c, false
		case ok:
			c = c.Literal(v.one)
		case p.hasDefault:
			c = c.Literal(p.fallback)
		default:
			return c, false
		}
	}
	return c, true
}

// matchGlob reports whether the template, resolved, matches all of s.
func (t *template) matchGlob(e *evaluation, s string) bool {
	var buf [256]byte
	c, ok := t.resolve(e, buf[:0])
	return ok && c.Match(s)
}

// keys adds the keys of the template's variables to what add collects.
func (t *template) keys(add func(string)) {
	for i := range t.parts {
		if k := t.parts[i].key; k != "" {
			add(k)
		}
	}
}
