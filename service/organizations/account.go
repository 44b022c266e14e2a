package organizations

import (
	"time"

	api "vauban/api/organizations"
	"vauban/service"
	"vauban/store"
)

// Account is what an account's node carries beyond its place.
type Account struct {
	Email  string    `json:"email"`
	State  string    `json:"state"`            // api.AccountState…
	Method string    `json:"method,omitempty"` // api.AccountJoinedMethod…
	Joined time.Time `json:"joined,omitzero"`
	Closed time.Time `json:"closed,omitzero"`
}

func (s *Service) accountOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpCreateAccount, management, func(v *visit, in *api.CreateAccountInput, s *subject) error {
			service.RequestTags(s.keys, service.Tags(in.Tags))
			return nil
		}, s.createAccount),
		writes(s, api.OpCreateGovCloudAccount, management, onAll[api.CreateGovCloudAccountInput], s.createGovCloudAccount),
		reads(s, api.OpDescribeCreateAccountStatus, readers, onAll[api.DescribeCreateAccountStatusInput], s.describeCreateAccountStatus),
		reads(s, api.OpListCreateAccountStatus, readers, onAll[api.ListCreateAccountStatusInput], s.listCreateAccountStatus),
		reads(s, api.OpDescribeAccount, readers, onNode(func(in *api.DescribeAccountInput) *string { return in.AccountId }), s.describeAccount),
		reads(s, api.OpListAccounts, readers, onAll[api.ListAccountsInput], s.listAccounts),
		reads(s, api.OpListAccountsForParent, readers,
			onNode(func(in *api.ListAccountsForParentInput) *string { return in.ParentId }), s.listAccountsForParent),
	}
}

// account is the organization's account of that ID.
func account(v *visit, id string) (*Node, error) {
	return node(v.Tx, v.org, id, noSuchAccount, api.TargetTypeAccount)
}

// shownAccount is the account as the API shows it. State is exact; Status is the older, coarser member.
func (n *Node) shownAccount(tx store.Tx, o *Organization) (*api.Account, error) {
	way, err := lineage(tx, n)
	if err != nil {
		return nil, err
	}
	return &api.Account{
		Id: &n.ID, Arn: new(n.ARN(o)), Name: &n.Name, Email: &n.Account.Email, State: &n.Account.State, Status: new(n.Account.status()),
		JoinedMethod: &n.Account.Method, JoinedTimestamp: &n.Account.Joined, Paths: []string{path(o, way) + n.ID + "/"},
	}, nil
}

func (a *Account) status() string {
	if a.State == api.AccountStateActive {
		return api.AccountStatusActive
	}
	return api.AccountStatusSuspended
}

func (s *Service) describeAccount(v *visit, in *api.DescribeAccountInput) (*api.DescribeAccountOutput, error) {
	n, err := account(v, *in.AccountId)
	if err != nil {
		return nil, err
	}
	out, err := n.shownAccount(v.Tx, v.org)
	return &api.DescribeAccountOutput{Account: out}, err
}

func (s *Service) listAccounts(v *visit, in *api.ListAccountsInput) (*api.ListAccountsOutput, error) {
	list, next, err := accountPage(v, "org", store.K(v.org.ID, api.TargetTypeAccount), in.NextToken, in.MaxResults)
	return &api.ListAccountsOutput{Accounts: list, NextToken: next}, err
}

func (s *Service) listAccountsForParent(v *visit, in *api.ListAccountsForParentInput) (*api.ListAccountsForParentOutput, error) {
	p, err := parent(v.Tx, v.org, *in.ParentId)
	if err != nil {
		return nil, err
	}
	list, next, err := accountPage(v, "parent", store.K(p.ID, api.TargetTypeAccount), in.NextToken, in.MaxResults)
	return &api.ListAccountsForParentOutput{Accounts: list, NextToken: next}, err
}

func accountPage(v *visit, index string, value store.Key, mark *string, most *int64) ([]api.Account, *string, error) {
	found, next, err := listRef(v.Tx, nodes, index, value, mark, most, func(n *Node) *Node { return n })
	if err != nil {
		return nil, nil, err
	}
	out := make([]api.Account, len(found))
	for i, n := range found {
		a, err := n.shownAccount(v.Tx, v.org)
		if err != nil {
			return nil, nil, err
		}
		out[i] = *a
	}
	return out, next, nil
}
