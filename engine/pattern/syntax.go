package pattern

import (
	"encoding/json"
	"strings"
)

// syntaxError says what is wrong with JSON in the words that AWS has for the mistakes people make most: single quotes, and bare words.
func syntaxError(text []byte, e *json.SyntaxError) error {
	i := int(e.Offset) - 1
	if i < 0 || i >= len(text) {
		return invalid("%s at %s", e.Error(), at(text, int(e.Offset)))
	}
	if strings.Contains(e.Error(), "object key string") {
		return invalid("Unexpected character ('%c' (code %d)): was expecting double-quote to start field name at %s", text[i], text[i], at(text, i))
	}
	from, to := i, i
	for from > 0 && isLetter(text[from-1]) {
		from--
	}
	for to < len(text) && isLetter(text[to]) {
		to++
	}
	if from < to && (from == 0 || text[from-1] != '"') {
		return invalid("Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at %s", text[from:to], at(text, to))
	}
	return invalid("%s at %s", e.Error(), at(text, int(e.Offset)))
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= '0' && c <= '9'
}
