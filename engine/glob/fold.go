package glob

import "unsafe"

// matchFold is match for a code in lower case. The text is folded first: names of actions fit into the buffer.
func matchFold(code, s string) bool {
	var buf [128]byte
	folded := append(buf[:0], s...)
	for i, c := range folded {
		folded[i] = fold(c)
	}
	return match(code, unsafe.String(unsafe.SliceData(folded), len(folded)))
}

// hasPrefixFold wants len(s) >= len(lower).
func hasPrefixFold(s, lower string) bool {
	s = s[:len(lower)]
	for i := range len(s) {
		if fold(s[i]) != lower[i] {
			return false
		}
	}
	return true
}

func fold(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
