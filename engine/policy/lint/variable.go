package lint

import "strings"

// variable is ${…} in a string: where it begins and ends, and what stands between the braces. Without an end the rest of the string is it.
type variable struct {
	from, to int
	inner    string
	closed   bool
}

func variablesIn(s string) []variable {
	var out []variable
	for at := 0; ; {
		i := strings.Index(s[at:], "${")
		if i < 0 {
			return out
		}
		from := at + i
		end := strings.IndexByte(s[from:], '}')
		if end < 0 {
			return append(out, variable{from, len(s), s[from+2:], false})
		}
		at = from + end + 1
		out = append(out, variable{from, at, s[from+2 : at-1], true})
	}
}

// escape says that the variable stands for the character between its braces. IAM User Guide: "IAM policy elements: Variables and tags",
// policy variables that you can use for special characters.
func (v variable) escape() bool { return v.inner == "*" || v.inner == "?" || v.inner == "$" }

// key is the condition key that the variable names.
func (v variable) key() string {
	k, _, _ := strings.Cut(v.inner, ",")
	return strings.TrimSpace(k)
}

// literal is the text with its variables replaced by characters that are no wildcards, byte for byte.
func literal(s string) string {
	list := variablesIn(s)
	if list == nil {
		return s
	}
	b := []byte(s)
	for _, v := range list {
		for i := v.from; i < v.to; i++ {
			b[i] = 'x'
		}
	}
	return string(b)
}

// noVariables reports variables where none may stand, and whether there were none.
func (c *checker) noVariables(p place) bool {
	ok := true
	for _, v := range variablesIn(p.Text) {
		if v.closed {
			ok = false
			c.at("VARIABLE_UNSUPPORTED_IN_ELEMENT", p.part(v.from, v.to), p.Text[v.from:v.to])
		}
	}
	return ok
}

// checkVariables checks the form of the variables of a string where they may stand.
func (c *checker) checkVariables(p place) {
	for _, v := range variablesIn(p.Text) {
		at := p.part(v.from, v.to)
		name, fallback, hasDefault := strings.Cut(v.inner, ",")
		fallback = strings.TrimSpace(fallback)
		switch {
		case !v.closed:
			c.at("MISSING_BRACE_IN_VARIABLE", at)
		case strings.TrimSpace(v.inner) == "":
			c.at("EMPTY_VARIABLE", at)
		case !c.variables:
			c.at("VARIABLE_UNSUPPORTED_IN_VERSION", at)
		case strings.ContainsAny(name, " \t"):
			c.at("UNSUPPORTED_SPACE_IN_VARIABLE", at)
		case hasDefault && (len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\''):
			c.at("MISSING_QUOTE_IN_VARIABLE", at)
		}
	}
}
