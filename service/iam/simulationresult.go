package iam

import (
	"strconv"

	api "vauban/api/iam"
	"vauban/engine/policy"
	"vauban/service"
)

// action decides about one action on all resources. A result about several resources says the worst of them.
func (x *simulation) action(c *service.Call, name string) (*api.EvaluationResult, error) {
	out := &api.EvaluationResult{EvalActionName: &name, MatchedStatements: []api.Statement{}, MissingContextValues: []string{}}
	worst := policy.Allow
	var organized *bool
	for _, resource := range x.in.resources {
		v, err := x.question(c, name, resource)
		if err != nil {
			return nil, err
		}
		worst = worse(worst, v.effect)
		if v.organization != nil {
			organized = new(*v.organization && (organized == nil || *organized))
		}
		out.PermissionsBoundaryDecisionDetail = v.boundary
		if len(x.in.resources) == 1 {
			out.MatchedStatements, out.MissingContextValues, out.EvalDecisionDetails = v.statements, v.missing, v.details
		}
		if resource != "*" {
			out.ResourceSpecificResults = append(out.ResourceSpecificResults, api.ResourceSpecificResult{
				EvalResourceName: &resource, EvalResourceDecision: shownDecision(v.effect), MatchedStatements: v.statements, MissingContextValues: v.missing,
				EvalDecisionDetails: v.details, PermissionsBoundaryDecisionDetail: v.boundary,
			})
		}
	}
	out.EvalDecision = shownDecision(worst)
	if organized != nil {
		out.OrganizationsDecisionDetail = &api.OrganizationsDecisionDetail{AllowedByOrganizations: organized}
	}
	out.EvalResourceName = new("*")
	if len(x.in.resources) == 1 {
		out.EvalResourceName = &x.in.resources[0]
	} else {
		out.PermissionsBoundaryDecisionDetail = nil
	}
	return out, nil
}

// worse: an explicit denial is worse than an implicit one, and that than permission.
func worse(a, b policy.Effect) policy.Effect {
	rank := func(e policy.Effect) int {
		switch e {
		case policy.ExplicitDeny:
			return 2
		case policy.ImplicitDeny:
			return 1
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// simulationVerdict is the answer to one question.
type simulationVerdict struct {
	effect       policy.Effect
	statements   []api.Statement
	missing      []string
	details      map[string]string // nil when no resource was named and nothing else refuses; empty within one account
	boundary     *api.PermissionsBoundaryDecisionDetail
	organization *bool             // service control policies allow; nil when none apply
	refusing     map[string]string // levels of the organization that refuse
}

// question decides about one action on one resource.
func (x *simulation) question(c *service.Call, action, resource string) (*simulationVerdict, error) {
	req := &policy.Request{Principal: x.principal, Action: action, Resource: resource, ResourceAccount: x.principal.Account, Context: x.context, Now: c.Time}
	all := x.policies
	if err := x.setResource(req, &all); err != nil {
		return nil, err
	}
	trace := policy.Explain(req, &all)
	v := &simulationVerdict{effect: trace.Decision.Effect, missing: append([]string{}, trace.MissingKeys...), statements: []api.Statement{}}
	if isFederating(req) && req.Principal.Provider == "" {
		v.missing = append(v.missing, federatedProvider)
	}
	kept := policy.Protected(req) != "" && v.effect != policy.ExplicitDeny
	if kept {
		v.effect = policy.ImplicitDeny
	}
	for i := range trace.Layers {
		x.cite(v, &trace.Layers[i])
	}
	switch {
	case v.refusing != nil: // AWS leaves the details out then
		v.details = v.refusing
	case kept:
		v.details = map[string]string{keptByAWS: policy.ImplicitDeny.String()}
	case all.Resource != nil && req.ResourceAccount != req.Principal.Account:
		v.details = map[string]string{
			fromIAM:      sideEffect(trace.Layers, policy.LayerIdentity),
			fromResource: sideEffect(trace.Layers, policy.LayerResource, policy.LayerTrust),
		}
		if isFederating(req) {
			delete(v.details, fromIAM) // it has no part in it
		}
	case resource != "*":
		v.details = map[string]string{}
	}
	return v, nil
}

// keptByAWS is the detail of a refusal that no policy makes: AWS keeps the resource to itself.
const keptByAWS = "Kept by AWS"

// cite adds the layer's statements that decided: if anything denies, those that deny; if the answer is yes, those that grant.
func (x *simulation) cite(v *simulationVerdict, l *policy.LayerTrace) {
	switch {
	case l.Exempt != "":
		return
	case l.Layer == policy.LayerBoundary:
		v.boundary = &api.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: new(l.Allows && !l.Denies)}
	case l.Layer == policy.LayerSCP, l.Layer == policy.LayerRCP:
		v.citeLevel(l)
	}
	grants := l.Layer == policy.LayerIdentity || l.Layer == policy.LayerResource || l.Layer == policy.LayerTrust
	if v.effect == policy.ImplicitDeny || v.effect == policy.Allow && !grants {
		return
	}
	for _, p := range l.Policies {
		for _, s := range p.Statements {
			if s.Matches && s.Effect == v.effect {
				v.statements = append(v.statements, *x.statement(p.Name, s.Index))
			}
		}
	}
}

// statement cites a statement of the policy of that number.
func (x *simulation) statement(name string, index int) *api.Statement {
	n, err := strconv.Atoi(name)
	if err != nil || n >= len(x.sources) {
		return &api.Statement{}
	}
	s := x.sources[n]
	if s.spans == nil {
		s.spans = statementSpans(s.text)
	}
	out := &api.Statement{SourcePolicyId: &s.id, SourcePolicyType: &s.kind}
	if index < len(s.spans) {
		out.StartPosition, out.EndPosition = s.spans[index].start.shown(), s.spans[index].end.shown()
	}
	return out
}

// sideEffect is what one side of a decision across accounts says.
func sideEffect(layers []policy.LayerTrace, names ...policy.Layer) string {
	out := policy.ImplicitDeny
	for _, l := range layers {
		for _, n := range names {
			switch {
			case l.Layer != n:
			case l.Denies:
				return policy.ExplicitDeny.String()
			case l.Allows:
				out = policy.Allow
			}
		}
	}
	return out.String()
}
