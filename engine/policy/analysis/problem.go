package analysis

import (
	"slices"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/automaton"
	"vauban/engine/policy"
)

// problem is one question: is there a request that a rule of role grants speaks of, that no rule of role denies speaks of, and that no
// rule of role granted speaks of unless one of role excepts does?
type problem struct {
	judge      judge
	world      *World
	services   []string // in lower case; nil means all
	partitions []string
	budget     *automaton.Budget

	list       []rule
	roles      [4]set
	tests      []test
	testIDs    map[string]int
	elements   []element
	elementIDs map[string]int
	probes     map[string]*policy.Document
	named      named
	open       bool // some text has variables
	implied    map[[2]int]bool
	doubts     []string

	// confirm asks the concrete engine whether a request is what is looked for.
	confirm func(req *policy.Request) bool
}

// part of a problem: a document whose statements take the two roles.
type source struct {
	doc         *policy.Document
	allow, deny role
}

func newProblem(k Kind, o *Options, sources ...source) (*problem, error) {
	j, err := newJudge(k)
	if err != nil {
		return nil, err
	}
	p := &problem{judge: j, world: o.World, budget: o.budget(),
		testIDs: map[string]int{}, elementIDs: map[string]int{}, implied: map[[2]int]bool{}, probes: map[string]*policy.Document{}}
	for _, s := range o.Services {
		p.services = append(p.services, strings.ToLower(s))
	}
	for _, src := range sources {
		for i := range src.doc.Statements {
			s := &src.doc.Statements[i]
			r := src.allow
			if s.Effect == policy.ExplicitDeny {
				r = src.deny
			}
			if err := p.add(s, i, r, src.doc.Version); err != nil {
				return nil, err
			}
			p.named.add(s.Principal)
			p.named.add(s.NotPrincipal)
			p.partition(s)
		}
	}
	if len(p.partitions) == 0 {
		p.partitions = []string{"aws"}
	}
	return p, nil
}

// always adds a rule that speaks of every request.
func (p *problem) always(r role) {
	p.list = append(p.list, rule{role: r, always: true, anything: true, actions: actionMatcher{all: true}})
}

// seal works out what depends on all rules.
func (p *problem) seal() {
	for r := range p.roles {
		p.roles[r] = newSet(len(p.list))
	}
	for i := range p.list {
		p.roles[p.list[i].role].add(i)
		for _, t := range p.list[i].tests {
			p.tests[t].rules = append(p.tests[t].rules, i)
		}
	}
	for i := range p.elements {
		p.open = p.open || p.elements[i].open
	}
	for i := range p.tests {
		p.open = p.open || p.tests[i].open
	}
}

// partition collects the partitions that policies name: the world is made of these.
func (p *problem) partition(s *policy.Statement) {
	add := func(text string) {
		parts, ok := arn.Split(text)
		if ok && parts[0] == "arn" && parts[1] != "" && !strings.ContainsAny(parts[1], "*?$") && !slices.Contains(p.partitions, parts[1]) {
			p.partitions = append(p.partitions, parts[1])
		}
	}
	for _, list := range [][]policy.Element{s.Resource, s.NotResource} {
		for _, e := range list {
			add(e.Text)
		}
	}
	for _, list := range [][]policy.PrincipalElement{s.Principal, s.NotPrincipal} {
		for _, e := range list {
			add(e.Text)
		}
	}
	for i := range s.Condition {
		for _, v := range s.Condition[i].Values {
			add(v.Text)
		}
	}
}

// doubt notes why what is found to be absent may exist after all.
func (p *problem) doubt(why string) {
	if !slices.Contains(p.doubts, why) {
		p.doubts = append(p.doubts, why)
	}
}

// spend takes work from the bound and reports whether something is left; if not, that is a doubt.
func (p *problem) spend(n int) bool {
	if p.budget.Spend(n) {
		return true
	}
	p.doubt("the policies take more work to compare than the bound allows")
	return false
}

// share is the budget for one walk.
func (p *problem) share() *automaton.Budget { return p.budget }
