package organizations

import (
	api "vauban/api/organizations"
	"vauban/store"
)

// Standing is what other services ask about an account's place, with regard to one of them.
type Standing struct {
	Organization string // "" for an account that belongs to none
	AllFeatures  bool
	Management   bool // the management account
	Delegate     bool // a delegated administrator of the service
	Trusted      bool // the service has trusted access
	Active       bool // the account is not closed
}

// StandingOf returns the standing of the account with regard to the service.
func StandingOf(tx store.Tx, account, principal string) (*Standing, error) {
	n, err := nodes.Get(tx, store.K(account))
	if store.IsAbsent(err) || err == nil && n.Org == "" {
		return &Standing{Active: n == nil || n.Account.State == api.AccountStateActive}, nil
	}
	if err != nil {
		return nil, err
	}
	o, err := organizations.Get(tx, store.K(n.Org))
	if err != nil {
		return nil, err
	}
	s := &Standing{Organization: o.ID, AllFeatures: o.AllFeatures, Management: o.Management == account, Active: n.Account.State == api.AccountStateActive}
	if s.Trusted, err = trusts(tx, o.ID, principal); err != nil {
		return nil, err
	}
	d, err := delegations.Get(tx, store.K(o.ID, account))
	if store.IsAbsent(err) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s.Delegate = d.index(principal) >= 0
	return s, nil
}
