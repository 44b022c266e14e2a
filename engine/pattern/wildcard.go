package pattern

import "strings"

// wildcards is a text in which * stands for any characters: the pieces between the stars.
type wildcards []string

// maxStars keeps a match cheap.
const maxStars = 32

// compileWildcard reads a text with stars; \* is a star and \\ a backslash.
func compileWildcard(text string) (wildcards, error) {
	pieces := wildcards{}
	var b strings.Builder
	star := -2 // position of the last one
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			if i+1 == len(text) || text[i+1] != '*' && text[i+1] != '\\' {
				return nil, invalid("Invalid escape character at pos %d", i)
			}
			i++
			b.WriteByte(text[i])
		case '*':
			if star == i-1 {
				return nil, invalid("Consecutive wildcard characters at pos %d", i)
			}
			star = i
			pieces = append(pieces, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	pieces = append(pieces, b.String())
	if len(pieces) > maxStars {
		return nil, invalid("Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character")
	}
	return pieces, nil
}

// match takes the leftmost place of each piece, which leaves the most for the next: it is linear in s for each piece.
func (w wildcards) match(s string) bool {
	first, last := w[0], w[len(w)-1]
	if len(w) == 1 {
		return s == first
	}
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, piece := range w[1 : len(w)-1] {
		i := strings.Index(s, piece)
		if i < 0 {
			return false
		}
		s = s[i+len(piece):]
	}
	return true
}
