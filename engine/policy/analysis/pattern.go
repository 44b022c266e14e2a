package analysis

import (
	"strings"
	"unicode"

	"vauban/engine/automaton"
)

// template is a text of a policy as a pattern in which variables still stand open.
type template struct {
	parts []part
	dead  bool // matches nothing
}

// part is a fixed pattern or a variable.
type part struct {
	fixed    automaton.Pattern
	variable *variable
}

// variable is ${key} or ${key, 'default'}.
type variable struct {
	key        string // in lower case
	fallback   string
	hasDefault bool
}

func (v *variable) id() string {
	if v.hasDefault {
		return v.key + "," + v.fallback
	}
	return v.key
}

// environment gives the single value of a condition key, for variables.
type environment func(key string) (string, bool)

func (t *template) variables() []*variable {
	var out []*variable
	for i := range t.parts {
		if v := t.parts[i].variable; v != nil {
			out = append(out, v)
		}
	}
	return out
}

// instance puts values in place of the variables; without a value the template matches nothing.
func (t *template) instance(env environment) (automaton.Pattern, bool) {
	return t.pattern(func(v *variable) (automaton.Pattern, bool) {
		if value, ok := env(v.key); ok {
			return automaton.Literal(value), true
		}
		return automaton.Literal(v.fallback), v.hasDefault
	})
}

// widest lets every variable be any text.
func (t *template) widest() (automaton.Pattern, bool) {
	return t.pattern(func(*variable) (automaton.Pattern, bool) { return automaton.Run(automaton.Any()), true })
}

func (t *template) pattern(replace func(*variable) (automaton.Pattern, bool)) (automaton.Pattern, bool) {
	if t.dead {
		return nil, false
	}
	var out automaton.Pattern
	for i := range t.parts {
		p := t.parts[i].fixed
		if v := t.parts[i].variable; v != nil {
			var ok bool
			if p, ok = replace(v); !ok {
				return nil, false
			}
		}
		out = append(out, p...)
	}
	return out, true
}

// wildcards reads * and ?.
func wildcards(text string) automaton.Pattern {
	var p automaton.Pattern
	for _, r := range text {
		switch r {
		case '*':
			p = append(p, automaton.Step{Set: automaton.Any(), Loop: true})
		case '?':
			p = append(p, automaton.Step{Set: automaton.Any()})
		default:
			p = append(p, automaton.Step{Set: automaton.Of(r)})
		}
	}
	return p
}

// segments reads the part of a resource before the fifth colon, where a wildcard stays within its segment unless it is a * at the
// segment's end. AWS documentation: "IAM JSON policy elements: Resource".
func segments(text string) automaton.Pattern {
	var p automaton.Pattern
	for i, r := range text {
		switch r {
		case '*':
			rest := strings.TrimLeft(text[i:], "*")
			s := automaton.Except(':')
			if rest == "" || rest[0] == ':' {
				s = automaton.Any()
			}
			p = append(p, automaton.Step{Set: s, Loop: true})
		case '?':
			p = append(p, automaton.Step{Set: automaton.Except(':')})
		default:
			p = append(p, automaton.Step{Set: automaton.Of(r)})
		}
	}
	return p
}

// resourceTemplate reads an element of Resource or NotResource other than "*".
func resourceTemplate(text string, variables bool) template {
	last := fifthColon(text)
	open := variables && strings.Contains(text, "${")
	switch {
	case open && (last < 0 || strings.Contains(text[:last], "${")):
		return template{dead: true}
	case last < 0:
		return template{parts: []part{{fixed: segments(text)}}}
	case !open:
		return template{parts: []part{{fixed: segments(text[:last])}, {fixed: wildcards(text[last:])}}}
	}
	t := parseTemplate(text[last:], wildcards)
	t.parts = append([]part{{fixed: segments(text[:last])}}, t.parts...)
	return t
}

func fifthColon(s string) int {
	at := 0
	for n := 0; ; n++ {
		i := strings.IndexByte(s[at:], ':')
		if i < 0 {
			return -1
		}
		if at += i; n == 4 {
			return at
		}
		at++
	}
}

// parseTemplate reads variables; ${*}, ${?} and ${$} are the characters themselves. AWS documentation: "IAM policy elements:
// Variables and tags".
func parseTemplate(text string, read func(string) automaton.Pattern) template {
	var t template
	fixed := func(p automaton.Pattern) {
		if len(p) > 0 {
			t.parts = append(t.parts, part{fixed: p})
		}
	}
	for {
		before, rest, ok := strings.Cut(text, "${")
		inner, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			fixed(read(text))
			return t
		}
		fixed(read(before))
		switch inner {
		case "*", "?", "$":
			fixed(automaton.Literal(inner))
		case "":
			fixed(automaton.Literal("${}"))
		default:
			t.parts = append(t.parts, part{variable: parseVariable(inner)})
		}
		text = after
	}
}

func parseVariable(inner string) *variable {
	v := &variable{key: strings.ToLower(strings.TrimSpace(inner))}
	if key, rest, ok := strings.Cut(inner, ","); ok {
		rest = strings.TrimSpace(rest)
		if len(rest) >= 2 && rest[0] == '\'' && rest[len(rest)-1] == '\'' {
			v.key, v.fallback, v.hasDefault = strings.ToLower(strings.TrimSpace(key)), rest[1:len(rest)-1], true
		}
	}
	return v
}

// foldCase lets every literal character be any of its cases.
func foldCase(p automaton.Pattern) automaton.Pattern {
	out := make(automaton.Pattern, len(p))
	for i, s := range p {
		if !s.Set.Not {
			var orbit []rune
			for _, r := range s.Set.Runes {
				orbit = append(orbit, r)
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					orbit = append(orbit, f)
				}
			}
			s.Set.Runes = orbit
		}
		out[i] = s
	}
	return out
}

// within keeps wildcards from matching a separator.
func within(p automaton.Pattern, separator rune) automaton.Pattern {
	out := make(automaton.Pattern, len(p))
	for i, s := range p {
		out[i] = automaton.Step{Set: s.Set.Without(separator), Loop: s.Loop}
	}
	return out
}

// arnParts makes wildcards stay within the first five parts of an ARN, as the Arn operators compare them; false means that the pattern
// has no six parts.
func arnParts(p automaton.Pattern) (automaton.Pattern, bool) {
	at, colons := 0, 0
	for i, s := range p {
		if !s.Set.Not && len(s.Set.Runes) == 1 && s.Set.Runes[0] == ':' && !s.Loop {
			if colons++; colons == 5 {
				at = i
				break
			}
		}
	}
	if colons < 5 {
		return nil, false
	}
	var out automaton.Pattern
	for _, s := range p[:at] {
		if s.Set.Not {
			s.Set = s.Set.Without(':')
		}
		out = append(out, s)
	}
	return append(out, p[at:]...), true
}
