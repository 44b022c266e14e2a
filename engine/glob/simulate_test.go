package glob

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// oracle says whether code matches all of s, by the definition of each wildcard.
func oracle(code, s string) bool {
	type place struct{ p, i int }
	known := map[place]bool{}
	var from func(p, i int) bool
	from = func(p, i int) bool {
		if p == len(code) {
			return i == len(s)
		}
		at := place{p, i}
		if answer, ok := known[at]; ok {
			return answer
		}
		c, end := code[p], i == len(s)
		answer := false
		switch c {
		case anyRun, segRun:
			answer = from(p+1, i) || !end && (c == anyRun || s[i] != ':') && from(p, i+width(s[i:]))
		case anyOne, segOne:
			answer = !end && (c == anyOne || s[i] != ':') && from(p+1, i+width(s[i:]))
		case nothing:
		default:
			answer = !end && s[i] == c && from(p+1, i+1)
		}
		known[at] = answer
		return answer
	}
	return from(0, 0)
}

// codes draws patterns, also such as no policy compiles to: wildcards of both kinds in any order.
func codes(longest int) *rapid.Generator[Code] {
	piece := rapid.Custom(func(t *rapid.T) Code {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0, 1:
			return Code(nil).Run(false)
		case 2:
			return Code(nil).Run(true)
		case 3:
			return Code(nil).One(false)
		case 4:
			return Code(nil).One(true)
		}
		return Code(nil).Literal(rapid.SampledFrom([]string{"a", "a", "a", "b", ":", "é", "€", "aa", "aaaaaaaa"}).Draw(t, "literal"))
	})
	return rapid.Custom(func(t *rapid.T) Code {
		return Code(strings.Join(strs(rapid.SliceOfN(piece, 0, longest).Draw(t, "code")), ""))
	})
}

func strs(list []Code) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = string(c)
	}
	return out
}

// texts draws texts, some of which are not UTF-8.
func texts(longest int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		letters := rapid.SampledFrom([]string{"a", "a", "a", "a", "b", ":", "é", "€", "𝄞", "\xc3", "\xa9", "\xff"})
		return strings.Join(rapid.SliceOfN(letters, 0, longest).Draw(t, "text"), "")
	})
}

// near draws a text that code matches or nearly matches.
func near(t *rapid.T, code Code) string {
	var s strings.Builder
	for _, c := range []byte(code) {
		switch c {
		case anyRun:
			s.WriteString(texts(20).Draw(t, "run"))
		case segRun:
			s.WriteString(strings.ReplaceAll(texts(8).Draw(t, "run"), ":", ""))
		case anyOne:
			s.WriteString(rapid.SampledFrom([]string{"a", "b", ":", "é"}).Draw(t, "one"))
		case segOne:
			s.WriteString(rapid.SampledFrom([]string{"a", "b", "€"}).Draw(t, "one"))
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}

func checkAll(t interface {
	Helper()
	Fatalf(string, ...any)
}, code Code, s string) {
	t.Helper()
	want := oracle(string(code), s)
	if got := simulate(string(code), s); got != want {
		t.Fatalf("simulate(%q, %q) = %v", code, s, got)
	}
	if got, sure := walk(string(code), s); sure && got != want || got && !want {
		t.Fatalf("walk(%q, %q) = %v", code, s, got)
	}
	if got := code.Match(s); got != want {
		t.Fatalf("Code(%q).Match(%q) = %v", code, s, got)
	}
	p := code.Pattern()
	if got := p.Match(s); got != want {
		t.Fatalf("Pattern(%q).Match(%q) = %v", code, s, got)
	}
	if !utf8.ValidString(s) {
		return
	}
	if got := p.MatchFold(strings.Map(upper, s)); got != oracle(string(code), strings.Map(lower, s)) {
		t.Fatalf("Pattern(%q).MatchFold(upper %q) = %v", code, s, got)
	}
}

func upper(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}

// Both ways of matching are what the definition of the wildcards says, for patterns of any mixture and texts of any bytes.
func TestAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkAll(t, codes(12).Draw(t, "code"), texts(20).Draw(t, "text")) })
	rapid.Check(t, func(t *rapid.T) {
		code := codes(12).Draw(t, "code")
		checkAll(t, code, near(t, code))
	})
}

// The same for patterns of several windows and texts whose bitmaps have several words.
func TestLongAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := codes(150).Draw(t, "code")
		checkAll(t, code, near(t, code))
		checkAll(t, code, texts(300).Draw(t, "text"))
	})
}

// A text whose bitmaps do not fit on the stack.
func TestVeryLongText(t *testing.T) {
	for n := 64*onStack - 3; n < 64*onStack+3; n++ {
		text := strings.Repeat("a", n)
		for pattern, want := range map[string]bool{
			"*" + strings.Repeat("?", 200) + "b":                        false,
			"*" + strings.Repeat("a?", 100) + "a":                       true,
			strings.Repeat("?", n):                                      true,
			"*" + strings.Repeat("?", n):                                true,
			"*" + strings.Repeat("?", n+1):                              false,
			"?*" + strings.Repeat("a", 64) + "?b*":                      false,
			strings.Repeat("*?", 64) + "b" + strings.Repeat("a", n/2-9): false,
		} {
			if got := Match(pattern, text); got != want {
				t.Errorf("%d characters against %.20q…: %v", n, pattern, got)
			}
			if got := simulate(string(Compile(pattern).code), text); got != want {
				t.Errorf("simulated, %d characters against %.20q…: %v", n, pattern, got)
			}
		}
	}
}

// FuzzAgainstOracle reads wildcards from the pattern's characters: * and ? of any character, + and . within a segment.
func FuzzAgainstOracle(f *testing.F) {
	f.Add("a+b?:*c.", "axb:::cc")
	f.Add("?+:a*:b", "::a:b")
	f.Add("*"+strings.Repeat("a?", 70)+"b", strings.Repeat("aé", 99))
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 300 || len(text) > 1000 {
			return
		}
		var c Code
		for _, r := range pattern {
			switch r {
			case '*', '+':
				c = c.Run(r == '+')
			case '?', '.':
				c = c.One(r == '.')
			default:
				c = c.Literal(strings.ToLower(string(r)))
			}
		}
		checkAll(t, c, text)
	})
}
