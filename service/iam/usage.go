package iam

import (
	"vauban/store"
)

// usage counts who holds a managed policy in one account. It is a document of its own, so that AWS managed policies, which no
// account owns, are counted too. There is none for a policy that nobody holds.
type usage struct {
	Account    string `json:"account"`
	ARN        string `json:"arn"`
	Attached   int64  `json:"attached"`
	Boundaries int64  `json:"boundaries"`
}

var usages = &store.Table[usage]{
	Name: "iam.policy-usage",
	Key:  func(u *usage) store.Key { return store.K(u.Account, u.ARN) },
}

// use adds to how often the account's entities use a managed policy: attached, or as a boundary.
func use(tx store.Tx, account, arn string, attached, boundaries int64) error {
	u, err := usageOf(tx, account, arn)
	if err != nil {
		return err
	}
	u.Attached += attached
	u.Boundaries += boundaries
	if u.Attached == 0 && u.Boundaries == 0 {
		return usages.Delete(tx, usages.Key(u))
	}
	return usages.Put(tx, u)
}

// usageOf is how often the account's entities use a managed policy.
func usageOf(tx store.Tx, account, arn string) (*usage, error) {
	u, err := usages.Get(tx, store.K(account, arn))
	if store.IsAbsent(err) {
		return &usage{Account: account, ARN: arn}, nil
	}
	return u, err
}

// usagesOf are all managed policies that the account's entities use, by ARN.
func usagesOf(tx store.Tx, account string) (map[string]*usage, error) {
	out := map[string]*usage{}
	for u, err := range usages.Each(tx, store.K(account)) {
		if err != nil {
			return nil, err
		}
		out[u.ARN] = u
	}
	return out, nil
}
