package organizations

import (
	"time"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/engine/inherit"
	"vauban/service"
	"vauban/store"
)

func (s *Service) effectiveOperations() []service.Row {
	return []service.Row{
		reads(s, api.OpDescribeEffectivePolicy, members, func(v *visit, in *api.DescribeEffectivePolicyInput, s *subject) error {
			s.set(keyPolicyType, wire.Text(in.PolicyType))
			if v.subject(in.TargetId) != v.Account {
				s.who = readers
			}
			return s.onNode(v, v.subject(in.TargetId))
		}, s.describeEffectivePolicy),
		reads(s, api.OpListEffectivePolicyValidationErrors, readers, onType(
			func(in *api.ListEffectivePolicyValidationErrorsInput) (*string, *string) {
				return in.AccountId, in.PolicyType
			}), s.listEffectiveErrors),
		reads(s, api.OpListAccountsWithInvalidEffectivePolicy, readers, func(v *visit, in *api.ListAccountsWithInvalidEffectivePolicyInput, s *subject) error {
			s.set(keyPolicyType, wire.Text(in.PolicyType))
			return nil
		}, s.listInvalidAccounts),
	}
}

// subject is the account that a call is about: the caller's own when it names none.
func (v *visit) subject(id *string) string {
	if id != nil {
		return *id
	}
	return v.Account
}

// effective is the merged policy of an account, and when the last of its parts changed.
type effective struct {
	*inherit.Effective
	updated time.Time
}

// merge merges the management policies of a type on the way to an account. Organizations User Guide: "Viewing effective management policies".
func merge(tx store.Tx, o *Organization, n *Node, policyType string) (*effective, error) {
	way, err := lineage(tx, n)
	if err != nil {
		return nil, err
	}
	out := &effective{}
	levels := make([][]*inherit.Policy, len(way))
	for i, n := range way {
		for _, id := range n.attached(policyType) {
			p, err := policies.Get(tx, store.K(o.ID, id))
			if err != nil {
				return nil, err
			}
			doc, err := inherit.Parse(p.ID, []byte(p.Content))
			if err != nil {
				return nil, err // it was checked when it was written
			}
			levels[i] = append(levels[i], doc)
			out.updated = latest(out.updated, p.Updated, n.Changed)
		}
	}
	out.Effective = inherit.Merge(levels)
	return out, nil
}

func latest(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// describeEffectivePolicy answers an account about itself; about others, only who may read the organization.
func (s *Service) describeEffectivePolicy(v *visit, in *api.DescribeEffectivePolicyInput) (*api.DescribeEffectivePolicyOutput, error) {
	id := v.subject(in.TargetId)
	if id != v.Account {
		if ok, err := s.admits(v, readers); err != nil || !ok {
			if err == nil {
				err = noAccess()
			}
			return nil, err
		}
	}
	n, err := node(v.Tx, v.org, id, noSuchTarget, api.TargetTypeAccount)
	if err != nil {
		return nil, err
	}
	e, err := merge(v.Tx, v.org, n, *in.PolicyType)
	if err != nil {
		return nil, err
	}
	if !v.org.enabled(*in.PolicyType) || e.Empty() {
		return nil, api.EffectivePolicyNotFoundException.New("If you ran this action on the management account, this policy type is not enabled. If you ran the action on a member account, the account doesn't have an effective policy of this type. Contact the administrator of your organization about attaching a policy of this type to the account.")
	}
	return &api.DescribeEffectivePolicyOutput{EffectivePolicy: &api.EffectivePolicy{
		PolicyContent: new(e.JSON()), PolicyType: in.PolicyType, TargetId: &n.ID, LastUpdatedTimestamp: at(e.updated),
	}}, nil
}

// codeConflict is the error code of policies that do not fit each other: one sets a value where another has keys.
const codeConflict = "ELEMENT_TYPE_CONFLICT"

func (s *Service) listEffectiveErrors(v *visit, in *api.ListEffectivePolicyValidationErrorsInput) (*api.ListEffectivePolicyValidationErrorsOutput, error) {
	if in.NextToken != nil {
		return nil, badToken()
	}
	n, err := account(v, *in.AccountId)
	if err != nil {
		return nil, err
	}
	e, err := merge(v.Tx, v.org, n, *in.PolicyType)
	if err != nil {
		return nil, err
	}
	way, err := lineage(v.Tx, n)
	if err != nil {
		return nil, err
	}
	out := &api.ListEffectivePolicyValidationErrorsOutput{
		AccountId: &n.ID, PolicyType: in.PolicyType, Path: new(path(v.org, way) + n.ID + "/"), EvaluationTimestamp: at(millis(v.Time)),
		EffectivePolicyValidationErrors: []api.EffectivePolicyValidationError{},
	}
	for _, f := range e.Faults {
		out.EffectivePolicyValidationErrors = append(out.EffectivePolicyValidationErrors, api.EffectivePolicyValidationError{
			ErrorCode: new(codeConflict), ErrorMessage: new("One policy sets a value where another one has further keys. The policy nearer to the root holds."),
			PathToError: &f.Path, ContributingPolicies: f.Policies,
		})
	}
	return out, nil
}

// listInvalidAccounts looks at one page of the accounts; the answer may hold less.
func (s *Service) listInvalidAccounts(v *visit, in *api.ListAccountsWithInvalidEffectivePolicyInput) (*api.ListAccountsWithInvalidEffectivePolicyOutput, error) {
	all, next, err := listRef(v.Tx, nodes, "org", store.K(v.org.ID, api.TargetTypeAccount), in.NextToken, in.MaxResults, func(n *Node) *Node { return n })
	if err != nil {
		return nil, err
	}
	out := &api.ListAccountsWithInvalidEffectivePolicyOutput{PolicyType: in.PolicyType, NextToken: next, Accounts: []api.Account{}}
	for _, n := range all {
		e, err := merge(v.Tx, v.org, n, *in.PolicyType)
		if err != nil {
			return nil, err
		}
		if len(e.Faults) == 0 {
			continue
		}
		a, err := n.shownAccount(v.Tx, v.org)
		if err != nil {
			return nil, err
		}
		out.Accounts = append(out.Accounts, *a)
	}
	return out, nil
}
