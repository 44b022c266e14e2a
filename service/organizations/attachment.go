package organizations

import (
	"slices"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) attachmentOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpAttachPolicy, delegates, onAttachment(
			func(in *api.AttachPolicyInput) (*string, *string) { return in.PolicyId, in.TargetId }), s.attachPolicy),
		writes(s, api.OpDetachPolicy, delegates, onAttachment(
			func(in *api.DetachPolicyInput) (*string, *string) { return in.PolicyId, in.TargetId }), s.detachPolicy),
		reads(s, api.OpListPoliciesForTarget, readers, onType(
			func(in *api.ListPoliciesForTargetInput) (*string, *string) { return in.TargetId, in.Filter }), s.listPoliciesForTarget),
		reads(s, api.OpListTargetsForPolicy, readers, onPolicy(func(in *api.ListTargetsForPolicyInput) *string { return in.PolicyId }), s.listTargetsForPolicy),
	}
}

// onAttachment is the rule of an operation on a policy and a node.
func onAttachment[In any](read func(*In) (policyID, target *string)) rule[In] {
	return func(v *visit, in *In, s *subject) error {
		p, t := read(in)
		if err := s.onPolicy(v, wire.Text(p)); err != nil {
			return err
		}
		return s.onNode(v, wire.Text(t))
	}
}

// attachPolicy puts a policy in force at a node: for all that is below it, on the very next call.
func (s *Service) attachPolicy(v *visit, in *api.AttachPolicyInput) (*api.AttachPolicyOutput, error) {
	p, n, err := attachment(v, *in.PolicyId, *in.TargetId)
	if err != nil {
		return nil, err
	}
	if !v.org.enabled(p.Type) {
		return nil, typeNotEnabled()
	}
	if slices.Contains(n.Attached, Attachment{p.Type, p.ID}) { // these are AWS's words
		return nil, api.DuplicatePolicyAttachmentException.New("A policy with the specified name and type already exists.")
	}
	if len(n.attached(p.Type)) >= kinds[p.Type].perNode {
		return nil, constraint(api.ConstraintViolationExceptionReasonMaxPolicyTypeAttachmentLimitExceeded,
			"You have attached the maximum number of policies to the specified target.")
	}
	n.Attached, n.Changed = append(n.Attached, Attachment{p.Type, p.ID}), millis(v.Time)
	return &api.AttachPolicyOutput{}, nodes.Update(v.Tx, n)
}

func attachment(v *visit, policyID, targetID string) (*Policy, *Node, error) {
	p, err := thePolicy(v, policyID)
	if err != nil {
		return nil, nil, err
	}
	n, err := target(v.Tx, v.org, targetID)
	return p, n, err
}

// detachPolicy never leaves a node without a service control policy: nothing would be allowed below it.
func (s *Service) detachPolicy(v *visit, in *api.DetachPolicyInput) (*api.DetachPolicyOutput, error) {
	p, n, err := attachment(v, *in.PolicyId, *in.TargetId)
	if err != nil {
		return nil, err
	}
	if p.AWS && p.Type == api.PolicyTypeResourceControlPolicy {
		return nil, invalid(api.InvalidInputExceptionReasonNonDetachablePolicy, "You specified a policy that can't be detached from a target: %s.", p.ID)
	}
	i := slices.Index(n.Attached, Attachment{p.Type, p.ID})
	if i < 0 {
		return nil, api.PolicyNotAttachedException.New("The policy isn't attached to the specified target in the specified root.")
	}
	if p.Type == api.PolicyTypeServiceControlPolicy && len(n.attached(p.Type)) == 1 {
		return nil, constraint(api.ConstraintViolationExceptionReasonMinPolicyTypeAttachmentLimitExceeded,
			"You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.")
	}
	n.Attached, n.Changed = slices.Delete(n.Attached, i, i+1), millis(v.Time)
	return &api.DetachPolicyOutput{}, nodes.Update(v.Tx, n)
}

func (s *Service) listPoliciesForTarget(v *visit, in *api.ListPoliciesForTargetInput) (*api.ListPoliciesForTargetOutput, error) {
	n, err := target(v.Tx, v.org, *in.TargetId)
	if err != nil {
		return nil, err
	}
	ids := n.attached(*in.Filter)
	slices.Sort(ids)
	ids, next, err := cut(ids, in.NextToken, in.MaxResults, func(id string) string { return id })
	if err != nil {
		return nil, err
	}
	out := &api.ListPoliciesForTargetOutput{Policies: make([]api.PolicySummary, len(ids)), NextToken: next}
	for i, id := range ids {
		p, err := policies.Get(v.Tx, store.K(v.org.ID, id))
		if err != nil {
			return nil, err
		}
		out.Policies[i] = *p.summary(v.org)
	}
	return out, nil
}

func (s *Service) listTargetsForPolicy(v *visit, in *api.ListTargetsForPolicyInput) (*api.ListTargetsForPolicyOutput, error) {
	p, err := thePolicy(v, *in.PolicyId)
	if err != nil {
		return nil, err
	}
	targets, next, err := listRef(v.Tx, nodes, "policy", store.K(v.org.ID, p.ID), in.NextToken, in.MaxResults, func(n *Node) api.PolicyTargetSummary {
		return api.PolicyTargetSummary{TargetId: &n.ID, Arn: new(n.ARN(v.org)), Name: &n.Name, Type: &n.Kind}
	})
	return &api.ListTargetsForPolicyOutput{Targets: targets, NextToken: next}, err
}
