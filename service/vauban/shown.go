package vauban

import (
	"slices"
	"strings"

	api "vauban/api/vauban"
	"vauban/engine/policy"
)

// shown is a trace as the API shows it.
func shown(req *policy.Request, t policy.Trace) *api.ExplainAccessOutput {
	out := &api.ExplainAccessOutput{
		Decision: new(t.Decision.Effect.String()), DecidedBy: reasons(t.Decision.Reasons), Layers: make([]api.Layer, len(t.Layers)),
		Context: seen(&req.Context), MissingContextKeys: t.MissingKeys,
	}
	if t.Decision.Effect != policy.Allow {
		out.Message = new(policy.DenialMessage(req, t.Decision))
	}
	for i := range t.Layers {
		out.Layers[i] = layer(&t.Layers[i])
	}
	return out
}

func reasons(list []policy.Reason) []api.Reason {
	out := make([]api.Reason, len(list))
	for i, r := range list {
		out[i] = api.Reason{Layer: new(string(r.Layer)), Level: some(r.Level), Policy: some(r.Policy), Statement: new(int64(r.Statement)),
			Sid: some(r.Sid), Line: number(r.Line), Column: number(r.Column)}
	}
	return out
}

func layer(l *policy.LayerTrace) api.Layer {
	out := api.Layer{Layer: new(string(l.Layer)), Level: some(l.Level), Exempt: some(l.Exempt), Allows: &l.Allows, Denies: &l.Denies,
		Reach: some(l.Reach), Policies: make([]api.Policy, len(l.Policies))}
	for i := range l.Policies {
		p := &l.Policies[i]
		out.Policies[i] = api.Policy{Name: &p.Name, Statements: make([]api.Statement, len(p.Statements))}
		for j := range p.Statements {
			out.Policies[i].Statements[j] = statement(&p.Statements[j])
		}
	}
	return out
}

func statement(s *policy.StatementTrace) api.Statement {
	effect := "Deny"
	if s.Effect == policy.Allow {
		effect = "Allow"
	}
	out := api.Statement{Index: new(int64(s.Index)), Sid: some(s.Sid), Line: number(s.Line), Column: number(s.Column), Effect: &effect,
		Matches: &s.Matches, Failed: some(s.Failed), Reach: some(s.Reach)}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		out.Conditions = append(out.Conditions, api.Condition{Operator: &c.Operator, Key: &c.Key, Wanted: c.Wanted, Present: &c.Present,
			Multi: &c.Multi, Values: c.Values, Holds: &c.Holds})
	}
	return out
}

// seen is the context of the request, by key.
func seen(x *policy.Context) []api.ContextEntry {
	keys := x.Keys()
	slices.SortFunc(keys, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	out := make([]api.ContextEntry, 0, len(keys))
	for _, k := range keys {
		if values, multi, ok := x.Get(k); ok {
			out = append(out, api.ContextEntry{Key: &k, Values: values, Multi: &multi})
		}
	}
	return out
}

// some is nil for "".
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// number is nil for 0: a place that is not known.
func number(n int) *int64 {
	if n == 0 {
		return nil
	}
	return new(int64(n))
}
