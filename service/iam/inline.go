package iam

import (
	"slices"
	"strings"

	api "vauban/api/iam"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

func (s *Service) inlineOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutUserPolicy, onUser(func(in *api.PutUserPolicyInput) *string { return in.UserName }), s.putUserPolicy),
		service.Reads(api.OpGetUserPolicy, onUser(func(in *api.GetUserPolicyInput) *string { return in.UserName }), s.getUserPolicy),
		service.Reads(api.OpListUserPolicies, onUser(func(in *api.ListUserPoliciesInput) *string { return in.UserName }), s.listUserPolicies),
		service.Writes(api.OpDeleteUserPolicy, onUser(func(in *api.DeleteUserPolicyInput) *string { return in.UserName }), s.deleteUserPolicy),

		service.Writes(api.OpPutGroupPolicy, onGroup(func(in *api.PutGroupPolicyInput) *string { return in.GroupName }), s.putGroupPolicy),
		service.Reads(api.OpGetGroupPolicy, onGroup(func(in *api.GetGroupPolicyInput) *string { return in.GroupName }), s.getGroupPolicy),
		service.Reads(api.OpListGroupPolicies, onGroup(func(in *api.ListGroupPoliciesInput) *string { return in.GroupName }), s.listGroupPolicies),
		service.Writes(api.OpDeleteGroupPolicy, onGroup(func(in *api.DeleteGroupPolicyInput) *string { return in.GroupName }), s.deleteGroupPolicy),

		service.Writes(api.OpPutRolePolicy, onRole(func(in *api.PutRolePolicyInput) *string { return in.RoleName }), s.putRolePolicy),
		service.Reads(api.OpGetRolePolicy, onRole(func(in *api.GetRolePolicyInput) *string { return in.RoleName }), s.getRolePolicy),
		service.Reads(api.OpListRolePolicies, onRole(func(in *api.ListRolePoliciesInput) *string { return in.RoleName }), s.listRolePolicies),
		service.Writes(api.OpDeleteRolePolicy, onRole(func(in *api.DeleteRolePolicyInput) *string { return in.RoleName }), s.deleteRolePolicy),
	}
}

// putInline adds or replaces an inline policy, within the size that all of them may have together.
func putInline(tx store.Tx, h holder, name, doc string) error {
	if err := checkIdentityPolicy(doc); err != nil {
		return err
	}
	g, kind := h.holds(), h.label()
	i, exists := g.inline(name)
	if exists {
		g.Inline[i].JSON = doc
	} else {
		g.Inline = slices.Insert(g.Inline, i, InlinePolicy{Name: name, JSON: doc})
	}
	size := 0
	for _, p := range g.Inline {
		size += policy.Size([]byte(p.JSON))
	}
	if size > kind.inlineSize {
		return policyError(policy.InlineSizeExceeded(kind.name, nameOf(h), kind.inlineSize))
	}
	return h.save(tx)
}

// inline is where the policy of that name is, or belongs, in the ordered list.
func (g *grants) inline(name string) (int, bool) {
	return slices.BinarySearchFunc(g.Inline, name, func(p InlinePolicy, n string) int { return strings.Compare(p.Name, n) })
}

func getInline(h holder, name string) (*InlinePolicy, error) {
	g := h.holds()
	i, exists := g.inline(name)
	if !exists {
		return nil, noSuch(h.label().name+" policy", name)
	}
	return &g.Inline[i], nil
}

func deleteInline(tx store.Tx, h holder, name string) error {
	g := h.holds()
	i, exists := g.inline(name)
	if !exists {
		return noSuch(h.label().name+" policy", name)
	}
	g.Inline = slices.Delete(g.Inline, i, i+1)
	return h.save(tx)
}

