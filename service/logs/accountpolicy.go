package logs

import (
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// AccountPolicy is a policy that holds for the log groups of an account in a Region, those that come later too. API reference: "PutAccountPolicy".
type AccountPolicy struct {
	Account, Region string
	Type, Name      string
	Document        string
	Selection       string `json:",omitempty"` // which log groups; "" is all
	Updated         time.Time
}

var accountPolicies = &store.Table[AccountPolicy]{
	Name: "logs.accountpolicy",
	Key:  func(p *AccountPolicy) store.Key { return store.K(p.Account, p.Region, p.Type, p.Name) },
}

// accountKind is what a type of account policies has of its own: a further type is a further case of [Service.accountKind].
type accountKind struct {
	most              int      // policies of the type that an account has in a Region at most
	put, delete, show []string // actions that the caller must be allowed on all log groups, beside those of account policies themselves

	// check refuses a document or selection that is wrong. It is called before the commit, and may ask other services.
	check func(c *service.Call, p *AccountPolicy) error

	// further is what else is asked for a policy, and also what else is committed with it. Both may be nil.
	further func(c *service.Call, document string) []service.Question
	also    func(c *service.Call, tx store.Tx, p *AccountPolicy) error
	beside  func(p *AccountPolicy, have []*AccountPolicy) error // refuses a policy beside those that there are; nil takes any
}

// accountKind answers what is to be known of a type.
func (s *Service) accountKind(name string) (*accountKind, error) {
	switch name {
	case api.PolicyTypeDataProtectionPolicy:
		return s.accountProtection(), nil
	case api.PolicyTypeFieldIndexPolicy:
		return &accountKind{
			most: 20, put: []string{"logs:PutIndexPolicy"}, delete: []string{"logs:DeleteIndexPolicy"}, show: []string{"logs:DescribeIndexPolicies"}, check: s.checkIndexPolicy, beside: apart,
		}, nil
	case api.PolicyTypeTransformerPolicy:
		return &accountKind{
			most: 20, put: []string{"logs:PutTransformer"}, delete: []string{"logs:DeleteTransformer"}, show: []string{"logs:GetTransformer"}, check: s.checkTransformerPolicy, beside: apart,
		}, nil
	default:
		return nil, notBuilt("The account policy type " + bounded(name, 64))
	}
}

// policiesOf are the account's policies of one type, in the order of their names.
func policiesOf(tx store.Tx, account, region, kind string) ([]*AccountPolicy, error) {
	list, err := accountPolicies.List(tx, store.K(account, region, kind), nil, 0)
	return list.Items, err
}

// policiesOn are all policies of the group's account and Region.
func policiesOn(tx store.Tx, g *Group) ([]*AccountPolicy, error) {
	list, err := accountPolicies.List(tx, store.K(g.Account, g.Region), nil, 0)
	return list.Items, err
}

func (s *Service) accountPolicyOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpPutAccountPolicy, s.onPutAccountPolicy, s.putAccountPolicy),
		service.Writes(api.OpDeleteAccountPolicy, func(_ *service.Call, in *api.DeleteAccountPolicyInput) ([]service.Question, error) {
			return s.onAccountPolicy(in.PolicyType, func(k *accountKind) []string { return k.delete })
		}, s.deleteAccountPolicy),
		service.Reads(api.OpDescribeAccountPolicies, func(_ *service.Call, in *api.DescribeAccountPoliciesInput) ([]service.Question, error) {
			return s.onAccountPolicy(in.PolicyType, func(k *accountKind) []string { return k.show })
		}, s.describeAccountPolicies),
	}
}

// onAccountPolicy asks about account policies, and what a policy of the type does. API reference: "PutAccountPolicy", required permissions.
func (s *Service) onAccountPolicy(kind *string, further func(*accountKind) []string) ([]service.Question, error) {
	k, err := s.accountKind(wire.Text(kind))
	if err != nil {
		return onAny[any](nil, nil) // the handler refuses
	}
	qs := []service.Question{{Resource: "*"}}
	for _, action := range further(k) {
		qs = append(qs, service.Question{Action: action, Resource: "*"})
	}
	return qs, nil
}

