package dataprotection

import "strings"

// maxKey bounds a private key in bytes: what is longer has no end that belongs to it.
const maxKey = 32 << 10

// armoured makes the scanner of keys between lines of hyphens (RFC 7468). One without an end is taken as far as it looks like one.
func armoured(labels ...string) func(string, func(start, end int)) {
	return func(text string, found func(start, end int)) {
		for from := 0; ; {
			i := strings.Index(text[from:], "-----BEGIN ")
			if i < 0 {
				return
			}
			start := from + i
			from = start + len("-----BEGIN ")
			for _, label := range labels {
				if strings.HasPrefix(text[from:], label+"-----") {
					from = armourEnd(text, from+len(label)+5, label)
					found(start, from)
					break
				}
			}
		}
	}
}

func armourEnd(text string, from int, label string) int {
	rest := text[from:min(len(text), from+maxKey)]
	last := "-----END " + label + "-----"
	if i := strings.Index(rest, last); i >= 0 {
		return from + i + len(last)
	}
	for i := range len(rest) {
		if b := rest[i]; !isWord(b) && strings.IndexByte("+/=\\ \r\n\t:,.-()", b) < 0 {
			return from + i
		}
	}
	return from + len(rest)
}

// scanPutty finds keys in PuTTY's own format, from its first line to its last, which is the MAC.
func scanPutty(text string, found func(start, end int)) {
	for from := 0; ; {
		i := strings.Index(text[from:], "PuTTY-User-Key-File-")
		if i < 0 {
			return
		}
		start := from + i
		rest := text[start:min(len(text), start+maxKey)]
		end := len(rest)
		if m := strings.Index(rest, "Private-MAC:"); m >= 0 {
			end = m + len("Private-MAC:")
			for end < len(rest) && (rest[end] == ' ' || isHex(rest[end])) {
				end++
			}
		}
		found(start, start+end)
		from = start + end
	}
}

const secretLength = 40

func isSecret(b byte) bool { return isWord(b) || b == '/' || b == '+' }

// scanSecretKeys finds what secret access keys look like: forty letters of base64, of mixed kinds, so that a hash in hexadecimal is none.
func scanSecretKeys(text string, found func(start, end int)) {
	for i := 0; i < len(text); {
		if !isSecret(text[i]) {
			i++
			continue
		}
		start := i
		var upper, lower, digit bool
		for i < len(text) && isSecret(text[i]) {
			b := text[i]
			upper, lower, digit = upper || b >= 'A' && b <= 'Z', lower || b >= 'a' && b <= 'z', digit || isDigit(b)
			i++
		}
		if i-start == secretLength && upper && lower && digit && (i == len(text) || text[i] != '=') {
			found(start, i)
		}
	}
}
