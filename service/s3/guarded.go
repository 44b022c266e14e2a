package s3

import (
	"vauban/service"
	"vauban/store"
)

// GuardedBucket is a bucket with its policy as it counts for others than its account.
type GuardedBucket struct {
	Name   string
	Policy string // principals as ARNs; "" when there is none, or it is public and restricted to the owner's account
}

// Guarded are the buckets of an account in a region.
func Guarded(tx store.Tx, account, region string, principals service.Principals) ([]GuardedBucket, error) {
	var out []GuardedBucket
	s := &Service{}
	for b, err := range buckets.EachRef(tx, "account", store.K(account)) {
		if err != nil {
			return nil, err
		}
		if b.Region != region {
			continue
		}
		g := GuardedBucket{Name: b.Name}
		p, err := policyKind.in(tx, b)
		if err != nil {
			return nil, err
		}
		if p != nil {
			blocks, err := s.publicAccess(tx, b)
			if err != nil {
				return nil, err
			}
			if !p.Public || !blocks.Restrict {
				if g.Policy, err = principals.ShowPrincipals(tx, p.Text, p.Owners); err != nil {
					return nil, err
				}
			}
		}
		out = append(out, g)
	}
	return out, nil
}