func (s *Service) onPutAccountPolicy(c *service.Call, in *api.PutAccountPolicyInput) ([]service.Question, error) {
	qs, err := s.onAccountPolicy(in.PolicyType, func(k *accountKind) []string { return k.put })
	if k, unknown := s.accountKind(wire.Text(in.PolicyType)); unknown == nil && k.further != nil {
		qs = append(qs, k.further(c, wire.Text(in.PolicyDocument))...)
	}
	return qs, err
}

// maxSelection bounds a selection. API reference: "PutAccountPolicy".
const maxSelection = 25 << 10

func (s *Service) putAccountPolicy(c *service.Call, in *api.PutAccountPolicyInput) (*api.PutAccountPolicyOutput, error) {
	k, err := s.accountKind(*in.PolicyType)
	if err != nil {
		return nil, err
	}
	p := &AccountPolicy{
		Account: c.Account, Region: c.Region, Type: *in.PolicyType, Name: *in.PolicyName, Document: *in.PolicyDocument, Selection: wire.Text(in.SelectionCriteria), Updated: c.Time,
	}
	switch {
	case p.Name == "" || len(p.Name) > 256 || strings.ContainsAny(p.Name, ":*"):
		return nil, invalid("The specified policy name is invalid: it has 1 to 256 characters, and no : or *.")
	case len(p.Selection) > maxSelection:
		return nil, invalid("The specified selectionCriteria is invalid: it must have %d bytes at most.", maxSelection)
	}
	if err := k.check(c, p); err != nil {
		return nil, err
	}
	out := &api.PutAccountPolicyOutput{AccountPolicy: p.shown()}
	return out, c.Commit(func(tx store.Tx) error {
		have, err := policiesOf(tx, p.Account, p.Region, p.Type)
		if err != nil {
			return err
		}
		others := 0
		for _, x := range have {
			if x.Name != p.Name {
				others++
			}
		}
		if others >= k.most {
			return api.LimitExceededException.New("Resource limit exceeded.")
		}
		if k.beside != nil {
			if err := k.beside(p, have); err != nil {
				return err
			}
		}
		if k.also != nil {
			if err := k.also(c, tx, p); err != nil {
				return err
			}
		}
		return accountPolicies.Put(tx, p)
	})
}

func (p *AccountPolicy) shown() *api.AccountPolicy {
	return &api.AccountPolicy{
		AccountId: &p.Account, PolicyName: &p.Name, PolicyType: &p.Type, PolicyDocument: &p.Document, Scope: new(api.ScopeAll), LastUpdatedTime: new(p.Updated.UnixMilli()),
		SelectionCriteria: wire.Optional(p.Selection),
	}
}

func noAccountPolicy(name string) *wire.Error {
	return api.ResourceNotFoundException.New("Account policy with name %s does not exist.", bounded(name, 256))
}

func (s *Service) deleteAccountPolicy(c *service.Call, in *api.DeleteAccountPolicyInput) (*api.DeleteAccountPolicyOutput, error) {
	if _, err := s.accountKind(*in.PolicyType); err != nil {
		return nil, err
	}
	err := accountPolicies.Delete(c.Tx, store.K(c.Account, c.Region, *in.PolicyType, *in.PolicyName))
	if store.IsAbsent(err) {
		return nil, noAccountPolicy(*in.PolicyName)
	}
	return &api.DeleteAccountPolicyOutput{}, err
}

// describeAccountPolicies lists none of a type that is not built: there cannot be one.
func (s *Service) describeAccountPolicies(c *service.Call, in *api.DescribeAccountPoliciesInput) (*api.DescribeAccountPoliciesOutput, error) {
	if err := ownAccount(c, in.AccountIdentifiers, nil); err != nil {
		return nil, err
	}
	p, err := s.pageOf(c, "accountpolicies", nil, groupsDescribed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeAccountPoliciesOutput{AccountPolicies: []api.AccountPolicy{}}
	out.NextToken, err = visit(s, c, p, accountPolicies, store.K(c.Account, c.Region, *in.PolicyType), func(x *AccountPolicy) (bool, error) {
		if in.PolicyName != nil && *in.PolicyName != x.Name {
			return false, nil
		}
		out.AccountPolicies = append(out.AccountPolicies, *x.shown())
		return true, nil
	})
	if err == nil && in.PolicyName != nil && in.NextToken == nil && len(out.AccountPolicies) == 0 {
		return nil, noAccountPolicy(*in.PolicyName)
	}
	return out, err
}
