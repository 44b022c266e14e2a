package all

import (
	"vauban/service/cloudtrail"
	"vauban/service/organizations"
	"vauban/store"
)

// trailAccounts hands what IAM and Organizations know of accounts to CloudTrail.
type trailAccounts struct{ memberAccounts }

var _ cloudtrail.Accounts = trailAccounts{}

// Standing implements [cloudtrail.Accounts].
func (trailAccounts) Standing(tx store.Tx, account string) (*cloudtrail.Standing, error) {
	s, err := organizations.StandingOf(tx, account, "cloudtrail.amazonaws.com")
	return (*cloudtrail.Standing)(s), err
}

// Management implements [cloudtrail.Accounts].
func (trailAccounts) Management(tx store.Tx, organization string) (string, error) {
	return organizations.ManagementOf(tx, organization)
}

// Members implements [cloudtrail.Accounts].
func (trailAccounts) Members(tx store.Tx, organization string) ([]string, error) {
	return organizations.AccountsOf(tx, organization)
}
