package organizations

import (
	"time"

	api "vauban/api/organizations"
	"vauban/service"
	"vauban/store"
)

func (s *Service) membershipOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpMoveAccount, management, onNode(
			func(in *api.MoveAccountInput) *string { return in.AccountId },
			func(in *api.MoveAccountInput) *string { return in.SourceParentId },
			func(in *api.MoveAccountInput) *string { return in.DestinationParentId }), s.moveAccount),
		writes(s, api.OpRemoveAccountFromOrganization, management,
			onNode(func(in *api.RemoveAccountFromOrganizationInput) *string { return in.AccountId }), s.removeAccount),
		writes(s, api.OpLeaveOrganization, members, onAll[api.LeaveOrganizationInput], s.leaveOrganization),
		writes(s, api.OpCloseAccount, management, onNode(func(in *api.CloseAccountInput) *string { return in.AccountId }), s.closeAccount),
	}
}

// accountToJoin is the node of an account that belongs to no organization. One that Organizations has not met, the first of a deployment,
// gets an address at which nobody can be written to (RFC 2606).
func (s *Service) accountToJoin(tx store.Tx, id string) (*Node, error) {
	n, err := nodes.Get(tx, store.K(id))
	if store.IsAbsent(err) {
		return &Node{
			ID: id, Kind: api.TargetTypeAccount, Name: "management", Account: &Account{Email: "root@" + id + ".invalid", State: api.AccountStateActive},
		}, nil
	}
	return n, err
}

// join puts the account below the organization's root and stores its node.
func (s *Service) join(tx store.Tx, o *Organization, n *Node, method string, now time.Time) error {
	if err := count(tx, o, accountQuota, 1); err != nil {
		return err
	}
	n.Org, n.Parent = o.ID, o.Root
	n.Account.Method, n.Account.Joined = method, millis(now)
	n.attachDefaults(o)
	if o.AllFeatures {
		if err := s.accounts.LinkRole(tx, n.ID, now); err != nil {
			return err
		}
	}
	return nodes.Put(tx, n)
}

func (s *Service) moveAccount(v *visit, in *api.MoveAccountInput) (*api.MoveAccountOutput, error) {
	n, err := account(v, *in.AccountId)
	if err != nil {
		return nil, err
	}
	from, err := node(v.Tx, v.org, *in.SourceParentId, func() error {
		return api.SourceParentNotFoundException.New("You specified a source parent that doesn't exist.")
	}, api.TargetTypeRoot, api.TargetTypeOrganizationalUnit)
	if err != nil {
		return nil, err
	}
	to, err := node(v.Tx, v.org, *in.DestinationParentId, func() error {
		return api.DestinationParentNotFoundException.New("You specified a destination parent that doesn't exist.")
	}, api.TargetTypeRoot, api.TargetTypeOrganizationalUnit)
	if err != nil {
		return nil, err
	}
	if n.Parent != from.ID { // AWS's words when the account is elsewhere
		return nil, noSuchAccount()
	}
	if from.ID == to.ID {
		return nil, api.DuplicateAccountException.New("That account is already present in the specified destination.")
	}
	n.Parent = to.ID
	return &api.MoveAccountOutput{}, nodes.Update(v.Tx, n)
}

func (s *Service) removeAccount(v *visit, in *api.RemoveAccountFromOrganizationInput) (*api.RemoveAccountFromOrganizationOutput, error) {
	n, err := account(v, *in.AccountId)
	if err != nil {
		return nil, err
	}
	if n.ID == v.org.Management {
		return nil, masterCannotLeave()
	}
	return &api.RemoveAccountFromOrganizationOutput{}, s.depart(v.Tx, v.org, n)
}

func (s *Service) leaveOrganization(v *visit, _ *api.LeaveOrganizationInput) (*api.LeaveOrganizationOutput, error) {
	if v.isManagement() {
		return nil, masterCannotLeave()
	}
	return &api.LeaveOrganizationOutput{}, s.depart(v.Tx, v.org, v.home)
}

func masterCannotLeave() error {
	return api.MasterCannotLeaveOrganizationException.New("You can't remove a management account from an organization. If you want the management account to become a member account in another organization, you must first delete the current organization of the management account.")
}

// depart takes a member out of the organization: what was attached to it there is gone.
func (s *Service) depart(tx store.Tx, o *Organization, n *Node) error {
	delegated, err := delegations.Has(tx, store.K(o.ID, n.ID))
	if err != nil {
		return err
	}
	if delegated {
		return constraint(api.ConstraintViolationExceptionReasonCannotRemoveDelegatedAdministratorFromOrg,
			"You cannot remove an account that is registered as delegated administrator for a service integrated with your organization.")
	}
	n.leave()
	if err := count(tx, o, accountQuota, -1); err != nil {
		return err
	}
	return nodes.Update(tx, n)
}

// closeAccount ends all that the account's principals may do, at once. AWS keeps it shown as suspended for 90 days.
func (s *Service) closeAccount(v *visit, in *api.CloseAccountInput) (*api.CloseAccountOutput, error) {
	n, err := account(v, *in.AccountId)
	if err != nil {
		return nil, err
	}
	if n.ID == v.org.Management {
		return nil, constraint(api.ConstraintViolationExceptionReasonCannotCloseManagementAccount, "You can't close the management account.")
	}
	if n.Account.State != api.AccountStateActive {
		return nil, api.AccountAlreadyClosedException.New("The provided account is already closed.")
	}
	if err := s.mayClose(v); err != nil {
		return nil, err
	}
	n.Account.State, n.Account.Closed = api.AccountStateClosed, millis(v.Time)
	return &api.CloseAccountOutput{}, nodes.Update(v.Tx, n)
}

// Closing within 30 days is limited to a tenth of the member accounts, but at least 10 and at most 1,000. Organizations User Guide: "Closing
// a member account in an organization", "Quotas and service limits".
const (
	closingWindow = 30 * 24 * time.Hour
	minClosings   = 10
	maxClosings   = 1_000
)

func (s *Service) mayClose(v *visit) error {
	total, recent := 0, 0
	for n, err := range nodes.EachRef(v.Tx, "org", store.K(v.org.ID, api.TargetTypeAccount)) {
		if err != nil {
			return err
		}
		total++
		if !n.Account.Closed.IsZero() && v.Time.Sub(n.Account.Closed) < closingWindow {
			recent++
		}
	}
	if recent >= min(max((total-1)/10, minClosings), maxClosings) {
		return constraint(api.ConstraintViolationExceptionReasonCloseAccountQuotaExceeded, "You have exceeded close account quota for the past 30 days.")
	}
	return nil
}
