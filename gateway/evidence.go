package gateway

import (
	"maps"
	"slices"
	"strings"

	"vauban/access"
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
		o := make(object, 0, 192).open().str("accountId", r.Account).str("type", r.Type).str("ARN", r.ARN)
		j = append(j, o.close()...)
	}
	if j == nil {
		return nil
	}
	return append(j, ']')
}

// authz keeps what a later replay of the decision needs and cannot derive from the record: the questions with their own context,
// the principal's tags and session policies of the moment, the policies by name and version, and the answer.
func (p *performance) authz(c *service.Caller) []byte {
	if p.verdict == nil {
		return nil
	}
	j := make(object, 0, 768).open()
	j = j.raw("principal", principalEvidence(p.verdict, c))
	j = append(j.key("questions"), '[')
	for i := range p.verdict.Asked {
		if i > 0 {
			j = append(j, ',')
		}
		j = append(j, questionEvidence(&p.verdict.Asked[i])...)
	}
	return append(j, ']', '}')
}

func principalEvidence(v *access.Verdict, c *service.Caller) []byte {
	j := make(object, 0, 384).open()
	j = j.str("arn", c.ARN).str("id", c.UserID).str("account", c.Account)
	if h := v.Holder; h != nil {
		j = j.raw("policies", h.Evidence())
		if len(h.Tags) > 0 {
			j = j.value("tags", h.Tags)
		}
	}
	if s := c.Session; s != nil {
		if s.Policy != "" {
			j = j.str("sessionPolicy", s.Policy)
		}
		if len(s.PolicyARNs) > 0 {
			j = j.value("sessionPolicyArns", s.PolicyARNs)
		}
		if len(s.Tags) > 0 {
			j = j.value("sessionTags", s.Tags)
		}
	}
	return j.close()
}

func questionEvidence(a *access.Asked) []byte {
	j := make(object, 0, 256).open()
	j = j.str("action", a.Request.Action).str("resource", a.Request.Resource).str("resourceAccount", a.Request.ResourceAccount)
	if len(a.Question.Context) > 0 {
		c := make(object, 0, 128).open()
		for _, k := range slices.Sorted(maps.Keys(a.Question.Context)) {
			c = c.value(k, a.Question.Context[k])
		}
		j = j.raw("context", c.close())
	}
	if a.Question.Policy != nil {
		j = j.str("resourcePolicy", a.Question.Policy.Name)
	}
	return j.str("decision", a.Decision.Effect.String()).value("decidedBy", a.Decision.Reasons).close()
}

func (t *target) serviceName() string {
	if t.service == nil {
		return ""
	}
	return strings.ToLower(t.service.Name)
}
