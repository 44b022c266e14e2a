package analysis

import (
	"slices"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/automaton"
)

// land is the set of resources that are looked at, with the patterns of the policies over it.
type land struct {
	m       *automaton.Machine
	formats int // the first patterns are formats of ARNs
	any     automaton.Group
	at      []int // per element: its pattern, or -1 when it matches nothing
	open    []int // the elements of which only the widest reading is there
}

// land lays the elements out over resources of some formats. Without an environment variables are read as any text.
func (p *problem) land(formats []automaton.Pattern, env environment, abstract bool) *land {
	l := &land{formats: len(formats), at: make([]int, len(p.elements))}
	list := slices.Clone(formats)
	for i := range p.elements {
		e := &p.elements[i]
		pattern, ok := e.template.instance(env)
		if abstract {
			pattern, ok = e.template.widest()
			if e.open && ok {
				l.open = append(l.open, i)
			}
		}
		if l.at[i] = -1; ok {
			l.at[i] = len(list)
			list = append(list, pattern)
		}
	}
	l.m = automaton.New(list)
	first := make([]int, l.formats)
	for i := range first {
		first[i] = i
	}
	l.any = l.m.Group(first)
	return l
}

// anyARN are the formats of all ARNs of the world's partitions.
func (p *problem) anyARN() []automaton.Pattern {
	var out []automaton.Pattern
	part := automaton.Run(automaton.Except(':'))
	colon := automaton.Literal(":")
	for _, partition := range p.partitions {
		out = append(out, automaton.Join(automaton.Literal("arn:"+partition+":"), automaton.One(automaton.Except(':')), part, colon, part, colon, part, colon,
			automaton.One(automaton.Any()), automaton.Run(automaton.Any())))
	}
	return out
}

// arnFormats reads formats of the Service Authorization Reference: arn:${Partition}:s3:::${BucketName}/${ObjectName}.
func (p *problem) arnFormats(formats []string) []automaton.Pattern {
	var out []automaton.Pattern
	for _, f := range formats {
		for _, partition := range p.partitions {
			out = append(out, arnFormat(strings.Replace(f, "${Partition}", partition, 1)))
		}
	}
	return out
}

func arnFormat(text string) automaton.Pattern {
	var out automaton.Pattern
	colons := 0
	for {
		before, rest, ok := strings.Cut(text, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return append(out, automaton.Literal(text)...)
		}
		out = append(out, automaton.Literal(before)...)
		colons += strings.Count(before, ":")
		switch {
		case name == "Region" || name == "Account": // empty for some that AWS owns
			out = append(out, automaton.Run(automaton.Except(':'))...)
		case name == "BucketName":
			out = append(out, automaton.Join(automaton.One(automaton.Except(':', '/')), automaton.Run(automaton.Except(':', '/')))...)
		case colons < 5:
			out = append(out, automaton.Join(automaton.One(automaton.Except(':')), automaton.Run(automaton.Except(':')))...)
		default:
			out = append(out, automaton.Join(automaton.One(automaton.Any()), automaton.Run(automaton.Any()))...)
		}
		text = after
	}
}

// reachable leaves out formats of other services than those that the elements of a granting rule name.
func (p *problem) reachable(grant int, formats []string) []string {
	g := &p.list[grant]
	if g.anything || g.not {
		return formats
	}
	var services []string
	for _, e := range g.elements {
		if p.elements[e].service == "" {
			return formats
		}
		services = append(services, p.elements[e].service)
	}
	var out []string
	for _, f := range formats {
		if parts, ok := arn.Split(f); !ok || strings.Contains(parts[2], "$") || slices.Contains(services, parts[2]) {
			out = append(out, f)
		}
	}
	return out
}

// find returns a resource, other than "*", for which the rules that stand make a counterexample.
func (p *problem) find(l *land, grant int, stand set) (string, bool) {
	g := &p.list[grant]
	if g.nothing {
		return "", false
	}
	q := quest{p: p, land: l, grant: grant, stand: stand}
	var patterns []int
	for i := range l.formats {
		patterns = append(patterns, i)
	}
	used := map[int]bool{}
	stand.each(func(i int) {
		for _, e := range p.list[i].elements {
			if at := l.at[e]; at >= 0 && !used[at] {
				used[at] = true
				patterns = append(patterns, at)
			}
		}
	})
	var word string
	found := false
	complete := l.m.Walk(patterns, p.share(), func(s automaton.State, text func() string) automaton.Verdict {
		q.state = s
		switch {
		case q.hopeless():
			return automaton.Prune
		case q.inside() && q.counterexample():
			word, found = text(), true
			return automaton.Stop
		}
		return automaton.GoOn
	})
	if !complete {
		p.spend(0)
	}
	return word, found
}

// unscoped judges the resource "*" of actions without resource types, which only an element of exactly "*" names.
func (p *problem) unscoped(grant int, stand set) bool {
	return p.verdict(grant, stand, func(r *rule) bool {
		return r.anything || !r.nothing && slices.ContainsFunc(r.elements, func(e int) bool { return p.elements[e].star }) != r.not
	})
}

// implies says that element b matches whatever a matches, whatever the variables hold: each variable is taken as one character of its
// own, which wildcards for any number of any characters match and nothing else.
func (p *problem) implies(a, b int) bool {
	if a == b {
		return true
	}
	known, ok := p.implied[[2]int{a, b}]
	if !ok {
		known = p.implication(a, b)
		p.implied[[2]int{a, b}] = known
	}
	return known
}

func (p *problem) implication(a, b int) bool {
	sign := map[string]rune{}
	abstract := func(v *variable) (automaton.Pattern, bool) {
		if sign[v.id()] == 0 {
			sign[v.id()] = rune(0xE000 + len(sign))
		}
		return automaton.Literal(string(sign[v.id()])), true
	}
	narrow, ok := p.elements[a].template.pattern(abstract)
	wide, ok2 := p.elements[b].template.pattern(abstract)
	if !ok || !ok2 {
		return !ok
	}
	for i := range wide {
		if s := &wide[i]; s.Set.Not && (!s.Loop || len(s.Set.Runes) > 0) {
			for _, r := range sign {
				s.Set = s.Set.Without(r)
			}
		}
	}
	covered := true
	complete := automaton.New([]automaton.Pattern{narrow, wide}).Walk([]int{0, 1}, p.share(), func(s automaton.State, _ func() string) automaton.Verdict {
		switch {
		case !s.Alive(0):
			return automaton.Prune
		case s.Matches(0) && !s.Matches(1):
			covered = false
			return automaton.Stop
		}
		return automaton.GoOn
	})
	return covered && complete
}
