package organizations

import (
	"fmt"

	api "vauban/api/organizations"
	"vauban/store"
)

// AccountsOf returns the IDs of the accounts of an organization, in order.
func AccountsOf(tx store.Tx, organization string) ([]string, error) {
	var out []string
	for n, err := range nodes.EachRef(tx, "org", store.K(organization, api.TargetTypeAccount)) {
		if err != nil {
			return nil, fmt.Errorf("list the accounts of %s: %w", organization, err)
		}
		out = append(out, n.ID)
	}
	return out, nil
}

// ManagementOf returns the ID of an organization's management account.
func ManagementOf(tx store.Tx, organization string) (string, error) {
	o, err := organizations.Get(tx, store.K(organization))
	if err != nil {
		return "", fmt.Errorf("read the organization %s: %w", organization, err)
	}
	return o.Management, nil
}
