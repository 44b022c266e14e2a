package vauban

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"vauban/access"
	api "vauban/api/vauban"
	"vauban/engine/policy"
	"vauban/engine/policy/escalation"
)

// parseLevels reads an organization's policies. They were validated on write; one that does not parse now fails the search.
func parseLevels(levels []access.Level) ([]policy.Level, error) {
	if levels == nil {
		return nil, nil
	}
	out := make([]policy.Level, len(levels))
	for i, l := range levels {
		out[i].Name, out[i].Policies = l.Name, make([]policy.Named, len(l.Policies))
		for j, p := range l.Policies {
			doc, err := policy.Parse([]byte(p.JSON))
			if err != nil {
				return nil, fmt.Errorf("parse policy %s: %w", p.Name, err)
			}
			out[i].Policies[j] = policy.Named{Name: p.Name, Document: doc}
		}
	}
	return out, nil
}

// shownReport is the search's answer as the API shows it.
func shownReport(r *escalation.Report) *api.ExplainEscalationOutput {
	out := &api.ExplainEscalationOutput{Paths: make([]api.EscalationPath, len(r.Paths)), Administrators: r.Administrators, Incomplete: &r.Incomplete}
	for i := range r.Paths {
		out.Paths[i] = shownPath(&r.Paths[i])
	}
	if r.Next != "" {
		out.NextToken = new(base64.RawURLEncoding.EncodeToString([]byte(r.Next)))
	}
	return out
}

func shownPath(p *escalation.Path) api.EscalationPath {
	out := api.EscalationPath{From: &p.From, To: &p.To, Gain: new(string(p.Gain)), Steps: make([]api.EscalationStep, len(p.Steps))}
	if p.Proof != nil {
		out.Proof = &api.EscalationProof{Action: &p.Proof.Action, Resource: &p.Proof.Resource, AllowedBy: shownStatement(&p.Proof.Allowed)}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		step := api.EscalationStep{By: &s.By, Gets: &s.Gets, Row: &s.Row, Text: &s.Text, Via: some(s.Via), Questions: make([]api.EscalationQuestion, len(s.Questions))}
		for j := range s.Questions {
			step.Questions[j] = shownQuestion(&s.Questions[j])
		}
		out.Steps[i] = step
	}
	if p.Cut != nil {
		out.Cut = &api.EscalationCut{Smallest: &p.Cut.Smallest, Changes: make([]api.EscalationChange, len(p.Cut.Changes))}
		for i := range p.Cut.Changes {
			c := &p.Cut.Changes[i]
			out.Cut.Changes[i] = api.EscalationChange{Kind: new(string(c.Kind)), At: shownStatement(&c.Statement), Affects: new(int64(c.Affects))}
		}
	}
	return out
}

func shownQuestion(q *escalation.Question) api.EscalationQuestion {
	out := api.EscalationQuestion{Principal: &q.Principal, Action: &q.Action, Resource: &q.Resource, AllowedBy: make([]api.EscalationStatement, len(q.Allowed))}
	for _, k := range slices.Sorted(maps.Keys(q.Context)) {
		out.Context = append(out.Context, api.ContextEntry{Key: &k, Values: []string{q.Context[k]}})
	}
	for i := range q.Allowed {
		out.AllowedBy[i] = *shownStatement(&q.Allowed[i])
	}
	return out
}

func shownStatement(s *escalation.Statement) *api.EscalationStatement {
	return &api.EscalationStatement{Layer: some(string(s.Layer)), Policy: &s.Policy, Holder: some(s.Holder), Statement: new(int64(s.Index)), Sid: some(s.Sid),
		Line: number(s.Line), Column: number(s.Column)}
}
