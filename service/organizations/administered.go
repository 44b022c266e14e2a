package organizations

import (
	api "vauban/api/organizations"
	"vauban/store"
)

// Administered returns the organization that an account administers for a service, as its management account or as a delegated
// administrator while the service has trusted access, with the active accounts; "" when there is none.
func Administered(tx store.Tx, account, principal string) (org string, accounts []string, err error) {
	n, err := nodes.Get(tx, store.K(account))
	if store.IsAbsent(err) {
		return "", nil, nil
	}
	if err != nil || n.Org == "" {
		return "", nil, err
	}
	o, err := organizations.Get(tx, store.K(n.Org))
	if err != nil {
		return "", nil, err
	}
	if o.Management != account {
		if on, err := trusts(tx, n.Org, principal); err != nil || !on {
			return "", nil, err
		}
		d, err := delegations.Get(tx, store.K(n.Org, account))
		if store.IsAbsent(err) || err == nil && d.index(principal) < 0 {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, err
		}
	}
	for x, err := range nodes.EachRef(tx, "org", store.K(n.Org, api.TargetTypeAccount)) {
		if err != nil {
			return "", nil, err
		}
		if x.Account.State == api.AccountStateActive {
			accounts = append(accounts, x.ID)
		}
	}
	return o.ID, accounts, nil
}