// inlinePage is one page of the names of the inline policies.
func inlinePage(h holder, mark *string, maxItems *int64) (names []string, m *string, more *bool, err error) {
	p, err := pageOf(mark, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	items, next := cut(h.holds().Inline, p, func(i InlinePolicy) string { return i.Name })
	names = make([]string, len(items))
	for i := range items {
		names[i] = items[i].Name
	}
	m, more = marker(next)
	return names, m, more, nil
}

// nameOf is the entity's name as its ARN ends.
func nameOf(h holder) string {
	arn := h.ARN()
	return arn[strings.LastIndexByte(arn, '/')+1:]
}

func (s *Service) putUserPolicy(c *service.Call, in *api.PutUserPolicyInput) (*api.PutUserPolicyOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	return &api.PutUserPolicyOutput{}, putInline(c.Tx, u, *in.PolicyName, *in.PolicyDocument)
}

func (s *Service) getUserPolicy(c *service.Call, in *api.GetUserPolicyInput) (*api.GetUserPolicyOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := getInline(u, *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &api.GetUserPolicyOutput{UserName: &u.Name, PolicyName: &p.Name, PolicyDocument: shownDocument(p.JSON)}, nil
}

func (s *Service) listUserPolicies(c *service.Call, in *api.ListUserPoliciesInput) (*api.ListUserPoliciesOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	names, m, more, err := inlinePage(u, in.Marker, in.MaxItems)
	return &api.ListUserPoliciesOutput{PolicyNames: names, Marker: m, IsTruncated: more}, err
}

func (s *Service) deleteUserPolicy(c *service.Call, in *api.DeleteUserPolicyInput) (*api.DeleteUserPolicyOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	return &api.DeleteUserPolicyOutput{}, deleteInline(c.Tx, u, *in.PolicyName)
}

func (s *Service) putGroupPolicy(c *service.Call, in *api.PutGroupPolicyInput) (*api.PutGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	return &api.PutGroupPolicyOutput{}, putInline(c.Tx, g, *in.PolicyName, *in.PolicyDocument)
}

func (s *Service) getGroupPolicy(c *service.Call, in *api.GetGroupPolicyInput) (*api.GetGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	p, err := getInline(g, *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &api.GetGroupPolicyOutput{GroupName: &g.Name, PolicyName: &p.Name, PolicyDocument: shownDocument(p.JSON)}, nil
}

func (s *Service) listGroupPolicies(c *service.Call, in *api.ListGroupPoliciesInput) (*api.ListGroupPoliciesOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	names, m, more, err := inlinePage(g, in.Marker, in.MaxItems)
	return &api.ListGroupPoliciesOutput{PolicyNames: names, Marker: m, IsTruncated: more}, err
}

func (s *Service) deleteGroupPolicy(c *service.Call, in *api.DeleteGroupPolicyInput) (*api.DeleteGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	return &api.DeleteGroupPolicyOutput{}, deleteInline(c.Tx, g, *in.PolicyName)
}

func (s *Service) putRolePolicy(c *service.Call, in *api.PutRolePolicyInput) (*api.PutRolePolicyOutput, error) {
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	return &api.PutRolePolicyOutput{}, putInline(c.Tx, r, *in.PolicyName, *in.PolicyDocument)
}

func (s *Service) getRolePolicy(c *service.Call, in *api.GetRolePolicyInput) (*api.GetRolePolicyOutput, error) {
	r, err := roleToRead(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	p, err := getInline(r, *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &api.GetRolePolicyOutput{RoleName: &r.Name, PolicyName: &p.Name, PolicyDocument: shownDocument(p.JSON)}, nil
}

func (s *Service) listRolePolicies(c *service.Call, in *api.ListRolePoliciesInput) (*api.ListRolePoliciesOutput, error) {
	r, err := roleToRead(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	names, m, more, err := inlinePage(r, in.Marker, in.MaxItems)
	return &api.ListRolePoliciesOutput{PolicyNames: names, Marker: m, IsTruncated: more}, err
}

func (s *Service) deleteRolePolicy(c *service.Call, in *api.DeleteRolePolicyInput) (*api.DeleteRolePolicyOutput, error) {
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	return &api.DeleteRolePolicyOutput{}, deleteInline(c.Tx, r, *in.PolicyName)
}
