package cases_test

import "strings"

// A piece of a pattern: one character as it stands, any one character, or any run of them.
type piece struct {
	wild   byte // '*', '?' or 0
	char   byte
	inside bool // a wildcard that does not match a colon
}

func pieces(pattern string) (out []piece) {
	for i := range len(pattern) {
		switch c := pattern[i]; c {
		case '*', '?':
			out = append(out, piece{wild: c})
		default:
			out = append(out, piece{char: c})
		}
	}
	return out
}

// segments are the pieces of an ARN pattern before its fifth colon: a wildcard stays in its segment, unless it is a * at the segment's
// end. AWS documentation: "IAM JSON policy elements: Resource".
func segments(pattern string) []piece {
	out := pieces(pattern)
	for i := range out {
		end := i
		for end < len(out) && out[end].wild == '*' {
			end++
		}
		out[i].inside = out[i].wild == '?' || out[i].wild == '*' && end < len(out) && out[end].char != ':'
	}
	return out
}

func literal(s string) (out []piece) {
	for i := range len(s) {
		out = append(out, piece{char: s[i]})
	}
	return out
}

// glob fills a table: reach[i] says whether the pieces so far can end after i characters.
func glob(pattern []piece, s string) bool {
	reach := make([]bool, len(s)+1)
	reach[0] = true
	for _, p := range pattern {
		next := make([]bool, len(s)+1)
		for i := range reach {
			switch {
			case p.wild == '*':
				next[i] = reach[i] || i > 0 && next[i-1] && !(p.inside && s[i-1] == ':')
			case i > 0 && p.inside && s[i-1] == ':':
			case i > 0:
				next[i] = reach[i-1] && (p.wild == '?' || s[i-1] == p.char)
			}
		}
		reach = next
	}
	return reach[len(s)]
}

// substitute replaces variables; what they stand for is literal. AWS documentation: "IAM policy elements: Variables and tags".
func (o *oracle) substitute(pattern string) (out []piece, resolved bool) {
	before, after, found := strings.Cut(pattern, "${")
	out = pieces(before)
	if !found {
		return out, true
	}
	name, rest, closed := strings.Cut(after, "}")
	if !closed {
		return append(out, pieces("${"+after)...), true
	}
	tail, resolved := o.substitute(rest)
	if !resolved {
		return nil, false
	}
	if name == "*" || name == "?" || name == "$" {
		return append(append(out, literal(name)...), tail...), true
	}
	key, def, hasDefault := strings.Cut(name, ",")
	key = strings.ToLower(strings.TrimSpace(key))
	values, present := o.context[key]
	switch {
	case present && !o.multi[key]:
		out = append(out, literal(values[0])...)
	case hasDefault && !present:
		out = append(out, literal(strings.Trim(strings.TrimSpace(def), "'"))...)
	default:
		return nil, false
	}
	return append(out, tail...), true
}

// splitARN cuts at the first five colons.
func splitARN(p []piece) (parts [][]piece) {
	parts = [][]piece{nil}
	for _, x := range p {
		if x.char == ':' && len(parts) < 6 {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], x)
	}
	return parts
}
