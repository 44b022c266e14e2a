package main

import (
	"fmt"
	"strings"
	"unicode"
)

// names hands out the package-level identifiers of one generated package.
type names struct{ taken map[string]bool }

func newNames() *names {
	return &names{taken: map[string]bool{"API": true, "shapes": true, "operations": true}}
}

// claim returns want, or want with the suffix (and a number, should that be taken too) when want belongs to something else.
func (n *names) claim(want, suffix string) string {
	name := want
	for i := 1; n.taken[name]; i++ {
		name = want + suffix
		if i > 1 {
			name = fmt.Sprintf("%s%s%d", want, suffix, i) // keys2, onUserOr2
		}
	}
	n.taken[name] = true
	return name
}

// exported capitalises a model name: "userName" and "__userName" become "UserName".
func exported(s string) string {
	s = strings.TrimLeft(s, "_")
	if s == "" {
		return "X"
	}
	if s[0] >= '0' && s[0] <= '9' {
		return "N" + s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// enumWord makes an identifier part of an enum value: "aws:kms" is AwsKms, "GENERATE_VERIFY_MAC" is GenerateVerifyMac, "t2.micro" is T2Micro.
// It is empty for a value without letters and digits.
func enumWord(value string) string {
	shout := value == strings.ToUpper(value)
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		if shout {
			word = strings.ToLower(word)
		}
		if b.Len() > 0 && isDigit(word[0]) && isDigit(b.String()[b.Len()-1]) {
			b.WriteByte('_') // 1.2 and 12 stay apart
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
