package cloudtrail

import (
	"vauban/service"
	"vauban/store"
)

// Accounts is what CloudTrail needs of IAM and Organizations. Package service/all fills it.
type Accounts interface {
	service.Principals
	// Standing is the place of an account in its organization, with regard to CloudTrail.
	Standing(tx store.Tx, account string) (*Standing, error)
	// Management is the management account of an organization, and Members are all its accounts, in order.
	Management(tx store.Tx, organization string) (string, error)
	Members(tx store.Tx, organization string) ([]string, error)
}

// Standing is an account's place in its organization.
type Standing struct {
	Organization string // "" for an account that belongs to none
	AllFeatures  bool
	Management   bool // the management account
	Delegate     bool // a delegated administrator of CloudTrail
	Trusted      bool // CloudTrail has trusted access
	Active       bool // the account is not closed
}

// administers reports whether the account may keep the events of its whole organization.
func (s *Standing) administers() bool {
	return s.Organization != "" && s.Trusted && (s.Management || s.Delegate)
}
