package glob_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"vauban/engine/glob"
)

// hostile patterns grow with the text: half as long.
var hostile = map[string]func(n int) (pattern, text string){
	"literal":      func(n int) (string, string) { return "*" + repeat("a", n/2) + "b*", repeat("a", n) },
	"literal-tail": func(n int) (string, string) { return "*" + repeat("a", n/2) + "b", repeat("a", n) },
	"stars":        func(n int) (string, string) { return repeat("*a", n/4) + "*b*", repeat("a", n) },
	"singles":      func(n int) (string, string) { return "*" + repeat("?", n/2) + "b*", repeat("a", n) },
	"mixed":        func(n int) (string, string) { return "*" + repeat("a?", n/4) + "b*", repeat("a", n) },
	"short":        func(n int) (string, string) { return "*aaaa?aaaa?aaaa?b*", repeat("a", n) },
	"wide":         func(n int) (string, string) { return "*" + repeat("?", n/6) + "b*", repeat("é", n/2) },
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }

// naive is what this package did before: where the texts differ, the last run grows by one character.
func naive(pattern, s string) bool {
	p, i, run, runAt := 0, 0, -1, 0
	for i < len(s) || p < len(pattern) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			run, runAt = p, i
			p++
		case p < len(pattern) && i < len(s) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case run >= 0 && runAt < len(s):
			runAt++
			p, i = run+1, runAt
		default:
			return false
		}
	}
	return true
}

// Hostile patterns, in nanoseconds a byte of text: with linear matching they do not grow with the text, or, where ? is in the
// pattern, by what the pattern has more 64 characters. Beside it the same as a regular expression, and by trying every place.
func BenchmarkHostile(b *testing.B) {
	for _, name := range []string{"literal", "literal-tail", "stars", "singles", "mixed", "short", "wide"} {
		for _, n := range []int{250, 500, 1000, 2000, 4000} {
			pattern, text := hostile[name](n)
			p := glob.Compile(pattern)
			perByte := func(who string, match func() bool) {
				b.Run(fmt.Sprintf("%s/%d/%s", name, n, who), func(b *testing.B) {
					if match() {
						b.Fatal("matches")
					}
					b.ReportAllocs()
					for b.Loop() {
						match()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(text)), "ns/byte")
				})
			}
			perByte("glob", func() bool { return p.Match(text) })
			perByte("naive", func() bool { return naive(pattern, text) })
			quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
			if r, err := regexp.Compile(`(?s)^` + quoted + `$`); err == nil {
				perByte("regexp", func() bool { return r.MatchString(text) })
			}
		}
	}
}

// Hostile patterns match too.
func TestHostile(t *testing.T) {
	for name, f := range hostile {
		for _, n := range []int{60, 250, 4000} {
			pattern, text := f(n)
			for text, want := range map[string]bool{text: false, text + "b": true} {
				p := glob.Compile(pattern)
				if got := p.Match(text); got != want {
					t.Errorf("%s, %d: %v", name, n, got)
				}
				if got := p.MatchFold(strings.ToUpper(text)); name != "wide" && got != want {
					t.Errorf("%s, %d, folded: %v", name, n, got)
				}
				if allocs := testing.AllocsPerRun(2, func() { p.Match(text) }); len(text) < 4000 && allocs != 0 {
					t.Errorf("%s, %d: %v allocations", name, n, allocs)
				}
			}
		}
	}
}
