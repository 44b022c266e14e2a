package glob_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vauban/engine/glob"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "a:b/c", true}, {"?", "", false}, {"?", "a", true}, {"?", "ab", false},
		{"a*", "abc", true}, {"a*", "b", false}, {"*c", "abc", true}, {"*c", "abcd", false}, {"a*c", "ac", true}, {"a*c", "abcbc", true},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"*?*", "", false}, {"*?*", "x", true}, {"**", "anything", true},
		{"?", "é", true}, {"??", "é", false}, {"*??", "€", false}, {"a?b", "a€b", true}, {"*é", "caf\u00e9", true},
		{"Get*", "get", false}, {"\xff", "x", false}, {"a\xffb", "aXb", false},
	} {
		if got := glob.Match(c.pattern, c.text); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

// A run or single wildcard within a segment stops at colons.
func TestSegments(t *testing.T) {
	var b glob.Code
	b = b.Literal("a:")
	b = b.Run(true)
	b = b.Literal("x:")
	b = b.Run(false)
	b = b.Literal("z")
	p := b.Pattern()
	for text, want := range map[string]bool{"a:x:z": true, "a:yx:q:z": true, "a:y:x:z": false, "a:x:": false, "a:xx:zz": true, "a:yy:z": false} {
		if got := p.Match(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	b = nil
	b = b.Run(false)
	b = b.Literal("m")
	b = b.Run(true)
	b = b.Literal("n:")
	b = b.One(true)
	p = b.Pattern()
	for text, want := range map[string]bool{"mn:q": true, "m:mn:q": true, "m:n:q": false, "mm:mxn:q": true, "mn::": false, "mn:": false} {
		if got := p.Match(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestLiteralWildcards(t *testing.T) {
	var b glob.Code
	b = b.Literal("a*")
	b = b.One(false)
	for text, want := range map[string]bool{"a*b": true, "axb": false, "a*": false} {
		if got := b.Match(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestPrefixAndLiteral(t *testing.T) {
	for pattern, want := range map[string]string{"abc": "abc", "abc*": "abc", "a?c": "a", "*": "", "a*b*": "a"} {
		if got := glob.Compile(pattern).Prefix(); got != want {
			t.Errorf("Prefix of %q is %q", pattern, got)
		}
	}
	if s, ok := glob.Compile("abc").Literal(); s != "abc" || !ok {
		t.Errorf("Literal of abc: %q, %v", s, ok)
	}
	if _, ok := glob.Compile("ab*").Literal(); ok {
		t.Error("ab* passes as literal")
	}
	if !glob.Compile("**").All() || glob.Compile("*a").All() {
		t.Error("All is wrong")
	}
	if (glob.Pattern{}).Match("") {
		t.Error("the zero pattern matches")
	}
}

// reference translates a pattern into a regular expression.
func reference(pattern string) *regexp.Regexp {
	q := regexp.QuoteMeta(pattern)
	q = strings.ReplaceAll(q, `\*`, `.*`)
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(q, `\?`, `.`) + `$`)
}

func TestAgainstRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*?é:]{0,12}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[abé:]{0,16}`).Draw(t, "text")
		want := reference(pattern).MatchString(text)
		if got := glob.Match(pattern, text); got != want {
			t.Fatalf("Match(%q, %q) = %v, want %v", pattern, text, got, want)
		}
		upper := strings.Map(func(r rune) rune {
			if 'a' <= r && r <= 'z' {
				return r - 'a' + 'A'
			}
			return r
		}, text)
		if got := glob.Compile(pattern).MatchFold(upper); got != want {
			t.Fatalf("MatchFold(%q, %q) = %v, want %v", pattern, upper, got, want)
		}
	})
}

// The parts of a pattern built with segment wildcards match as the same pattern does when each part is matched alone.
func TestSegmentsAgainstParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching(`[ab*?]{0,6}`), 1, 4).Draw(t, "parts")
		text := rapid.StringMatching(`[ab:]{0,14}`).Draw(t, "text")
		var b glob.Code
		for i, p := range parts {
			if i > 0 {
				b = b.Literal(":")
			}
			for _, c := range p {
				switch c {
				case '*':
					b = b.Run(true)
				case '?':
					b = b.One(true)
				default:
					b = b.Literal(string(c))
				}
			}
		}
		pieces := strings.Split(text, ":")
		want := len(pieces) == len(parts)
		for i := range pieces {
			want = want && reference(parts[i]).MatchString(pieces[i])
		}
		if got := b.Pattern().Match(text); got != want {
			t.Fatalf("%q against %q: %v, want %v", parts, text, got, want)
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*\xff?", "\xfe\xff")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 200 || len(text) > 2000 {
			return
		}
		got := glob.Match(pattern, text)
		//lint:ignore SA1011 the bytes are no UTF-8 on purpose: they are the codes of wildcards
		if pattern == text && !strings.ContainsAny(pattern, "\xfc\xfd\xfe\xff") && !got {
			t.Fatalf("%q does not match itself", pattern)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, pattern := range []string{"arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/*", "arn:aws:s3:*:*:bucket/*/logs/*.gz", strings.Repeat("*a", 20) + "b"} {
		p := glob.Compile(pattern)
		text := "arn:aws:s3:::bucket/2026/logs/" + strings.Repeat("a", 60) + ".gz"
		b.Run(pattern, func(b *testing.B) {
			for b.Loop() {
				p.Match(text)
			}
		})
	}
}

func ExampleCompile() {
	p := glob.Compile("arn:aws:s3:::logs/*.gz")
	fmt.Println(p.Match("arn:aws:s3:::logs/2026/a.gz"), p.Match("arn:aws:s3:::logs/a.txt"))
	// Output: true false
}
