package analysis

import (
	"fmt"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/automaton"
	"vauban/engine/policy"
)

// role is the part that a statement plays in a problem: is there a request that one grants, none denies, and that none of the old ones
// grants unless one excepts it?
type role uint8

const (
	grants  role = iota // Allow of the policy that is judged
	denies              // Deny of it
	granted             // Allow of what it is compared with
	excepts             // Deny of that
)

// rule is one statement, ready for analysis.
type rule struct {
	role     role
	index    int // in its document
	sid      string
	always   bool // speaks of every request
	actions  actionMatcher
	anything bool // has no Resource element that restricts it
	nothing  bool // has no Resource element and can grant nothing for it
	not      bool // NotResource
	elements []int
	tests    []int
	who      *policy.Document // only the principals; nil when they are all
}

// element is a pattern of Resource or NotResource.
type element struct {
	star     bool // exactly "*"
	template template
	open     bool   // has variables
	service  string // the service of its ARN, when no other can match
}

// add takes a statement into the problem.
func (p *problem) add(s *policy.Statement, index int, r role, version string) error {
	n := rule{role: r, index: index, sid: s.Sid, actions: newActionMatcher(s)}
	variables := version == policy.Version2012
	list := s.Resource
	if s.NotResource != nil {
		list, n.not = s.NotResource, true
	}
	if list == nil {
		n.anything = p.judge.kind == Resource || s.Effect == policy.ExplicitDeny
		n.nothing = !n.anything
	}
	for _, e := range list {
		n.elements = append(n.elements, p.element(e.Text, variables))
	}
	for i := range s.Condition {
		t, err := p.test(&s.Condition[i], variables)
		if err != nil {
			return err
		}
		n.tests = append(n.tests, t)
	}
	if p.judge.kind == Resource || s.Principal != nil || s.NotPrincipal != nil {
		who, err := p.probe(s)
		if err != nil {
			return err
		}
		n.who = who
	}
	p.list = append(p.list, n)
	return nil
}

// probe returns a document that speaks of nothing but the principals of a statement. Probes for equal texts are shared.
func (p *problem) probe(s *policy.Statement) (*policy.Document, error) {
	id := fmt.Sprint(s.Effect, principal(s.Principal), principal(s.NotPrincipal))
	if d := p.probes[id]; d != nil {
		return d, nil
	}
	d, err := document(policy.Version2012, statement{Effect: effect(s.Effect), Principal: principal(s.Principal), NotPrincipal: principal(s.NotPrincipal), Action: "*", Resource: "*"})
	if err == nil {
		p.probes[id] = d
	}
	return d, err
}

func (p *problem) element(text string, variables bool) int {
	id := fmt.Sprint(variables && strings.Contains(text, "${"), text)
	if i, ok := p.elementIDs[id]; ok {
		return i
	}
	e := element{star: text == "*"}
	if e.star {
		e.template = template{parts: []part{{fixed: automaton.Run(automaton.Any())}}}
	} else {
		e.template = resourceTemplate(text, variables)
	}
	e.service = serviceOf(text)
	e.open = len(e.template.variables()) > 0
	i := len(p.elements)
	p.elements = append(p.elements, e)
	p.elementIDs[id] = i
	return i
}

// serviceOf returns the service of an ARN whose first parts have no wildcards.
func serviceOf(text string) string {
	parts, ok := arn.Split(text)
	if !ok || strings.ContainsAny(parts[0]+parts[1]+parts[2], "*?$") {
		return ""
	}
	return parts[2]
}

// reaches asks the concrete engine whether a rule speaks of a principal.
func (p *problem) reaches(r *rule, who *policy.Principal) bool {
	if r.who == nil {
		return true
	}
	req := policy.Request{Principal: *who, Action: "service:Action", Resource: "arn:aws:service:::resource", ResourceAccount: elsewhere}
	want := policy.Allow
	if r.role == denies || r.role == excepts {
		want = policy.ExplicitDeny
	}
	return p.judge.decide(r.who, &req) == want
}
