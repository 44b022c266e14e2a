package sms

// escape begins a character of the extension table: two septets for one character.
const escape = 0x1b

// basic is the default alphabet in the order of its codes. The escape stands for itself at 0x1b.
const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// extension holds the characters behind the escape.
func extension(r rune) byte {
	switch r {
	case '\f':
		return 0x0a
	case '^':
		return 0x14
	case '{':
		return 0x28
	case '}':
		return 0x29
	case '\\':
		return 0x2f
	case '[':
		return 0x3c
	case '~':
		return 0x3d
	case ']':
		return 0x3e
	case '|':
		return 0x40
	case '€':
		return 0x65
	}
	return 0
}

// septets appends a character in the default alphabet, one septet an octet.
func septets(out []byte, r rune, codes map[rune]byte) ([]byte, bool) {
	if c, ok := codes[r]; ok {
		return append(out, c), true
	}
	if c := extension(r); c != 0 {
		return append(out, escape, c), true
	}
	return out, false
}

// codes are the codes of the default alphabet.
func codes() map[rune]byte {
	out := make(map[rune]byte, 127)
	n := byte(0)
	for _, r := range basic {
		if r != escape {
			out[r] = n
		}
		n++
	}
	return out
}

// decode7 reads septets, one an octet. A phone shows a code that the extension table lacks as the one of the default alphabet.
func decode7(data []byte) (string, bool) {
	alphabet := []rune(basic)
	extended := map[byte]rune{}
	for _, r := range "\f^{}\\[~]|€" {
		extended[extension(r)] = r
	}
	var out []rune
	for i := 0; i < len(data); i++ {
		c := data[i]
		if c > 0x7f {
			return "", false
		}
		if c != escape {
			out = append(out, alphabet[c])
			continue
		}
		if i++; i == len(data) {
			return "", false
		}
		if r, ok := extended[data[i]]; ok {
			out = append(out, r)
		} else if data[i] > 0x7f {
			return "", false
		} else if data[i] == escape {
			out = append(out, ' ')
		} else {
			out = append(out, alphabet[data[i]])
		}
	}
	return string(out), true
}
