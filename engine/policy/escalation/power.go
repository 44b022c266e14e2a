package escalation

import (
	"slices"
	"strings"

	"vauban/engine/policy"
)

// admin says whether the node is an administrator of its account: it may do iam:* on everything, and nothing denies it one way to give
// somebody any permission and to become him.
func (v *view) admin(n node) bool {
	if is, ok := v.admins[n]; ok {
		return is
	}
	is := v.people[n.who].Kind == policy.Root
	switch {
	case is:
	case v.base != nil && !v.touches(n):
		is = v.base.admin(n)
	default:
		is = v.administers(n)
	}
	if !v.exhausted { // else the answer is none
		v.admins[n] = is
	}
	return is
}

func (v *view) administers(n node) bool {
	account := v.people[n.who].account
	record := v.record
	v.record = nil
	defer func() { v.record = record }()
	may := func(action, resource string) bool {
		if resource != "*" {
			resource = "arn:aws:iam::" + account + ":" + resource
		}
		_, ok := v.ask(n, &question{action: action, resource: resource, account: account, region: "us-east-1"})
		return ok
	}
	if !may("iam:*", "*") {
		return false
	}
	role := (may("iam:AttachRolePolicy", "role/*") || may("iam:PutRolePolicy", "role/*")) && (may("iam:UpdateAssumeRolePolicy", "role/*") || may("iam:CreateRole", "role/*"))
	return role || (may("iam:AttachUserPolicy", "user/*") || may("iam:PutUserPolicy", "user/*")) && (may("iam:CreateAccessKey", "user/*") || may("iam:UpdateLoginProfile", "user/*"))
}

// Proof is something that the end of a path may do and its start may not.
type Proof struct {
	Action   string    `json:"action"` // as the statement has it
	Resource string    `json:"resource"`
	Allowed  Statement `json:"allowedBy"`
}

// maxProofs bounds the questions about one principal.
const maxProofs = 64

// more looks for something that one may do and the other may not. It asks for what the statements of the first name, patterns as they
// stand: who may do all that a pattern covers may do the pattern.
func (v *view) more(one, other node) *Proof {
	if v.within(one, other) {
		return nil
	}
	for _, p := range v.proofs(one) {
		q := question{action: p.Action, resource: p.Resource, account: v.people[one.who].account, region: v.regions[0]}
		if _, ok := v.ask(other, &q); !ok && !v.exhausted {
			return &p
		}
	}
	return nil
}

// within is a quick look: what counts for one counts for the other too, and nothing takes away from the other.
func (v *view) within(one, other node) bool {
	a, b := &v.standing(one).policies, &v.standing(other).policies
	if b.Boundary != nil || b.SCPs != nil || v.people[one.who].account != v.people[other.who].account {
		return false
	}
	for i, h := range v.standing(other).identity {
		if h.policy < 0 && b.Identity[i].Name != everythingKey || h.policy >= 0 && v.policies[h.policy].denies {
			return false
		}
	}
	for i := range a.Identity {
		if !slices.ContainsFunc(b.Identity, func(n policy.Named) bool {
			return n.Document == a.Identity[i].Document && len(policy.ContextKeys(n.Document)) == 0
		}) {
			return false
		}
	}
	return true
}

// proofs are the things that a node may do which are worth asking others about.
func (v *view) proofs(n node) []Proof {
	if p, ok := v.proven[n]; ok {
		return p
	}
	s := v.standing(n)
	docs := s.policies.Identity
	if b := s.policies.Boundary; b != nil {
		docs = append(docs[:len(docs):len(docs)], *b)
	}
	var out []Proof
	asked := 0
	for _, p := range docs {
		for i := range p.Document.Statements {
			for _, q := range probes(&p.Document.Statements[i]) {
				if asked++; asked > maxProofs {
					break
				}
				q.account, q.region = v.people[n.who].account, v.regions[0]
				if proof, ok := v.prove(n, &q); ok {
					out = append(out, proof)
				}
			}
		}
	}
	if !v.exhausted {
		v.proven[n] = out
	}
	return out
}

func (v *view) prove(n node, q *question) (Proof, bool) {
	var cited []Question
	record := v.record
	v.record = &cited
	_, ok := v.ask(n, q)
	v.record = record
	if !ok || len(cited) == 0 || len(cited[0].Allowed) == 0 {
		return Proof{}, false
	}
	return Proof{Action: q.action, Resource: q.resource, Allowed: cited[0].Allowed[0]}, true
}

// probes are questions that a statement allows, taken from its own words.
func probes(s *policy.Statement) []question {
	if s.Effect != policy.Allow {
		return nil
	}
	actions := texts(s.Action)
	if s.NotAction != nil {
		for _, a := range []string{"iam:PutRolePolicy", "s3:GetObject", "ec2:RunInstances", "kms:Decrypt"} {
			if mayMatch(s, a) {
				actions = append(actions, a)
			}
		}
	}
	resources := texts(s.Resource)
	if s.Resource == nil {
		resources = []string{"*"}
	}
	var out []question
	for _, a := range actions {
		if a == "*" {
			a = "iam:*"
		}
		for _, r := range resources {
			if !strings.Contains(r, "${") {
				out = append(out, question{action: a, resource: r})
			}
		}
	}
	return out
}

func texts(list []policy.Element) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Text)
	}
	return out
}
