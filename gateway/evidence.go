package gateway

import (
	"slices"
	"strings"

	"vauban/access"
	"vauban/engine/policy"
	"vauban/eventlog"
	"vauban/service"
)

// resources are what LookupEvents finds the event by: for each resource its ARN and its name.
func (p *performance) resources(extra *service.Record) []eventlog.Resource {
	var out []eventlog.Resource
	add := func(kind, arn string) {
		if kind == "" || arn == "" || arn == "*" {
			return
		}
		for _, name := range []string{nameOf(arn), arn} {
			r := eventlog.Resource{Type: kind, Name: name}
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	if p.verdict != nil {
		for _, a := range p.verdict.Asked {
			add(a.Question.ResourceType, a.Question.Resource)
		}
	}
	for _, r := range extra.Resources {
		add(r.Type, r.ARN)
	}
	return out
}

// nameOf is the last part of an ARN's resource: what people call the thing.
func nameOf(arn string) string {
	if _, last, ok := cutLast(arn, "/"); ok {
		return last
	}
	_, last, _ := cutLast(arn, ":")
	return last
}

// recordResources is the record's own resources member: what the event is about, with its owner.
func (p *performance) recordResources(extra *service.Record) []byte {
	var j []byte
	for _, r := range extra.Resources {
		if j == nil {
			j = append(j, '[')
		} else {
			j = append(j, ',')
		}
		o := make(object, 0, 192).open()
		if r.Account != "" { // CloudTrail names no account beside an object of S3
			o = o.str("accountId", r.Account)
		}
		o = o.str("type", r.Type).str("ARN", r.ARN)
		j = append(j, o.close()...)
	}
	if j == nil {
		return nil
	}
	return append(j, ']')
}

// authz keeps all that a later replay of the decision needs: who asked, the questions with the whole context as it was seen, which policies
// were in force, by name, version and digest, and the answers. engine/policy/replay reads it. The time is the entry's own.
func (p *performance) authz(c *service.Caller) []byte {
	if p.verdict == nil {
		return nil
	}
	j := make(object, 0, 2048).open()
	j = principalEvidence(append(j.key("principal"), '{'), p.verdict, c)
	if l := p.verdict.SCPEvidence(); l != nil {
		j = j.raw("scps", l)
	}
	j = baseEvidence(append(j.key("context"), '{'), p.verdict.Base)
	j = append(j.key("questions"), '[')
	for i := range p.verdict.Asked {
		if i > 0 {
			j = append(j, ',')
		}
		j = questionEvidence(append(j, '{'), &p.verdict.Asked[i])
	}
	return append(j, ']', '}')
}

// principalEvidence ends the object of the principal, which j has begun.
func principalEvidence(j object, v *access.Verdict, c *service.Caller) object {
	who := &v.Asked[0].Request.Principal
	j = j.str("kind", who.Kind.String())
	for _, m := range [...][2]string{{"arn", c.ARN}, {"id", c.UserID}, {"account", c.Account}, {"uid", who.ID}, {"role", who.Role},
		{"service", who.Service}, {"provider", who.Provider}} {
		if m[1] != "" {
			j = j.str(m[0], m[1])
		}
	}
	if who.ServiceLinked {
		j = j.boolean("serviceLinked", true)
	}
	if h := v.Holder; h != nil {
		j = append(append(j, ','), h.Evidence()...)
	}
	if list := v.Session; list != nil {
		names := make([]string, len(list))
		for i := range list {
			names[i] = access.Cite(&list[i])
		}
		j = j.texts("session", names)
	}
	if s := c.Session; s != nil && s.Policy != "" {
		j = j.str("sessionPolicy", s.Policy)
	}
	return append(j, '}')
}

// baseEvidence ends the object of the context that all questions share, which j has begun. A set is a list, all else a text. The time is
// left out: it is the event's.
func baseEvidence(j object, x *policy.Context) object {
	for key, values := range x.All() {
		switch {
		case key == "aws:CurrentTime" || key == "aws:EpochTime":
		case values.Multi:
			j = j.texts(key, values.Many)
		default:
			j = j.str(key, values.One)
		}
	}
	return append(j, '}')
}

// questionEvidence ends the object of a question, which j has begun.
func questionEvidence(j object, a *access.Asked) object {
	j = askedEvidence(j, a, false)
	if a.Question.Policy != nil {
		j = j.str("resourcePolicy", access.Cite(a.Question.Policy))
	}
	if list := a.Question.Grants; len(list) > 0 {
		names := make([]string, len(list))
		for i := range list {
			names[i] = access.Cite(&list[i])
		}
		j = j.texts("grants", names)
	}
	if l := a.RCPEvidence(); l != nil {
		j = j.raw("rcps", l)
	}
	return append(j.str("decision", a.Decision.Effect.String()).reasons("decidedBy", a.Decision.Reasons), '}')
}

// askedEvidence adds the question itself; for a stranger to the resource without what only its owner knows: its tags, and where its account stands.
func askedEvidence(j object, a *access.Asked, foreign bool) object {
	j = j.str("action", a.Request.Action).str("resource", a.Request.Resource).str("resourceAccount", a.Request.ResourceAccount)
	if k := a.Request.ResourceKind; k != policy.Ordinary {
		j = j.str("kind", k.String())
	}
	if len(a.Question.Context) > 0 {
		j = append(j.key("context"), '{')
		for _, k := range sortedKeys(a.Question.Context) {
			if !foreign || !strings.Contains(strings.ToLower(k), "resourcetag/") {
				j = j.texts(k, a.Question.Context[k])
			}
		}
		j = append(j, '}')
	}
	if len(a.Question.Multi) > 0 {
		j = j.texts("multi", a.Question.Multi)
	}
	if id, path := a.Organization(); id != "" && !foreign {
		j = j.str("ownerOrg", id).str("ownerPath", path)
	}
	return j
}

// refusal is what the message of a refused call holds: the question that was refused and the context as it was seen, in the form of authz. What
// has no place in it is the context.
func (p *performance) refusal(c *service.Caller, a *access.Asked, context bool) []byte {
	j := make(object, 0, 1024).open()
	j = append(append(j.key("principal"), '{').str("arn", c.ARN).str("id", c.UserID), '}')
	j = append(j.key("context"), '{')
	if context {
		j = baseEvidence(j, p.verdict.Base)
	} else {
		j = append(j, '}')
	}
	j = append(j.key("questions"), '[', '{')
	if context {
		j = askedEvidence(j, a, a.Request.ResourceAccount != "" && a.Request.ResourceAccount != c.Account)
	} else {
		j = j.str("action", a.Request.Action).str("resource", a.Request.Resource)
	}
	return append(j.str("decision", a.Decision.Effect.String()).reasons("decidedBy", a.Decision.Told(a.Request)), '}', ']', '}')
}

func (t *target) serviceName() string {
	if t.service == nil {
		return ""
	}
	return strings.ToLower(t.service.Name)
}
