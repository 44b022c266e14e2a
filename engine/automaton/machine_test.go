package automaton_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vauban/engine/automaton"
)

// glob reads * and ? for tests.
func glob(text string) automaton.Pattern {
	var p automaton.Pattern
	for _, r := range text {
		switch r {
		case '*':
			p = append(p, automaton.Run(automaton.Any())...)
		case '?':
			p = append(p, automaton.One(automaton.Any())...)
		default:
			p = append(p, automaton.Literal(string(r))...)
		}
	}
	return p
}

// find returns the shortest text that all of want and none of not match.
func find(t *testing.T, want, not []string) (string, bool) {
	t.Helper()
	var list []automaton.Pattern
	var all []int
	for _, g := range slices.Concat(want, not) {
		all = append(all, len(list))
		list = append(list, glob(g))
	}
	found, text := false, ""
	complete := automaton.New(list).Walk(all, &automaton.Budget{Left: 1 << 20}, func(s automaton.State, path func() string) automaton.Verdict {
		for k := range list {
			if s.Matches(k) != (k < len(want)) {
				return automaton.GoOn
			}
		}
		found, text = true, path()
		return automaton.Stop
	})
	if !complete {
		t.Fatal("the budget ended")
	}
	return text, found
}

func TestDifference(t *testing.T) {
	for _, c := range []struct {
		want, not []string
		text      string
		found     bool
	}{
		{[]string{"a*"}, []string{"*"}, "", false},
		{[]string{"*"}, []string{"a*"}, "", true},
		{[]string{"a*"}, []string{"a", "ab*"}, "ax", true},
		{[]string{"a?c"}, []string{"abc", "axc"}, "ayc", true},
		{[]string{"*b*", "a*"}, nil, "ab", true},
		{[]string{"ab", "a?"}, nil, "ab", true},
		{[]string{"ab", "b*"}, nil, "", false},
		{[]string{"a*b*c"}, []string{"a*c"}, "", false},
		{[]string{"a*c"}, []string{"a*b*c"}, "ac", true},
		{[]string{strings.Repeat("*a", 20)}, []string{"*a"}, "", false},
		{[]string{strings.Repeat("x", 200) + "*"}, []string{strings.Repeat("x", 199) + "*"}, "", false},
		{[]string{"é*"}, []string{"é", "é?"}, "éxx", true},
	} {
		text, found := find(t, c.want, c.not)
		if found != c.found || text != c.text {
			t.Errorf("in %q, not in %q: %q %v, want %q %v", c.want, c.not, text, found, c.text, c.found)
		}
	}
}

func TestBudgetEnds(t *testing.T) {
	var list []automaton.Pattern
	var all []int
	for i := range 12 { // the k-th letter from the end: 2^k states
		all = append(all, i)
		list = append(list, glob("*a"+strings.Repeat("?", i)))
	}
	complete := automaton.New(list).Walk(all, &automaton.Budget{Left: 100}, func(automaton.State, func() string) automaton.Verdict { return automaton.GoOn })
	if complete {
		t.Error("a walk over 2^12 states is complete after 100 steps")
	}
}

// TestWalkFindsWhatTextsReach: every text leads to a state that the walk visits, and the text that it gives for a state leads there.
func TestWalkFindsWhatTextsReach(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "b", "*", "?", "ab", ":"})
	rapid.Check(t, func(t *rapid.T) {
		var list []automaton.Pattern
		var all []int
		for i, g := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), "")
		}), 1, 4).Draw(t, "globs") {
			all = append(all, i)
			list = append(list, glob(g))
		}
		signature := func(text string) string {
			var b strings.Builder
			for _, p := range list {
				if p.Match(text) {
					b.WriteByte('1')
				} else {
					b.WriteByte('0')
				}
			}
			return b.String()
		}
		seen := map[string]bool{}
		automaton.New(list).Walk(all, &automaton.Budget{Left: 1 << 20}, func(s automaton.State, text func() string) automaton.Verdict {
			var b strings.Builder
			for k := range list {
				if s.Matches(k) {
					b.WriteByte('1')
				} else {
					b.WriteByte('0')
				}
				if s.MatchesAll(k) && !list[k].Match(text()+"zz:a") {
					t.Fatalf("MatchesAll after %q", text())
				}
				if s.Matches(k) && !s.Alive(k) {
					t.Fatalf("matched but not alive after %q", text())
				}
			}
			if got := signature(text()); got != b.String() {
				t.Fatalf("%q leads to %s, the walk says %s", text(), got, b.String())
			}
			seen[b.String()] = true
			return automaton.GoOn
		})
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab:c")), 0, 8, -1).Draw(t, "text")
		if !seen[signature(text)] {
			t.Fatalf("%q matches as %s, which the walk never saw", text, signature(text))
		}
	})
}

func TestSets(t *testing.T) {
	s := automaton.Any().Without(':')
	if s.Has(':') || !s.Has('a') {
		t.Error("any character but a colon")
	}
	if s = automaton.Of('a', ':').Without(':'); s.Has(':') || !s.Has('a') {
		t.Error("a and colon, less the colon")
	}
	if s = automaton.Of('a').Without(':'); !s.Has('a') || s.Not {
		t.Error("a, less a colon")
	}
}
