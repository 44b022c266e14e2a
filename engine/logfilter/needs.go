package logfilter

import "strings"

// needs are texts that every event has which matches the condition: names of properties, and values that are compared for equality. Most events do not match, and
// need not be parsed to see it.
func needs(c condition) (out []string) {
	switch c := c.(type) {
	case both:
		for _, x := range c {
			out = append(out, needs(x)...)
		}
	case *property:
		out = names(c.path)
		if w := c.want; w.op == "=" && !w.isNum && w.glob == nil && w.regex == nil && !strings.Contains(w.text, "\uFFFD") { // which parsing may put in
			out = append(out, w.text)
		}
	case *state:
		if c.is != "NOT EXISTS" {
			out = names(c.path)
		}
	}
	return out
}

func names(s *selector) (out []string) {
	for _, st := range s.steps {
		if !st.list {
			out = append(out, st.member)
		}
	}
	return out
}

// has reports whether the event may match. An event with escapes may spell its texts in other ways.
func has(message string, needs []string) bool {
	if strings.IndexByte(message, '\\') >= 0 {
		return true
	}
	for _, n := range needs {
		if !strings.Contains(message, n) {
			return false
		}
	}
	return true
}
