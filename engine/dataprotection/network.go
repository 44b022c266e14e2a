package dataprotection

import (
	"net/netip"
	"strings"
)

// scanAddresses finds addresses of the Internet Protocol, of both versions.
func scanAddresses(text string, found func(start, end int)) {
	for i := 0; i < len(text); i++ {
		b := text[i]
		switch {
		case b == '.' && i > 0 && isDigit(text[i-1]):
			start := i - 1
			for start > 0 && i-start < 3 && isDigit(text[start-1]) {
				start--
			}
			if end := version4(text, start); end > 0 {
				found(start, end)
				i = end
			}
		case b == ':':
			start, end := version6(text, i)
			if end > 0 {
				found(start, end)
			}
			i = max(i, end-1)
		}
	}
}

// version4 is where the address ends that begins there, or 0.
func version4(text string, start int) int {
	if start > 0 && (isWord(text[start-1]) || !free(text, start)) {
		return 0
	}
	i := start
	for part := range 4 {
		if part > 0 {
			if i >= len(text) || text[i] != '.' {
				return 0
			}
			i++
		}
		n, first := 0, i
		for i < len(text) && isDigit(text[i]) && i-first < 4 {
			n = n*10 + int(text[i]-'0')
			i++
		}
		if i == first || n > 255 || i-first > 1 && text[first] == '0' {
			return 0
		}
	}
	if !ends(text, i) {
		return 0
	}
	return i
}

func isHex(b byte) bool { return isDigit(b) || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F' }

// version6 finds the address around a colon.
func version6(text string, colon int) (start, end int) {
	start = colon
	for start > 0 && colon-start < 4 && isHex(text[start-1]) {
		start--
	}
	if start > 0 && (isWord(text[start-1]) || text[start-1] == ':') {
		return 0, 0
	}
	colons := 0
	for end = start; end < len(text) && end-start < 46 && (isHex(text[end]) || text[end] == ':' || text[end] == '.'); end++ {
		if text[end] == ':' {
			colons++
		}
	}
	if colons < 2 || end < len(text) && isWord(text[end]) {
		return 0, 0
	}
	for _, s := range []string{text[start:end], strings.TrimRight(text[start:end], ":."), strings.TrimSuffix(text[start:end], ":")} {
		if a, err := netip.ParseAddr(s); err == nil && a.Is6() && s != "::" {
			return start, start + len(s)
		}
	}
	return 0, 0
}
