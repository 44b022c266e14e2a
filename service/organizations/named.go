package organizations

import "vauban/store"

// HasNode says whether the organization has a root, unit or account of that ID.
func HasNode(tx store.Tx, org, id string) (bool, error) {
	n, err := nodes.Get(tx, store.K(id))
	if store.IsAbsent(err) {
		return false, nil
	}
	return err == nil && n.Org == org, err
}
