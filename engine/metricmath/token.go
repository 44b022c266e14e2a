package metricmath

import "strings"

// token is a part of a name: letters that begin with a capital, or digits, between other characters. Of a word of several tokens, case counts when it is searched for.
type token struct {
	text string
	fold bool // case does not count
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// tokens cuts a name. User Guide: "CloudWatch search expressions: Tokenization".
func tokens(s string) (out []token) {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r > 0x7f || !isLetter(byte(r)) && !isDigit(byte(r)) }) {
		begin, n := 0, len(out)
		for i := 1; i < len(word); i++ {
			if cut(word, i) {
				out = append(out, token{text: word[begin:i]})
				begin = i
			}
		}
		out = append(out, token{text: word[begin:]})
		if len(out) == n+1 {
			out[n].fold = true
		}
	}
	return out
}

// cut reports whether a token begins at i: a digit after a letter or a letter after a digit, a capital after a small letter, and the last of several capitals before a small letter.
func cut(word string, i int) bool {
	before, c := word[i-1], word[i]
	switch {
	case isDigit(before) != isDigit(c):
		return true
	case isDigit(c):
		return false
	case isUpper(c):
		return !isUpper(before) || i+1 < len(word) && isLetter(word[i+1]) && !isUpper(word[i+1])
	}
	return false
}

// contains reports whether the term's tokens follow each other in the name, or the term is the name but for what is neither letter nor digit.
func contains(name, term string) bool {
	have, want := tokens(name), tokens(term)
	if strings.EqualFold(joined(have), joined(want)) {
		return true
	}
	for i := 0; i+len(want) <= len(have); i++ {
		if follows(have[i:], want) {
			return true
		}
	}
	return false
}

func follows(have, want []token) bool {
	for i, w := range want {
		if have[i].text != w.text && !(w.fold && strings.EqualFold(have[i].text, w.text)) {
			return false
		}
	}
	return true
}

func joined(list []token) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(t.text)
	}
	return b.String()
}
