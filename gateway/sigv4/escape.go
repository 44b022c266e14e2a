package sigv4

const upperHex = "0123456789ABCDEF"

// unreserved are the bytes that URI encoding leaves alone (RFC 3986 section 2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func appendEscape(b []byte, c byte) []byte { return append(b, '%', upperHex[c>>4], upperHex[c&15]) }

// appendEscaped encodes every byte that is not unreserved.
func appendEscaped(b []byte, s string, keepSlash bool) []byte {
	for i := range len(s) {
		if c := s[i]; unreserved(c) || keepSlash && c == '/' {
			b = append(b, c)
		} else {
			b = appendEscape(b, c)
		}
	}
	return b
}

// appendCanonicalEscapes writes a string that may be percent-encoded with exactly the bytes encoded that must be, in upper case.
// A percent sign without two hexadecimal digits stands for itself. It never changes what the string means: an encoded slash stays encoded.
func appendCanonicalEscapes(b []byte, s string, keepSlash bool) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
			if unreserved(c) {
				b = append(b, c)
			} else {
				b = appendEscape(b, c)
			}
		case unreserved(c) || keepSlash && c == '/':
			b = append(b, c)
		default:
			b = appendEscape(b, c)
		}
	}
	return b
}

// canonicalEscapes is appendCanonicalEscapes of a part of a query, without a copy where nothing changes.
func canonicalEscapes(s string) string {
	for i := range len(s) {
		c := s[i]
		if unreserved(c) {
			continue
		}
		if c == '%' && i+2 < len(s) && isUpperHex(s[i+1]) && isUpperHex(s[i+2]) && !unreserved(unhex(s[i+1])<<4|unhex(s[i+2])) {
			continue
		}
		return string(appendCanonicalEscapes(make([]byte, 0, len(s)+16), s, false))
	}
	return s
}

func isUpperHex(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' }

func isHex(c byte) bool { return isUpperHex(c) || 'a' <= c && c <= 'f' }

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
