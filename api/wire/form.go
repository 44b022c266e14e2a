package wire

import (
	"slices"
	"strings"
)

// pair is one key=value of a form or query string, decoded.
type pair struct {
	key, value string
	equals     bool // there was a "="
}

// parseForm splits and decodes a form body or query string. All strings share one backing array.
func parseForm(s string) ([]pair, error) {
	if s == "" {
		return nil, nil
	}
	n := strings.Count(s, "&") + 1
	if n > maxPairs {
		return nil, malformed("more than %d parameters", maxPairs)
	}
	pairs := make([]pair, 0, n)
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		for part := range strings.SplitSeq(s, "&") {
			if part == "" {
				continue
			}
			k, v, eq := strings.Cut(part, "=")
			pairs = append(pairs, pair{k, v, eq})
		}
		return pairs, nil
	}
	type span struct{ key, equals, end int }
	spans := make([]span, 0, n)
	buf := make([]byte, 0, len(s))
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		k, v, eq := strings.Cut(part, "=")
		at := span{key: len(buf)}
		var ok bool
		if buf, ok = appendUnescaped(buf, k, true); !ok {
			return nil, malformed("bad percent escape in %q", clip(k))
		}
		at.equals = len(buf)
		if buf, ok = appendUnescaped(buf, v, true); !ok {
			return nil, malformed("bad percent escape in the value of %q", clip(k))
		}
		at.end = len(buf)
		spans = append(spans, at)
		pairs = append(pairs, pair{equals: eq})
	}
	text := string(buf)
	for i, at := range spans {
		pairs[i].key, pairs[i].value = text[at.key:at.equals], text[at.equals:at.end]
	}
	return pairs, nil
}

// clip keeps a message short whatever the client sent.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64]
	}
	return s
}

// appendUnescaped decodes %XX, and + where it stands for a space.
func appendUnescaped(dst []byte, s string, plus bool) ([]byte, bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) {
				return dst, false
			}
			hi, ok1 := hexDigit(s[i+1])
			lo, ok2 := hexDigit(s[i+2])
			if !ok1 || !ok2 {
				return dst, false
			}
			dst = append(dst, hi<<4|lo)
			i += 2
		case c == '+' && plus:
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return dst, true
}

// unescapePath decodes a path segment, in which + is itself.
func unescapePath(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	b, ok := appendUnescaped(make([]byte, 0, len(s)), s, false)
	return string(b), ok
}

// byPath sorts pairs by their dotted keys so that everything below a prefix stands together, and keeps the order of equal keys. A '.' sorts
// before every other character.
func byPath(pairs []pair) {
	if slices.IsSortedFunc(pairs, comparePath) {
		return
	}
	slices.SortStableFunc(pairs, comparePath)
}

func comparePath(a, b pair) int {
	x, y := a.key, b.key
	n := min(len(x), len(y))
	for i := range n {
		if x[i] != y[i] {
			switch {
			case x[i] == '.':
				return -1
			case y[i] == '.':
				return 1
			case x[i] < y[i]:
				return -1
			}
			return 1
		}
	}
	return len(x) - len(y)
}
