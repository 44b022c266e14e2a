package organizations

import (
	"fmt"

	"vauban/access"
	api "vauban/api/organizations"
	"vauban/store"
)

// Membership says for package access where an account stands, and what limits it there. Every document is read by its key, so that
// package access notes it and forgets the answer when it changes.
func Membership(tx store.Tx, account string) (*access.Membership, error) {
	n, err := nodes.Get(tx, store.K(account))
	if store.IsAbsent(err) {
		return &access.Membership{}, nil
	}
	if err != nil {
		return nil, err
	}
	m := &access.Membership{Suspended: n.Account.State != api.AccountStateActive}
	if n.Org == "" {
		return m, nil
	}
	o, err := organizations.Get(tx, store.K(n.Org))
	if err != nil {
		return nil, err
	}
	way, err := lineage(tx, n)
	if err != nil {
		return nil, err
	}
	m.Organization, m.Path, m.Management = o.ID, path(o, way), o.Management == account
	if m.SCPs, err = levels(tx, o, way, api.PolicyTypeServiceControlPolicy); err != nil {
		return nil, err
	}
	m.RCPs, err = levels(tx, o, way, api.PolicyTypeResourceControlPolicy)
	return m, err
}

// levels are the policies of the type on the way to an account, the root's first; nil when the type is not in force.
func levels(tx store.Tx, o *Organization, way []*Node, policyType string) ([]access.Level, error) {
	if !o.enabled(policyType) {
		return nil, nil
	}
	out := make([]access.Level, len(way))
	for i, n := range way {
		out[i].Name = n.ID
		for _, id := range n.attached(policyType) {
			p, err := policies.Get(tx, store.K(o.ID, id))
			if err != nil {
				return nil, fmt.Errorf("read policy %s at %s: %w", id, n.ID, err)
			}
			out[i].Policies = append(out[i].Policies, access.PolicyText{Name: p.ARN(o), JSON: p.Content})
		}
	}
	return out, nil
}
