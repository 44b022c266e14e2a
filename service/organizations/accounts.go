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
