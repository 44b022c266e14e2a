package escalation

import (
	"encoding/json"
	"strings"

	"vauban/engine/policy"
)

// assume asks whether x may assume the role: by its trust policy, or by one that was just changed to name x. AWS documentation: "Policy
// evaluation logic"; the external ID and the session's name are the caller's to choose.
func (v *view) assume(x node, target int, rewritten bool) ([]change, bool) {
	p := &v.people[target]
	q := &question{action: "sts:AssumeRole", resource: p.ARN, account: p.account, region: "us-east-1", trust: true}
	q.keys = appendTags(q.keys, p.Tags, "aws:ResourceTag/", "iam:ResourceTag/")
	if rewritten {
		q.guard = v.trustIn(x)
	} else if q.guard, q.compiled = v.trustOf(target); q.guard == nil {
		return nil, false
	}
	keys := len(q.keys)
	for _, session := range choices(q.guard.Document, "sts:RoleSessionName", freeName) {
		for _, external := range choices(q.guard.Document, "sts:ExternalId", "") {
			q.keys = append(q.keys[:keys], "sts:RoleSessionName", session)
			if external != "" {
				q.keys = append(q.keys, "sts:ExternalId", external)
			}
			if c, ok := v.ask(x, q); ok {
				return c, true
			}
		}
	}
	return nil, false
}

// compiledTrust is a role's trust policy.
type compiledTrust struct {
	named *policy.Named
	set   *policy.Set
}

func (v *view) trustOf(role int) (*policy.Named, *policy.Set) {
	t := v.people[role].trust
	if t < 0 {
		return nil, nil
	}
	c, ok := v.trust[role]
	if !ok {
		c.named = &policy.Named{Name: v.key(t), Document: v.document(t)}
		c.set = policy.Compile([]policy.Named{*c.named})
		v.trust[role] = c
	}
	return c.named, c.set
}

// trustIn is a trust policy that names x.
func (v *view) trustIn(x node) *policy.Named {
	who := v.principal(x)
	name, _ := json.Marshal(who.ARN)
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":` + string(name) + `},"Action":"sts:AssumeRole"}]}`))
	if err != nil {
		d = &policy.Document{} // an ARN that cannot be named: nothing is granted
	}
	return &policy.Named{Name: " changed trust policy", Document: d}
}

// serviceTakes asks whether the service may assume the role, for source where the trust policy wants to know.
func (v *view) serviceTakes(service string, target int, source string) ([]change, bool) {
	k := takeKey{service, target, source}
	if r, ok := v.taken[k]; ok && v.record == nil {
		return r.changes, r.ok
	}
	p := &v.people[target]
	guard, compiled := v.trustOf(target)
	if guard == nil {
		return nil, false
	}
	q := &question{service: service, action: "sts:AssumeRole", resource: p.ARN, account: p.account, region: "us-east-1", trust: true, guard: guard, compiled: compiled,
		keys: []string{"aws:SourceAccount", p.account}}
	if strings.HasPrefix(source, "arn:") {
		q.keys = append(q.keys, "aws:SourceArn", source)
	}
	c, ok := v.ask(node{who: target}, q)
	v.taken[k] = answer{c, ok}
	return c, ok
}

type takeKey struct {
	service string
	target  int
	source  string
}
