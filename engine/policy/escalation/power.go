package escalation

import (
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
	case v.base != nil && !v.changed(n):
		is = v.base.admin(n)
	default:
		is = v.administers(n)
	}
	v.admins[n] = is
	return is
}

// changed says whether the node's own policies are others than in the base.
func (v *view) changed(n node) bool {
	mine, its := v.standing(n).policies, v.base.standing(n).policies
	if len(mine.Identity) != len(its.Identity) {
		return true
	}
	for i := range mine.Identity {
		if mine.Identity[i].Document != its.Identity[i].Document {
			return true
		}
	}
	return mine.Boundary != nil && mine.Boundary.Document != its.Boundary.Document
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
	record := v.record
	v.record = nil
	defer func() { v.record = record }()
	s := v.standing(one)
	docs := s.policies.Identity
	if b := s.policies.Boundary; b != nil {
		docs = append(append([]policy.Named{}, docs...), *b)
	}
	account := v.people[one.who].account
	asked := 0
	for _, p := range docs {
		for i := range p.Document.Statements {
			st := &p.Document.Statements[i]
			if st.Effect != policy.Allow {
				continue
			}
			for _, q := range probes(st) {
				if asked++; asked > maxProofs {
					return nil
				}
				q.account, q.region = account, v.regions[0]
				if proof := v.prove(one, other, &q); proof != nil {
					return proof
				}
			}
		}
	}
	return nil
}

func (v *view) prove(one, other node, q *question) *Proof {
	var cited []Question
	v.record = &cited
	_, ok := v.ask(one, q)
	v.record = nil
	if !ok {
		return nil
	}
	if _, ok := v.ask(other, q); ok || v.exhausted || len(cited) == 0 || len(cited[0].Allowed) == 0 {
		return nil
	}
	return &Proof{Action: q.action, Resource: q.resource, Allowed: cited[0].Allowed[0]}
}

// probes are questions that a statement allows, taken from its own words.
func probes(s *policy.Statement) []question {
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
