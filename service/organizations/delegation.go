package organizations

import (
	"slices"
	"strings"
	"time"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// delegate is a member account that administers services for the whole organization, and may read what it needs for that.
type delegate struct {
	Org      string     `json:"org"`
	Account  string     `json:"account"`
	Since    time.Time  `json:"since"`
	Services []Enabling `json:"services"` // by principal, never empty
}

// Enabling is a service that something was given to, and when.
type Enabling struct {
	Principal string    `json:"principal"`
	Since     time.Time `json:"since"`
}

var delegations = &store.Table[delegate]{
	Name: "organizations.delegate",
	Key:  func(d *delegate) store.Key { return store.K(d.Org, d.Account) },
	Refs: map[string]func(*delegate) []store.Key{"service": func(d *delegate) (keys []store.Key) {
		for _, e := range d.Services {
			keys = append(keys, store.K(d.Org, e.Principal))
		}
		return keys
	}},
}

func (d *delegate) index(principal string) int {
	return slices.IndexFunc(d.Services, func(e Enabling) bool { return e.Principal == principal })
}

// keyServicePrincipal is the condition key that holds the service that a call is about.
const keyServicePrincipal = "organizations:ServicePrincipal"

func (s *Service) delegationOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpRegisterDelegatedAdministrator, management, func(v *visit, in *api.RegisterDelegatedAdministratorInput, s *subject) error {
			s.set(keyServicePrincipal, wire.Text(in.ServicePrincipal))
			return s.onNode(v, wire.Text(in.AccountId))
		}, s.registerDelegate),
		writes(s, api.OpDeregisterDelegatedAdministrator, management, func(v *visit, in *api.DeregisterDelegatedAdministratorInput, s *subject) error {
			s.set(keyServicePrincipal, wire.Text(in.ServicePrincipal))
			return s.onNode(v, wire.Text(in.AccountId))
		}, s.deregisterDelegate),
		reads(s, api.OpListDelegatedAdministrators, readers, func(v *visit, in *api.ListDelegatedAdministratorsInput, s *subject) error {
			s.set(keyServicePrincipal, wire.Text(in.ServicePrincipal))
			return nil
		}, s.listDelegates),
		reads(s, api.OpListDelegatedServicesForAccount, readers,
			onNode(func(in *api.ListDelegatedServicesForAccountInput) *string { return in.AccountId }), s.listDelegatedServices),
	}
}

// delegated reports whether a member account is admitted to what the management account does: as a delegated administrator to what is
// read, or because the organization has a resource policy, which then was asked about the call.
func (s *Service) delegated(v *visit, who admission) (bool, error) {
	if who == readers {
		if is, err := delegations.Has(v.Tx, store.K(v.org.ID, v.Account)); err != nil || is {
			return is, err
		}
	}
	return resourcePolicies.Has(v.Tx, store.K(v.org.ID))
}

func (s *Service) registerDelegate(v *visit, in *api.RegisterDelegatedAdministratorInput) (*api.RegisterDelegatedAdministratorOutput, error) {
	principal := *in.ServicePrincipal
	n, err := account(v, *in.AccountId)
	if err != nil {
		return nil, err
	}
	if err := knownService(principal, true); err != nil {
		return nil, err
	}
	switch {
	case n.ID == v.org.Management:
		return nil, constraint(api.ConstraintViolationExceptionReasonCannotRegisterMasterAsDelegatedAdministrator,
			"You cannot register master account/yourself as delegated administrator for your organization.")
	case n.Account.State != api.AccountStateActive:
		return nil, constraint(api.ConstraintViolationExceptionReasonCannotRegisterSuspendedAccountAsDelegatedAdministrator,
			"You cannot register a suspended account as delegated administrator for your organization.")
	}
	if on, err := trusts(v.Tx, v.org.ID, principal); err != nil || !on {
		if err != nil {
			return nil, err
		}
		return nil, constraint(api.ConstraintViolationExceptionReasonServiceAccessNotEnabled,
			"You must enable service access for %s before you can register a delegated administrator.", principal)
	}
	d, err := delegations.Get(v.Tx, store.K(v.org.ID, n.ID))
	if store.IsAbsent(err) {
		d, err = &delegate{Org: v.org.ID, Account: n.ID, Since: millis(v.Time)}, nil
	}
	if err != nil {
		return nil, err
	}
	if d.index(principal) >= 0 {
		return nil, api.AccountAlreadyRegisteredException.New("The provided account is already a delegated administrator for your organization.")
	}
	d.Services = append(d.Services, Enabling{principal, millis(v.Time)})
	slices.SortFunc(d.Services, byPrincipal)
	return &api.RegisterDelegatedAdministratorOutput{}, delegations.Put(v.Tx, d)
}

