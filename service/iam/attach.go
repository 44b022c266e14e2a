package iam

import (
	"slices"
	"strings"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

func (s *Service) attachOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpAttachUserPolicy, onUser(func(in *api.AttachUserPolicyInput) *string { return in.UserName },
			func(in *api.AttachUserPolicyInput, k condition) { k.set(keyPolicyARN, wire.Text(in.PolicyArn)) }), s.attachUserPolicy),
		service.Writes(api.OpDetachUserPolicy, onUser(func(in *api.DetachUserPolicyInput) *string { return in.UserName },
			func(in *api.DetachUserPolicyInput, k condition) { k.set(keyPolicyARN, wire.Text(in.PolicyArn)) }), s.detachUserPolicy),
		service.Reads(api.OpListAttachedUserPolicies,
			onUser(func(in *api.ListAttachedUserPoliciesInput) *string { return in.UserName }), s.listAttachedUserPolicies),

		service.Writes(api.OpAttachGroupPolicy, onGroup(func(in *api.AttachGroupPolicyInput) *string { return in.GroupName },
			func(in *api.AttachGroupPolicyInput, k condition) { k.set(keyPolicyARN, wire.Text(in.PolicyArn)) }), s.attachGroupPolicy),
		service.Writes(api.OpDetachGroupPolicy, onGroup(func(in *api.DetachGroupPolicyInput) *string { return in.GroupName },
			func(in *api.DetachGroupPolicyInput, k condition) { k.set(keyPolicyARN, wire.Text(in.PolicyArn)) }), s.detachGroupPolicy),
		service.Reads(api.OpListAttachedGroupPolicies,
			onGroup(func(in *api.ListAttachedGroupPoliciesInput) *string { return in.GroupName }), s.listAttachedGroupPolicies),

		service.Writes(api.OpAttachRolePolicy, onRole(func(in *api.AttachRolePolicyInput) *string { return in.RoleName },
			func(in *api.AttachRolePolicyInput, k condition) { k.set(keyPolicyARN, wire.Text(in.PolicyArn)) }), s.attachRolePolicy),
		service.Writes(api.OpDetachRolePolicy, onRole(func(in *api.DetachRolePolicyInput) *string { return in.RoleName },
			func(in *api.DetachRolePolicyInput, k condition) { k.set(keyPolicyARN, wire.Text(in.PolicyArn)) }), s.detachRolePolicy),
		service.Reads(api.OpListAttachedRolePolicies,
			onRole(func(in *api.ListAttachedRolePoliciesInput) *string { return in.RoleName }), s.listAttachedRolePolicies),
	}
}

// keyPolicyARN is the condition key that holds the policy which is attached or detached.
const keyPolicyARN = "iam:PolicyARN"

// attach adds a managed policy. To attach what is attached changes nothing.
func attach(c *service.Call, h holder, arn string) error {
	ref, err := attachable(c.Tx, c.Account, arn)
	if err != nil {
		return err
	}
	g := h.holds()
	if slices.Contains(g.Attached, arn) {
		return nil
	}
	if ref.serviceOnly() && !ofService(c) {
		return api.PolicyNotAttachableException.New("Cannot attach a Service Role Policy to a Customer Role.")
	}
	if ref.taskOnly() {
		return api.PolicyNotAttachableException.New("Policy %s is for sessions of AssumeRoot and cannot be attached.", arn)
	}
	if len(g.Attached) >= policy.MaxAttachedPolicies {
		return over(h.label().attachedQuota, policy.MaxAttachedPolicies)
	}
	g.Attached = append(g.Attached, arn)
	if err := use(c.Tx, c.Account, arn, 1, 0); err != nil {
		return err
	}
	return h.save(c.Tx)
}

func detach(c *service.Call, h holder, arn string) error {
	g := h.holds()
	i := slices.Index(g.Attached, arn)
	if i < 0 {
		return noSuchPolicy(arn)
	}
	g.Attached = slices.Delete(g.Attached, i, i+1)
	if err := use(c.Tx, c.Account, arn, -1, 0); err != nil {
		return err
	}
	return h.save(c.Tx)
}

