package all

import (
	"vauban/eventlog"
	"vauban/service/cloudtrail"
	"vauban/service/events"
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

// trails hands what CloudTrail delivers to EventBridge.
type trails struct{ cloudtrail.Accounts }

var _ events.Trails = trails{}

// Logging implements [events.Trails].
func (t trails) Logging(tx store.Tx, account string) (func(*eventlog.Entry) bool, error) {
	return cloudtrail.Delivering(tx, t.Accounts, account)
}