func byPrincipal(a, b Enabling) int { return strings.Compare(a.Principal, b.Principal) }

func notRegistered() error {
	return api.AccountNotRegisteredException.New("The provided account is not a registered delegated administrator for your organization.")
}

// registered returns what the account administers for the organization.
func registered(v *visit, id string) (*delegate, error) {
	n, err := account(v, id)
	if err != nil {
		return nil, err
	}
	d, err := delegations.Get(v.Tx, store.K(v.org.ID, n.ID))
	return found(d, err, notRegistered)
}

func (s *Service) deregisterDelegate(v *visit, in *api.DeregisterDelegatedAdministratorInput) (*api.DeregisterDelegatedAdministratorOutput, error) {
	d, err := registered(v, *in.AccountId)
	if err != nil {
		return nil, err
	}
	i := d.index(*in.ServicePrincipal)
	if i < 0 {
		return nil, notRegistered()
	}
	d.Services = slices.Delete(d.Services, i, i+1)
	if len(d.Services) == 0 {
		return &api.DeregisterDelegatedAdministratorOutput{}, delegations.Delete(v.Tx, delegations.Key(d))
	}
	return &api.DeregisterDelegatedAdministratorOutput{}, delegations.Update(v.Tx, d)
}

func (s *Service) listDelegates(v *visit, in *api.ListDelegatedAdministratorsInput) (*api.ListDelegatedAdministratorsOutput, error) {
	var all []*delegate
	var next *string
	var err error
	same := func(d *delegate) *delegate { return d }
	if in.ServicePrincipal != nil {
		all, next, err = listRef(v.Tx, delegations, "service", store.K(v.org.ID, *in.ServicePrincipal), in.NextToken, in.MaxResults, same)
	} else {
		all, next, err = list(v.Tx, delegations, store.K(v.org.ID), in.NextToken, in.MaxResults, same)
	}
	if err != nil {
		return nil, err
	}
	out := &api.ListDelegatedAdministratorsOutput{DelegatedAdministrators: make([]api.DelegatedAdministrator, len(all)), NextToken: next}
	for i, d := range all {
		n, err := nodes.Get(v.Tx, store.K(d.Account))
		if err != nil {
			return nil, err
		}
		out.DelegatedAdministrators[i] = api.DelegatedAdministrator{
			Id: &n.ID, Arn: new(n.ARN(v.org)), Name: &n.Name, Email: &n.Account.Email, State: &n.Account.State, Status: new(n.Account.status()),
			JoinedMethod: &n.Account.Method, JoinedTimestamp: &n.Account.Joined, DelegationEnabledDate: &d.Since,
		}
	}
	return out, nil
}

func (s *Service) listDelegatedServices(v *visit, in *api.ListDelegatedServicesForAccountInput) (*api.ListDelegatedServicesForAccountOutput, error) {
	d, err := registered(v, *in.AccountId)
	if err != nil {
		return nil, err
	}
	page, next, err := cut(d.Services, in.NextToken, in.MaxResults, func(e Enabling) string { return e.Principal })
	out := &api.ListDelegatedServicesForAccountOutput{DelegatedServices: make([]api.DelegatedService, len(page)), NextToken: next}
	for i := range page {
		out.DelegatedServices[i] = api.DelegatedService{ServicePrincipal: &page[i].Principal, DelegationEnabledDate: &page[i].Since}
	}
	return out, err
}
