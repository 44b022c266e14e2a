package all

import (
	"vauban/engine/policy/escalation"
	"vauban/service/iam"
	"vauban/service/organizations"
	"vauban/store"
)

// AddAccount implements vauban.Worlds. No service has compute yet.
func (named) AddAccount(tx store.Tx, account string, w *escalation.World) error {
	return iam.AddToWorld(tx, account, w)
}

// Accounts implements vauban.Worlds.
func (named) Accounts(tx store.Tx, organization string) ([]string, error) {
	return organizations.AccountsOf(tx, organization)
}
