package regex

import (
	"strings"
	"testing"
)

// TestSize: what is repeated counts as often, and the expressions of one compiler count together.
func TestSize(t *testing.T) {
	for _, text := range []string{"", "a", `^\d+ (?<x>[a-z]*)$`, "[0-9a-f]{32}", strings.Repeat("a", MaxSize), "(ab|cd){100,}"} {
		if re, err := new(Compiler).Compile(text); err != nil || re.String() != text {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	for _, text := range []string{".{0,1000}.{0,1000}", "(.{33}){30}", "(?:a{500}){2}", ".{999,}.{999,}", "[a", strings.Repeat("a", MaxSize+1)} {
		if _, err := new(Compiler).Compile(text); err == nil {
			t.Errorf("%.40s is compiled", text)
		}
	}
	c := &Compiler{}
	for i := range 3 {
		if _, err := c.Compile("a{400}"); (err == nil) != (i < 2) {
			t.Errorf("expression %d: %v", i, err)
		}
	}
}