// attachedPage is one page of the managed policies below a path, ordered by name. Names are unique within an account's and within AWS's
// own policies, so the order is by name and ARN.
func attachedPage(tx store.Tx, account string, h holder, pathPrefix, mark *string, maxItems *int64) (out []api.AttachedPolicy, m *string, more *bool, err error) {
	p, err := pageOf(mark, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	var refs []*policyRef
	for _, arn := range h.holds().Attached {
		ref, err := resolve(tx, account, arn)
		if err != nil {
			return nil, nil, nil, err
		}
		if strings.HasPrefix(ref.path(), prefixOf(pathPrefix)) {
			refs = append(refs, ref)
		}
	}
	order := func(r *policyRef) string { return strings.ToLower(r.name) + "\x00" + r.arn }
	slices.SortFunc(refs, func(a, b *policyRef) int { return strings.Compare(order(a), order(b)) })
	refs, next := cut(refs, p, order)
	out = make([]api.AttachedPolicy, len(refs))
	for i, r := range refs {
		out[i] = api.AttachedPolicy{PolicyArn: &r.arn, PolicyName: &r.name}
	}
	m, more = marker(next)
	return out, m, more, nil
}

func (s *Service) attachUserPolicy(c *service.Call, in *api.AttachUserPolicyInput) (*api.AttachUserPolicyOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	return &api.AttachUserPolicyOutput{}, attach(c, u, *in.PolicyArn)
}

func (s *Service) detachUserPolicy(c *service.Call, in *api.DetachUserPolicyInput) (*api.DetachUserPolicyOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	return &api.DetachUserPolicyOutput{}, detach(c, u, *in.PolicyArn)
}

func (s *Service) listAttachedUserPolicies(c *service.Call, in *api.ListAttachedUserPoliciesInput) (*api.ListAttachedUserPoliciesOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	list, m, more, err := attachedPage(c.Tx, c.Account, u, in.PathPrefix, in.Marker, in.MaxItems)
	return &api.ListAttachedUserPoliciesOutput{AttachedPolicies: list, Marker: m, IsTruncated: more}, err
}

func (s *Service) attachGroupPolicy(c *service.Call, in *api.AttachGroupPolicyInput) (*api.AttachGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	return &api.AttachGroupPolicyOutput{}, attach(c, g, *in.PolicyArn)
}

func (s *Service) detachGroupPolicy(c *service.Call, in *api.DetachGroupPolicyInput) (*api.DetachGroupPolicyOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	return &api.DetachGroupPolicyOutput{}, detach(c, g, *in.PolicyArn)
}

func (s *Service) listAttachedGroupPolicies(c *service.Call, in *api.ListAttachedGroupPoliciesInput) (*api.ListAttachedGroupPoliciesOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	list, m, more, err := attachedPage(c.Tx, c.Account, g, in.PathPrefix, in.Marker, in.MaxItems)
	return &api.ListAttachedGroupPoliciesOutput{AttachedPolicies: list, Marker: m, IsTruncated: more}, err
}

func (s *Service) attachRolePolicy(c *service.Call, in *api.AttachRolePolicyInput) (*api.AttachRolePolicyOutput, error) {
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	return &api.AttachRolePolicyOutput{}, attach(c, r, *in.PolicyArn)
}

func (s *Service) detachRolePolicy(c *service.Call, in *api.DetachRolePolicyInput) (*api.DetachRolePolicyOutput, error) {
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	return &api.DetachRolePolicyOutput{}, detach(c, r, *in.PolicyArn)
}

func (s *Service) listAttachedRolePolicies(c *service.Call, in *api.ListAttachedRolePoliciesInput) (*api.ListAttachedRolePoliciesOutput, error) {
	r, err := roleToRead(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	list, m, more, err := attachedPage(c.Tx, c.Account, r, in.PathPrefix, in.Marker, in.MaxItems)
	return &api.ListAttachedRolePoliciesOutput{AttachedPolicies: list, Marker: m, IsTruncated: more}, err
}
