package escalation

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vauban/engine/policy"
)

// node is a principal in somebody's hands, as it is or after steps that changed what it may do. Of joined groups, swapped versions and
// shed policies it keeps one each.
type node struct {
	who     int
	raised  bool // a policy that allows everything was added
	unbound bool // its permissions boundary is gone
	mfa     bool // its own person uses it, with the MFA device
	group   int  // joined, plus one
	swapped int  // policy of which another version counts, plus one
	version int  // index among the others
	shed    int  // policy that is gone, plus one
}

// standing is what counts for a node.
type standing struct {
	policies policy.Policies
	identity []holding     // of policies.Identity; policy -1 for what cannot be taken away
	layers   policy.Layers // policies, compiled
}

// change takes one statement away, or a whole policy from one holder (statement -1).
type change struct {
	policy    int
	statement int
	holder    string // of a policy that is taken away
}

// view is the world after some changes. The base view has none.
type view struct {
	*index
	base      *view // nil for the base itself
	gone      map[change]bool
	docs      map[int]*policy.Document
	standings map[node]*standing
	edges     map[outKey]*ways
	growths   map[growKey][]edge
	admins    map[node]bool
	trust     map[int]compiledTrust
	rests     map[restKey]*rest
	passed    map[targetKey]answer
	taken     map[takeKey]answer
	growers   map[node]bool
	proven    map[node][]Proof
	record    *[]Question // where questions are noted for people; nil else
}

func newView(x *index, base *view, gone []change) *view {
	v := &view{index: x, base: base, gone: map[change]bool{}, docs: map[int]*policy.Document{}, standings: map[node]*standing{}, edges: map[outKey]*ways{},
		growths: map[growKey][]edge{}, admins: map[node]bool{}, trust: map[int]compiledTrust{},
		rests: map[restKey]*rest{}, passed: map[targetKey]answer{}, taken: map[takeKey]answer{}, growers: map[node]bool{}, proven: map[node][]Proof{}}
	statements := map[int][]int{}
	for _, c := range gone {
		v.gone[c] = true
		switch {
		case c.statement >= 0:
			statements[c.policy] = append(statements[c.policy], c.statement)
		case x.policies[c.policy].denies:
			v.base = nil // a denial goes with the policy: ways may open that the base does not know
		}
	}
	for p, list := range statements {
		v.docs[p] = x.policies[p].doc.Without(list...)
	}
	return v
}

func (v *view) document(p int) *policy.Document {
	if d := v.docs[p]; d != nil {
		return d
	}
	return v.policies[p].doc
}

// key under which the policy is cited.
func (x *index) key(p int) string {
	d := &x.policies[p]
	if d.managed {
		return d.name
	}
	return inlineKey(d.holder, d.name)
}

func (v *view) standing(n node) *standing {
	if s := v.standings[n]; s != nil {
		return s
	}
	if v.base != nil && !v.touches(n) {
		return v.base.standing(n)
	}
	p := &v.people[n.who]
	s := &standing{}
	s.policies.Identity = []policy.Named{}
	v.take(s, n, p.own)
	for _, g := range p.member {
		v.take(s, n, v.groups[g].own)
	}
	if n.group > 0 {
		v.take(s, n, v.groups[n.group-1].own)
	}
	if n.raised {
		s.policies.Identity = append(s.policies.Identity, v.everything)
		s.identity = append(s.identity, holding{policy: -1})
	}
	if p.boundary >= 0 && !n.unbound {
		s.policies.Boundary = &policy.Named{Name: v.key(p.boundary), Document: v.document(p.boundary)}
	}
	s.layers.Identity = policy.Compile(s.policies.Identity)
	if b := s.policies.Boundary; b != nil {
		s.layers.Boundary = policy.Compile([]policy.Named{*b})
	}
	if a := v.accounts[p.account]; a != nil {
		s.policies.SCPs, s.layers.SCPs = a.SCPs, v.scps[p.account]
	}
	v.standings[n] = s
	return s
}

// touches says whether the changes of the view are about what the node holds.
func (v *view) touches(n node) bool {
	p := &v.people[n.who]
	is := func(list []holding) bool {
		return slices.ContainsFunc(list, func(h holding) bool { return v.docs[h.policy] != nil || v.gone[change{h.policy, -1, h.holder}] })
	}
	return is(p.own) || slices.ContainsFunc(p.member, func(g int) bool { return is(v.groups[g].own) }) || n.group > 0 && is(v.groups[n.group-1].own) ||
		p.boundary >= 0 && v.docs[p.boundary] != nil
}

