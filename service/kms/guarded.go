package kms

import (
	"vauban/service"
	"vauban/store"
)

// GuardedKey is a key with its policy, principals as ARNs.
type GuardedKey struct{ ARN, Policy string }

// Guarded are the keys of an account in a region, but those that AWS services manage.
func Guarded(tx store.Tx, account, region string, principals service.Principals) ([]GuardedKey, error) {
	var out []GuardedKey
	for k, err := range keyTable.Each(tx, store.K(account, region)) {
		if err != nil {
			return nil, err
		}
		if k.Service != "" {
			continue
		}
		text, err := principals.ShowPrincipals(tx, k.Policy, k.Owners)
		if err != nil {
			return nil, err
		}
		out = append(out, GuardedKey{k.ARN(), text})
	}
	return out, nil
}
