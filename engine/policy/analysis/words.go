package analysis

import (
	"strings"

	"vauban/engine/automaton"
	"vauban/engine/policy"
)

// words returns one text for each way in which texts fare.
func (p *problem) words(tests []*test, env environment) samples {
	var list []automaton.Pattern
	var all, owner []int
	for n, t := range tests {
		for _, pattern := range textPatterns(t, env) {
			all = append(all, len(list))
			owner = append(owner, n)
			list = append(list, pattern)
		}
	}
	w := newWordFinder()
	complete := automaton.New(list).Walk(all, p.share(), func(s automaton.State, path func() string) automaton.Verdict {
		sign := newSet(len(tests))
		for k, n := range owner {
			if s.Matches(k) {
				sign.add(n)
			}
		}
		w.note(sign, path)
		return automaton.GoOn
	})
	return samples{w.values, complete}
}

// wordFinder keeps a first text of each sign, and one that is not empty.
type wordFinder struct {
	seen   map[string]bool
	values []string
}

func newWordFinder() *wordFinder { return &wordFinder{seen: map[string]bool{}} }

func (w *wordFinder) note(sign set, path func() string) {
	k := sign.key()
	if w.seen[k] {
		return
	}
	if text := path(); text == "" {
		w.values = append(w.values, text)
	} else {
		w.seen[k] = true
		w.values = append(w.values, text)
	}
}

// textPatterns returns what the values of a test on texts match.
func textPatterns(t *test, env environment) []automaton.Pattern {
	var out []automaton.Pattern
	for _, v := range t.cond.Values {
		if p, ok := textPattern(t, v.Text, env); ok {
			out = append(out, p)
		}
	}
	return out
}

func textPattern(t *test, value string, env environment) (automaton.Pattern, bool) {
	op := t.cond.Operator.Comparison
	read := automaton.Literal
	if op == policy.StringLike || op == policy.ARNLike {
		read = wildcards
	}
	if op == policy.ARNLike && value == "*" {
		value = "*:*:*:*:*:*"
	}
	tpl := template{parts: []part{{fixed: read(value)}}}
	if t.variables && strings.Contains(value, "${") {
		tpl = parseTemplate(value, read)
	}
	p, ok := tpl.instance(env)
	if !ok {
		return nil, false
	}
	switch op {
	case policy.StringEqualsIgnoreCase:
		return foldCase(p), true
	case policy.Bool:
		return truth(p)
	case policy.ARNLike:
		return arnParts(p)
	}
	return p, true
}

// truth is "true" or "false" in any case, as the literal says.
func truth(p automaton.Pattern) (automaton.Pattern, bool) {
	for _, word := range []string{"true", "false"} {
		w := foldCase(automaton.Literal(word))
		if len(w) == len(p) && w.Match(spell(p)) {
			return w, true
		}
	}
	return nil, false
}

// spell is the text of a pattern of literals.
func spell(p automaton.Pattern) string {
	var out []rune
	for _, s := range p {
		if s.Set.Not || s.Loop {
			return ""
		}
		out = append(out, s.Set.Runes[0])
	}
	return string(out)
}