func (v *view) take(s *standing, n node, list []holding) {
	for _, h := range list {
		if n.shed == h.policy+1 || v.gone[change{h.policy, -1, h.holder}] {
			continue
		}
		doc := v.document(h.policy)
		if n.swapped == h.policy+1 {
			doc, h.policy = v.policies[h.policy].others[n.version].Document, -1
		}
		name := everythingKey
		if h.policy >= 0 {
			name = v.key(h.policy)
		}
		s.policies.Identity = append(s.policies.Identity, policy.Named{Name: name, Document: doc})
		s.identity = append(s.identity, h)
	}
}

type contextKey struct {
	who int
	mfa bool
}

// principal is how the node asks.
func (x *index) principal(n node) policy.Principal {
	p := &x.people[n.who]
	out := policy.Principal{Kind: p.Kind, Account: p.account, ARN: p.ARN, ID: p.ID, ServiceLinked: p.ServiceLinked}
	if p.Kind == policy.RoleSession {
		out.ARN, out.Role = x.sessionARN(n.who), p.ARN
	}
	return out
}

func (x *index) sessionARN(who int) string {
	p := &x.people[who]
	return "arn:aws:sts::" + p.account + ":assumed-role/" + p.name + "/" + freeName
}

// context holds the keys that come from who asks. AWS documentation: "AWS global condition context keys".
func (x *index) context(n node) *policy.Context {
	k := contextKey{n.who, n.mfa}
	if c := x.contexts[k]; c != nil {
		return c
	}
	p := &x.people[n.who]
	c := &policy.Context{}
	c.Set("aws:PrincipalArn", p.ARN)
	c.Set("aws:PrincipalAccount", p.account)
	c.Set("aws:PrincipalIsAWSService", "false")
	c.Set("aws:ViaAWSService", "false")
	c.Set("aws:SecureTransport", "true")
	switch p.Kind {
	case policy.User:
		c.Set("aws:PrincipalType", "User")
		c.Set("aws:username", p.name)
		c.Set("aws:userid", p.ID)
	case policy.RoleSession:
		c.Set("aws:PrincipalType", "AssumedRole")
		c.Set("aws:userid", p.ID+":"+freeName)
		c.Set("aws:MultiFactorAuthPresent", "false")
		c.Set("aws:TokenIssueTime", x.world.Now.UTC().Format(time.RFC3339))
	case policy.Root:
		c.Set("aws:PrincipalType", "Account")
	}
	if n.mfa {
		c.Set("aws:MultiFactorAuthPresent", "true")
		c.Set("aws:MultiFactorAuthAge", "0")
	}
	for k, v := range p.Tags {
		c.Set("aws:PrincipalTag/"+k, v)
	}
	if a := x.accounts[p.account]; a != nil && a.Organization != "" {
		c.Set("aws:PrincipalOrgID", a.Organization)
	}
	for k, v := range x.options.Context {
		if len(v) == 1 {
			c.Set(k, v[0])
		} else {
			c.SetMulti(k, v)
		}
	}
	x.contexts[k] = c
	return c
}

// describe says for people what the node is.
func (x *index) describe(n node) string {
	p := &x.people[n.who]
	var state []string
	if p.minted {
		state = append(state, "newly made")
	}
	if n.raised {
		state = append(state, "allowed everything")
	}
	if n.unbound {
		state = append(state, "without its boundary")
	}
	if n.group > 0 {
		state = append(state, "in "+x.groups[n.group-1].arn)
	}
	if n.swapped > 0 {
		d := &x.policies[n.swapped-1]
		state = append(state, "with "+d.name+" "+d.others[n.version].ID)
	}
	if n.shed > 0 {
		state = append(state, "without the policy "+x.policies[n.shed-1].name)
	}
	if len(state) == 0 {
		return p.ARN
	}
	return p.ARN + " (" + strings.Join(state, ", ") + ")"
}

func statementName(i int, sid string) string {
	if sid != "" {
		return sid
	}
	return "statement " + strconv.Itoa(i+1)
}
