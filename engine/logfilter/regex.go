package logfilter

import (
	"regexp"
	"strings"
)

// regex reads an expression between percent signs. A percent sign within is written \%.
func (p *Pattern) regex(text string) (*regexp.Regexp, string, error) {
	end := 1
	for ; end < len(text) && text[end] != '%'; end++ {
		if text[end] == '\\' {
			end++
		}
	}
	if end >= len(text) {
		return nil, "", fail("a regular expression has no %% at its end")
	}
	inner := text[1:end]
	if inner == "" {
		return nil, "", fail("a regular expression is empty")
	}
	if i := strings.IndexFunc(inner, func(r rune) bool { return !allowed(r) }); i >= 0 {
		return nil, "", fail("a regular expression may not have %q", []rune(inner[i:])[0])
	}
	re, err := p.compiler.Compile(strings.ReplaceAll(inner, `\%`, "%"))
	if err != nil {
		return nil, "", fail("%v", err)
	}
	p.regexes++
	return re, text[end+1:], nil
}

// allowed reports whether AWS takes the character in a regular expression. User Guide: "Supported regular expressions (regex) syntax".
func allowed(r rune) bool {
	return r < 0x80 && (wordByte(byte(r)) || strings.ContainsRune(":#=@/;,-^$?[]{}|\\*+.% ", r))
}
