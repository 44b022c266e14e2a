package iam

import (
	"strconv"

	api "vauban/api/iam"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
)

// action decides about one action on all resources. A result about several resources says the worst of them.
func (x *simulation) action(c *service.Call, name string) (*api.EvaluationResult, error) {
	out := &api.EvaluationResult{EvalActionName: &name, MatchedStatements: []api.Statement{}, MissingContextValues: []string{}}
	worst := policy.Allow
	for _, resource := range x.in.resources {
		v, err := x.question(c, name, resource)
		if err != nil {
			return nil, err
		}
		worst = worse(worst, v.effect)
		out.OrganizationsDecisionDetail, out.PermissionsBoundaryDecisionDetail = v.organization, v.boundary
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
	details      map[string]string // nil when no resource was named; empty within one account
	boundary     *api.PermissionsBoundaryDecisionDetail
	organization *api.OrganizationsDecisionDetail
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
	if resource != "*" {
		v.details = map[string]string{}
	}
	for i := range trace.Layers {
		x.cite(v, &trace.Layers[i])
	}
	if all.Resource != nil && req.ResourceAccount != x.principal.Account {
		v.details[fromIAM] = sideEffect(trace.Layers, policy.LayerIdentity)
		v.details[fromResource] = sideEffect(trace.Layers, policy.LayerResource, policy.LayerTrust)
	}
	return v, nil
}

// setResource says whose the resource is and which policy it has. Only a policy that is known counts: one in the request, or the trust
// policy of a role of this account. Without one, the resource is taken as one of the caller's account, as AWS's simulator takes it.
func (x *simulation) setResource(req *policy.Request, all *policy.Policies) error {
	a, err := arn.Parse(req.Resource)
	if err != nil { // "*"
		all.Resource = x.resource
		return nil
	}
	account := a.Account
	if account == "" {
		account = x.owner
	}
	req.Context = req.Context.Clone()
	if _, _, ok := req.Context.Get("aws:ResourceAccount"); !ok && arn.IsAccount(account) {
		req.Context.Set("aws:ResourceAccount", account)
	}
	isRole := a.Service == "iam" && a.Type() == "role" && trustAction(req.Action)
	if x.resource != nil {
		all.Resource, req.ResourceAccount = x.resource, account
		switch {
		case isRole:
			req.ResourceKind = policy.RoleTrust
		case a.Service == "kms" && a.Type() == "key":
			req.ResourceKind = policy.KMSKey
		}
		return nil
	}
	if !isRole || account != x.home || x.principal.ARN == "" {
		return nil
	}
	r, err := roles.Get(x.tx, entityKey(account, a.Name()))
	if isAbsent(err) || err == nil && r.ARN() != req.Resource {
		return nil // may be made later: its trust is not known
	}
	if err != nil {
		return err
	}
	req.ResourceKind, req.ResourceAccount = policy.RoleTrust, account
	all.Resource, err = x.trustOf(r)
	return err
}

// trustOf is the role's trust policy. Positions in it are those of the text that the API shows.
func (x *simulation) trustOf(r *Role) (*policy.Named, error) {
	if n := x.trusts[r.ID]; n != nil {
		return n, nil
	}
	n, err := x.add("role_"+r.Name+"_AssumeRolePolicyDocument", fromResource, r.Trust)
	if err != nil {
		return nil, err
	}
	x.trusts[r.ID] = n
	s := x.sources[len(x.sources)-1]
	s.text, err = r.renderedTrust(x.tx)
	return n, err
}

// cite adds the layer's statements that decided: if anything denies, those that deny; if the answer is yes, those that grant.
func (x *simulation) cite(v *simulationVerdict, l *policy.LayerTrace) {
	switch {
	case l.Exempt != "":
		return
	case l.Layer == policy.LayerBoundary:
		v.boundary = &api.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: new(l.Allows && !l.Denies)}
	case l.Layer == policy.LayerSCP:
		allowed := l.Allows && !l.Denies
		if v.organization != nil {
			allowed = allowed && *v.organization.AllowedByOrganizations
		}
		v.organization = &api.OrganizationsDecisionDetail{AllowedByOrganizations: &allowed}
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
