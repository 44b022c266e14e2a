package all

import (
	"time"

	"vauban/service"
	"vauban/service/iam"
	"vauban/service/organizations"
	"vauban/store"
)

// memberAccounts hands IAM's accounts to Organizations.
type memberAccounts struct{ service.Deps }

var _ organizations.Accounts = memberAccounts{}

func (d memberAccounts) Create(tx store.Tx, a organizations.NewAccount) error {
	return iam.CreateAccount(tx, d.Deps, iam.MemberAccount(a))
}

func (memberAccounts) Exists(tx store.Tx, id string) (bool, error) { return iam.AccountExists(tx, id) }

func (memberAccounts) BindPrincipals(tx store.Tx, text string) (bound string, accounts map[string]string, err error) {
	return iam.BindPrincipals(tx, text)
}

func (memberAccounts) ShowPrincipals(tx store.Tx, stored string, accounts map[string]string) (string, error) {
	return iam.ShowPrincipals(tx, stored, accounts)
}

func (d memberAccounts) LinkRole(tx store.Tx, account string, now time.Time) error {
	return iam.LinkRole(tx, d.Deps, account, "organizations.amazonaws.com", now)
}
