package iam

import (
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/store"
)

// accountOf is whose the resource is.
func (x *simulation) accountOf(resource string) string {
	if a, err := arn.Parse(resource); err == nil && a.Account != "" {
		return a.Account
	}
	return x.owner
}

// setResource says whose the resource is, which policy it has and what its owner's organization says. Only a policy that is known counts: one
// in the request, or the trust policy of a role that the caller may look into. Without one, the resource is taken as one of the principal's
// account, as AWS's simulator takes it.
func (x *simulation) setResource(req *policy.Request, all *policy.Policies) error {
	account := x.accountOf(req.Resource)
	req.Context = req.Context.Clone()
	a, err := arn.Parse(req.Resource)
	isRole := err == nil && a.Service == "iam" && a.Type() == "role" && trustAction(req.Action)
	switch {
	case err != nil: // "*"
		all.Resource = x.resource
	case x.resource != nil:
		all.Resource, req.ResourceAccount = x.resource, account
		switch {
		case isRole:
			req.ResourceKind = policy.RoleTrust
		case a.Service == "kms" && a.Type() == "key":
			req.ResourceKind = policy.KMSKey
		}
	case isRole:
		if err := x.setTrust(req, all, a); err != nil {
			return err
		}
	}
	if isFederating(req) {
		x.setFederated(req)
	}
	return x.setOwner(req, all, account)
}

// setOwner adds the keys of the resource's owner, and the resource control policies that it is under.
func (x *simulation) setOwner(req *policy.Request, all *policy.Policies, account string) error {
	if _, _, ok := req.Context.Get("aws:ResourceAccount"); !ok && arn.IsAccount(account) {
		req.Context.Set("aws:ResourceAccount", account)
	}
	m, err := x.standing(account)
	if err != nil {
		return err
	}
	setOrganization(&req.Context, m, "aws:ResourceOrgID", "aws:ResourceOrgPaths")
	all.RCPs, err = x.rcps(account)
	return err
}

// setTrust adds the role's trust policy when it can be known: the role may be made later, or be an account's that the caller may not look into.
func (x *simulation) setTrust(req *policy.Request, all *policy.Policies, a arn.ARN) error {
	m, err := x.standing(a.Account)
	if err != nil || m == nil || x.principal.ARN == "" && !federatedAction(req.Action) { // else nobody in particular asks
		return err
	}
	r, err := roles.Get(x.tx, entityKey(a.Account, a.Name()))
	if store.IsAbsent(err) || err == nil && r.ARN() != req.Resource {
		return nil
	}
	if err != nil {
		return err
	}
	for _, t := range r.Tags {
		for _, prefix := range []string{"aws:ResourceTag/", "iam:ResourceTag/"} {
			if _, _, ok := req.Context.Get(prefix + t.Key); !ok {
				req.Context.Set(prefix+t.Key, t.Value)
			}
		}
	}
	req.ResourceKind, req.ResourceAccount = policy.RoleTrust, a.Account
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

// trustAction reports whether a role's trust policy governs the action.
func trustAction(action string) bool {
	switch strings.ToLower(action) {
	case "sts:assumerole", "sts:tagsession", "sts:setsourceidentity":
		return true
	}
	return federatedAction(action)
}

func federatedAction(action string) bool {
	return strings.EqualFold(action, "sts:AssumeRoleWithWebIdentity") || strings.EqualFold(action, "sts:AssumeRoleWithSAML")
}

// isFederating says that the question is not the principal's: who assumes a role with a token or an assertion signs nothing, and only the trust
// policy decides.
func isFederating(req *policy.Request) bool {
	return req.ResourceKind == policy.RoleTrust && federatedAction(req.Action)
}

// federatedProvider is the context entry by which a simulation says whose token or assertion it is.
const federatedProvider = "aws:FederatedProvider"

// setFederated makes the bearer of a token or an assertion ask. Of the bearer nothing is known but what the request gives.
func (x *simulation) setFederated(req *policy.Request) {
	req.Principal = policy.Principal{Kind: policy.SAML}
	if strings.EqualFold(req.Action, "sts:AssumeRoleWithWebIdentity") {
		req.Principal.Kind = policy.WebIdentity
	}
	req.Context = x.given.Clone()
	if v, _, ok := x.given.Get(federatedProvider); ok && len(v) == 1 {
		req.Principal.Provider = v[0]
	}
	req.Context.Set("aws:PrincipalType", "Anonymous")
}
