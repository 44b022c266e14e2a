package iam

import (
	"errors"

	"vauban/store"
)

// quota is how many entities of a kind one account may have. IAM User Guide: "IAM and AWS STS quotas".
type quota struct {
	name  string // in IAM's message
	limit int64
}

var (
	userQuota    = quota{"UsersPerAccount", 5000}
	groupQuota   = quota{"GroupsPerAccount", 300}
	roleQuota    = quota{"RolesPerAccount", 1000}
	policyQuota  = quota{"PoliciesPerAccount", 1500}
	profileQuota = quota{"InstanceProfilesPerAccount", 1000}

	policyVersionQuota = quota{"PolicyVersionsInUse", 10000}

	serverCertificateQuota = quota{"ServerCertificatesPerAccount", 20}
	samlProviderQuota      = quota{"SAMLProvidersPerAccount", 100}
	oidcProviderQuota      = quota{"OpenIdConnectProvidersPerAccount", 100}
	mfaQuota               = quota{"VirtualMFADevicesPerAccount", 5000}
	mfaInUseQuota          = quota{"MFADevicesInUse", unlimited}
)

// unlimited is the limit of what is counted, but has no quota of its own.
const unlimited = 1 << 40

// maxSigningCertificates is the quota of one user.
const maxSigningCertificates = 2

// counted is how many entities of a kind an account has: kept beside them, so that no operation counts by listing.
type counted struct {
	Account string `json:"account"`
	Quota   string `json:"quota"`
	N       int64  `json:"n"`
}

var counts = &store.Table[counted]{
	Name: "iam.count",
	Key:  func(n *counted) store.Key { return store.K(n.Account, n.Quota) },
}

// countOf is how many entities of a kind the account has.
func countOf(tx store.Tx, account string, q quota) (int64, error) {
	n, err := counts.Get(tx, store.K(account, q.name))
	if store.IsAbsent(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return n.N, nil
}

// count adds d to the account's number of such entities, within the quota.
func (s *Service) count(tx store.Tx, account string, q quota, d int64) error {
	n, err := counts.Get(tx, store.K(account, q.name))
	if errors.Is(err, store.ErrNotFound) {
		n, err = &counted{Account: account, Quota: q.name}, nil
	}
	if err != nil {
		return err
	}
	n.N += d
	if d > 0 && n.N > q.limit {
		return over(q.name, int(q.limit))
	}
	return counts.Put(tx, n)
}
