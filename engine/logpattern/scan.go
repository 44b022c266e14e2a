package logpattern

import (
	"net/netip"
	"strings"
)

// Token is a part of a message or of a pattern.
type Token struct {
	Text string `json:",omitempty"` // of a message's token, and of a static one in a pattern
	Kind string `json:",omitempty"` // of one that varies: Time, IP, UUID, Number, ID, or Token when its form says nothing
	Word bool   `json:",omitempty"` // neither space nor punctuation
}

// Kinds of tokens that vary.
const (
	kindTime   = "Time"
	kindIP     = "IP"
	kindUUID   = "UUID"
	kindNumber = "Number"
	kindID     = "ID"
	kindAny    = "Token"
)

// Bounds of one message: what is behind them is one token that varies.
const (
	maxScanned = 8 << 10 // bytes
	maxTokens  = 300
)

// Scan cuts a message into tokens.
func Scan(message string) []Token {
	rest := ""
	if len(message) > maxScanned {
		message, rest = message[:maxScanned], message[maxScanned:]
	}
	out := make([]Token, 0, 32)
	for at := 0; at < len(message); {
		if len(out) == maxTokens-1 {
			rest = message[at:] + rest
			break
		}
		n, t := next(message[at:])
		out = append(out, t...)
		at += n
	}
	if rest != "" {
		out = append(out, Token{Text: rest, Kind: kindAny, Word: true})
	}
	return out
}

const (
	spaces      = " \t\r\n"
	punctuation = "{}[]()\"'<>,;=|:/&?%!*\\"
)

// next reads the token that a text begins with; a number and its unit are two.
func next(s string) (int, []Token) {
	if n := len(s) - len(strings.TrimLeft(s, spaces)); n > 0 {
		return n, []Token{{Text: " "}}
	}
	if n := timeIn(s); n > 0 {
		return n, []Token{{Text: s[:n], Kind: kindTime, Word: true}}
	}
	if strings.IndexByte(punctuation, s[0]) >= 0 {
		return 1, []Token{{Text: s[:1]}}
	}
	if n := addressIn(s); n > 0 {
		return n, []Token{{Text: s[:n], Kind: kindIP, Word: true}}
	}
	n := strings.IndexAny(s, spaces+punctuation)
	if n < 0 {
		n = len(s)
	}
	word := s[:n]
	if trimmed := strings.TrimRight(word, "."); trimmed != "" && trimmed != word {
		return n, append(classify(trimmed), Token{Text: word[len(trimmed):]})
	}
	return n, classify(word)
}

// classify says what a word is by its form.
func classify(w string) []Token {
	one := func(kind string) []Token { return []Token{{Text: w, Kind: kind, Word: true}} }
	n := numberIn(w)
	unit := w[n:]
	switch {
	case n == len(w):
		return one(kindNumber)
	case n > 0 && len(unit) <= 3 && letters(unit):
		return []Token{{Text: w[:n], Kind: kindNumber, Word: true}, {Text: unit, Word: true}}
	case isUUID(w):
		return one(kindUUID)
	case isID(w):
		return one(kindID)
	}
	return one("")
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func hex(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func letters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// numberIn is the length of the number that a word begins with.
func numberIn(w string) int {
	i := 0
	if w[0] == '-' || w[0] == '+' {
		i++
	}
	start := i
	for i < len(w) && (digit(w[i]) || w[i] == '.' && i > start && i+1 < len(w) && digit(w[i+1])) {
		i++
	}
	if i == start {
		return 0
	}
	return i
}

func isUUID(w string) bool {
	if len(w) != 36 {
		return false
	}
	for i := range 36 {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (w[i] == '-') || !dash && !hex(w[i]) {
			return false
		}
	}
	return true
}

// isID takes long words with digits: hexadecimal ones with one, others with four.
func isID(w string) bool {
	if len(w) < 8 {
		return false
	}
	digits, allHex := 0, true
	for i := range len(w) {
		if digit(w[i]) {
			digits++
		}
		allHex = allHex && (hex(w[i]) || w[i] == '-')
	}
	return digits >= 4 || allHex && digits > 0
}

// addressIn is the length of the IP address that a text begins with.
func addressIn(s string) int {
	if !hex(s[0]) && s[0] != ':' {
		return 0
	}
	n := 0
	for n < len(s) && n < 46 && (hex(s[n]) || s[n] == '.' || s[n] == ':') {
		n++
	}
	word := strings.TrimRight(s[:n], ".:")
	if n < len(s) && (letters(s[n:n+1]) || s[n] == '-' || s[n] == '_') {
		return 0
	}
	if _, err := netip.ParseAddr(word); err == nil {
		return len(word)
	}
	host, _, ok := strings.Cut(word, ":") // with a port behind it
	if ok && strings.Count(host, ".") == 3 {
		if _, err := netip.ParseAddr(host); err == nil {
			return len(host)
		}
	}
	return 0
}
