package organizations

import (
	"slices"
	"time"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/store"
)

// creation is a request to create an account, and what became of it. It is settled in the transaction that makes it: the account can be used
// as soon as the answer is there.
type creation struct {
	Org       string    `json:"org"`
	ID        string    `json:"id"` // car-…
	Name      string    `json:"name"`
	State     string    `json:"state"`
	Account   string    `json:"account,omitempty"`
	Reason    string    `json:"reason,omitempty"` // api.CreateAccountFailureReason…
	Requested time.Time `json:"requested"`
}

var creations = &store.Table[creation]{
	Name: "organizations.creation",
	Key:  func(r *creation) store.Key { return store.K(r.Org, r.ID) },
}

// defaultRole is the role that a new account has when the request names none.
const defaultRole = "OrganizationAccountAccessRole"

// createAccount makes an account, with a role through which the management account administers it. An address that is in use is told by the
// state of the request, not by an error, as AWS does. IamUserAccessToBilling says nothing here: there is no billing.
func (s *Service) createAccount(v *visit, in *api.CreateAccountInput) (*api.CreateAccountOutput, error) {
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	id, err := newID(s.Rand, "car-", 32)
	if err != nil {
		return nil, err
	}
	r := &creation{Org: v.org.ID, ID: id, Name: *in.AccountName, State: api.CreateAccountStateFailed, Requested: millis(v.Time)}
	_, err = nodes.ByUnique(v.Tx, "email", emailKey(*in.Email))
	switch {
	case err == nil:
		r.Reason = api.CreateAccountFailureReasonEmailAlreadyExists
	case store.IsAbsent(err):
		if r.Account, err = s.makeAccount(v, in, tags); err != nil {
			return nil, err
		}
		r.State = api.CreateAccountStateSucceeded
	default:
		return nil, err
	}
	return &api.CreateAccountOutput{CreateAccountStatus: r.shown()}, creations.Insert(v.Tx, r)
}

// makeAccount makes the account and its place in the organization.
func (s *Service) makeAccount(v *visit, in *api.CreateAccountInput, tags []Tag) (id string, err error) {
	a := NewAccount{Role: defaultRole, Management: v.org.Management, Created: v.Time}
	if in.RoleName != nil {
		a.Role = *in.RoleName
	}
	for {
		if a.ID, err = newAccountID(s.Rand); err != nil {
			return "", err
		}
		if err = s.accounts.Create(v.Tx, a); err == nil {
			break
		}
		if !store.IsTaken(err) {
			return "", err
		}
	}
	n := &Node{ID: a.ID, Kind: api.TargetTypeAccount, Name: *in.AccountName, Account: &Account{Email: *in.Email, State: api.AccountStateActive}}
	n.Tags = tags
	return a.ID, s.join(v.Tx, v.org, n, api.AccountJoinedMethodCreated, v.Time)
}

func (r *creation) shown() *api.CreateAccountStatus {
	return &api.CreateAccountStatus{
		Id: &r.ID, AccountName: &r.Name, State: &r.State, AccountId: wire.Optional(r.Account), FailureReason: wire.Optional(r.Reason),
		RequestedTimestamp: &r.Requested, CompletedTimestamp: &r.Requested,
	}
}

func (s *Service) describeCreateAccountStatus(v *visit, in *api.DescribeCreateAccountStatusInput) (*api.DescribeCreateAccountStatusOutput, error) {
	r, err := creations.Get(v.Tx, store.K(v.org.ID, *in.CreateAccountRequestId))
	if store.IsAbsent(err) {
		return nil, api.CreateAccountStatusNotFoundException.New("You specified a create account request that doesn't exist.")
	}
	if err != nil {
		return nil, err
	}
	return &api.DescribeCreateAccountStatusOutput{CreateAccountStatus: r.shown()}, nil
}

// listCreateAccountStatus shows a page that may hold less than asked for, when requests in other states lie between.
func (s *Service) listCreateAccountStatus(v *visit, in *api.ListCreateAccountStatusInput) (*api.ListCreateAccountStatusOutput, error) {
	all, next, err := list(v.Tx, creations, store.K(v.org.ID), in.NextToken, in.MaxResults, func(r *creation) api.CreateAccountStatus { return *r.shown() })
	if len(in.States) > 0 {
		all = slices.DeleteFunc(all, func(r api.CreateAccountStatus) bool { return !slices.Contains(in.States, *r.State) })
	}
	return &api.ListCreateAccountStatusOutput{CreateAccountStatuses: all, NextToken: next}, err
}

// createGovCloudAccount is refused as AWS refuses it where there is no second partition.
func (s *Service) createGovCloudAccount(*visit, *api.CreateGovCloudAccountInput) (*api.CreateGovCloudAccountOutput, error) {
	return nil, constraint(api.ConstraintViolationExceptionReasonMasterAccountNotGovcloudEnabled,
		"The management account is not associated with an account in the AWS GovCloud (US) Region.")
}
