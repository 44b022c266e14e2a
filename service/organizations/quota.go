package organizations

import (
	api "vauban/api/organizations"
	"vauban/store"
)

// quota is how many things of a kind an organization may have. Organizations User Guide: "Quotas and service limits for AWS Organizations".
type quota struct {
	name   string // on disk
	limit  int64
	reason string
	words  string
}

var (
	// AWS starts with ten accounts and grants up to 10,000 on request; there is nobody to ask here.
	accountQuota = quota{"accounts", 10_000, api.ConstraintViolationExceptionReasonAccountNumberLimitExceeded, "You have exceeded the allowed number of AWS accounts."}
	unitQuota    = quota{"units", 2_000, api.ConstraintViolationExceptionReasonOuNumberLimitExceeded, "You have exceeded the allowed number of OUs."}
)

// policyQuota is how many policies of a type an organization may have.
func policyQuota(t string) quota {
	return quota{"policies " + t, kinds[t].perOrganization, api.ConstraintViolationExceptionReasonPolicyNumberLimitExceeded,
		"You have exceeded the allowed number of policies."}
}

// counted is how many there are: kept beside them, so that no operation counts by listing.
type counted struct {
	Org  string `json:"org"`
	What string `json:"what"`
	N    int64  `json:"n"`
}

var counts = &store.Table[counted]{
	Name: "organizations.count",
	Key:  func(n *counted) store.Key { return store.K(n.Org, n.What) },
}

// count adds d to the organization's number of such things, within the quota.
func count(tx store.Tx, o *Organization, q quota, d int64) error {
	n, err := counts.Get(tx, store.K(o.ID, q.name))
	if store.IsAbsent(err) {
		n, err = &counted{Org: o.ID, What: q.name}, nil
	}
	if err != nil {
		return err
	}
	n.N += d
	if d > 0 && n.N > q.limit {
		return constraint(q.reason, "%s", q.words)
	}
	return counts.Put(tx, n)
}
