package analysis

import (
	"fmt"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/automaton"
	"vauban/engine/policy"
)

// caller is a principal that may ask, with the condition keys that follow from it.
type caller struct {
	who   policy.Principal
	facts []fact
	reach set // the rules that speak of it and whose tests on these keys hold
}

// value gives the caller's own keys to variables.
func (c *caller) value(key string) (string, bool) {
	for i := range c.facts {
		if f := &c.facts[i]; len(f.values) > 0 && strings.EqualFold(f.key, key) {
			return f.values[0], true
		}
	}
	return "", false
}

const (
	mostCallers  = 4000
	mostVariants = 64
)

// callers returns principals such that whoever asks fares as one of them.
func (p *problem) callers() []caller {
	var out []caller
	for _, a := range p.identities() {
		out = append(out, p.variants(a)...)
	}
	if p.judge.kind == Resource {
		out = append(out, p.outsiders()...)
	}
	if len(out) > mostCallers {
		p.doubt("the policies name more principals than are tried in combination")
		out = out[:mostCallers]
	}
	return p.different(out)
}

// identities returns the ARNs of users, roles, root and federated users that the policies tell apart, each with its kind.
func (p *problem) identities() []string {
	var list []automaton.Pattern
	var all []int
	add := func(q automaton.Pattern) {
		all = append(all, len(list))
		list = append(list, q)
	}
	shapes := p.shapes()
	for _, s := range shapes {
		add(s)
	}
	for _, a := range p.named.arns {
		add(automaton.Literal(a))
	}
	for _, s := range p.named.sessions {
		if a, err := arn.Parse(s); err == nil {
			role, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "assumed-role/"), "/")
			lead := automaton.Literal("arn:" + a.Partition + ":iam::" + a.Account + ":role/")
			add(automaton.Join(lead, automaton.Literal(role)))
			add(automaton.Join(lead, automaton.Run(automaton.Any()), automaton.Literal("/"+role)))
		}
	}
	for _, a := range p.named.accounts {
		add(automaton.Join(automaton.Literal("arn:"), automaton.Run(automaton.Except(':')), automaton.Literal(":"), automaton.Run(automaton.Except(':')), automaton.Literal("::"+a+":"), automaton.Run(automaton.Any())))
	}
	for i := range p.tests {
		for _, q := range onARN(&p.tests[i]) {
			add(q)
		}
	}
	seen := map[string]bool{}
	var out []string
	complete := automaton.New(list).Walk(all, p.share(), func(s automaton.State, text func() string) automaton.Verdict {
		sign := newSet(len(list))
		alive := false
		for k := range list {
			alive = alive || k < len(shapes) && s.Alive(k)
			if s.Matches(k) {
				sign.add(k)
			}
		}
		if !alive {
			return automaton.Prune
		}
		if k := sign.key(); !seen[k] {
			seen[k] = true
			for i := range shapes {
				if s.Matches(i) {
					out = append(out, text())
					break
				}
			}
		}
		return automaton.GoOn
	})
	if !complete {
		p.doubt("the patterns for principals are too intricate")
	}
	return out
}

// shapes are the forms of the ARNs of identities; for identity policies those of users and roles.
func (p *problem) shapes() []automaton.Pattern {
	digit := automaton.One(automaton.Of([]rune("1234567890")...))
	var account automaton.Pattern
	for range 12 {
		account = append(account, digit...)
	}
	name := automaton.Join(automaton.One(automaton.Except(':', '*', '?', '/', '$')), automaton.Run(automaton.Except(':', '*', '?', '$')))
	var out []automaton.Pattern
	for _, partition := range p.partitions {
		iam, sts := automaton.Literal("arn:"+partition+":iam::"), automaton.Literal("arn:"+partition+":sts::")
		out = append(out,
			automaton.Join(iam, account, automaton.Literal(":user/"), name),
			automaton.Join(iam, account, automaton.Literal(":role/"), name))
		if p.judge.kind == Resource {
			out = append(out, automaton.Join(iam, account, automaton.Literal(":root")), automaton.Join(sts, account, automaton.Literal(":federated-user/"), name))
		}
	}
	return out
}

// onARN turns the tests on keys that follow from a principal's ARN into patterns for that ARN.
func onARN(t *test) []automaton.Pattern {
	if t.open || familyOf(t.cond.Operator.Comparison) != ofText {
		return nil
	}
	before := automaton.Join(automaton.Literal("arn:"), automaton.Run(automaton.Except(':')), automaton.Literal(":"), automaton.Run(automaton.Except(':')), automaton.Literal("::"))
	var out []automaton.Pattern
	for _, q := range textPatterns(t, nobody) {
		switch t.key {
		case "aws:principalarn":
			out = append(out, q)
		case "aws:principalaccount":
			out = append(out, automaton.Join(before, within(q, ':'), automaton.Literal(":"), automaton.Run(automaton.Any())))
		case "aws:username":
			lead := automaton.Join(before, automaton.Run(automaton.Except(':')), automaton.Literal(":user/"))
			out = append(out, automaton.Join(lead, within(q, '/')), automaton.Join(lead, automaton.Run(automaton.Any()), automaton.Literal("/"), within(q, '/')))
		}
	}
	return out
}

// different leaves out callers that fare in everything as one before them.
func (p *problem) different(list []caller) []caller {
	var tests []*test
	for i := range p.tests {
		if t := &p.tests[i]; ofCaller(t.key) && !t.open {
			tests = append(tests, t)
		}
	}
	asked := p.ofCallerAsked()
	seen := map[string]bool{}
	out := list[:0]
	for _, c := range list {
		if !p.spend(len(p.list) + len(tests)) {
			return nil
		}
		c.reach = newSet(len(p.list))
		for i := range p.list {
			if p.reaches(&p.list[i], &c.who) {
				c.reach.add(i)
			}
		}
		c.reach = c.reach.minus(p.kills(tests, c.facts, nobody))
		k := c.reach.key() + sortOf(&c.who)
		for _, key := range asked {
			value, ok := c.value(key)
			k += fmt.Sprintf("%q%v", value, ok)
		}
		if !c.reach.intersect(p.roles[grants]).empty() && !seen[k] {
			seen[k] = true
			out = append(out, c)
		}
	}
	return out
}

// ofCallerAsked returns the caller's keys that variables ask for, or that are compared with variables.
func (p *problem) ofCallerAsked() []string {
	keys := map[string]bool{}
	for i := range p.elements {
		for _, v := range p.elements[i].template.variables() {
			keys[v.key] = true
		}
	}
	for i := range p.tests {
		if t := &p.tests[i]; t.open {
			keys[t.key] = true
			for _, k := range t.asks {
				keys[k] = true
			}
		}
	}
	for k := range keys {
		if !ofCaller(k) {
			delete(keys, k)
		}
	}
	return sortedKeys(keys)
}

// sortOf tells callers apart that can use different actions or have different keys.
func sortOf(who *policy.Principal) string {
	switch who.Kind {
	case policy.Anonymous, policy.Service, policy.WebIdentity, policy.SAML:
		return string(rune('0' + who.Kind))
	}
	return ""
}
