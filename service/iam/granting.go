package iam

import (
	api "vauban/api/iam"
	"vauban/service"
)

// listPoliciesGranting lists, for each namespace asked for, the subject's policies that allow some action in it. An answer has one
// page: a user cannot hold more policies than that.
func (s *Service) listPoliciesGranting(c *service.Call, in *api.ListPoliciesGrantingServiceAccessInput) (*api.ListPoliciesGrantingServiceAccessOutput, error) {
	if in.Marker != nil {
		return nil, badMarker()
	}
	about, err := entityRefOf(c, *in.Arn)
	if err != nil {
		return nil, err
	}
	if about.policy != nil {
		return nil, unclearEntity(*in.Arn)
	}
	held, err := about.held(c.Tx)
	if err != nil {
		return nil, err
	}
	allowed := make([]granted, len(held))
	for i := range held {
		if allowed[i], err = grantedBy(held[i : i+1]); err != nil {
			return nil, err
		}
	}
	out := &api.ListPoliciesGrantingServiceAccessOutput{
		PoliciesGrantingServiceAccess: make([]api.ListPoliciesGrantingServiceAccessEntry, len(in.ServiceNamespaces)), IsTruncated: new(false),
	}
	for i := range in.ServiceNamespaces {
		namespace := in.ServiceNamespaces[i]
		entry := &out.PoliciesGrantingServiceAccess[i]
		entry.ServiceNamespace, entry.Policies = &namespace, []api.PolicyGrantingServiceAccess{}
		for j := range held {
			if allowed[j].service(namespace) {
				entry.Policies = append(entry.Policies, held[j].granting())
			}
		}
	}
	return out, nil
}

// granting shows the policy: a managed one by its ARN, an inline one with the entity that it is part of.
func (h *heldPolicy) granting() api.PolicyGrantingServiceAccess {
	if h.arn != "" {
		return api.PolicyGrantingServiceAccess{PolicyName: &h.name, PolicyType: new("MANAGED"), PolicyArn: &h.arn}
	}
	out := api.PolicyGrantingServiceAccess{PolicyName: &h.name, PolicyType: new("INLINE"), EntityName: new(nameOf(h.holder))}
	switch h.holder.(type) {
	case *User:
		out.EntityType = new("USER")
	case *Group:
		out.EntityType = new("GROUP")
	case *Role:
		out.EntityType = new("ROLE")
	}
	return out
}
