package iam

import (
	"errors"

	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/store"
)

// BindPrincipals returns a policy of a resource as it is to be stored, with unique IDs in place of the ARNs of users and roles, and the account
// of each ID: a principal that is made anew under the same name is another one. It answers [store.ErrNotFound] when one does not exist.
// IAM User Guide: "AWS JSON policy elements: Principal".
func BindPrincipals(tx store.Tx, text string) (bound string, accounts map[string]string, err error) {
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return "", nil, err
	}
	b := binding{tx: tx, ids: map[string]string{}, accounts: map[string]string{}}
	for i := range doc.Statements {
		for _, p := range doc.Statements[i].Principal {
			if p.Type != policy.PrincipalAWS || arn.IsAccount(p.Text) {
				continue
			}
			if err := b.bind(p.Text); err != nil {
				return "", nil, err
			}
		}
	}
	bound, err = policy.RewritePrincipals(text, func(arn string) (string, bool) { id, ok := b.ids[arn]; return id, ok })
	return bound, b.accounts, err
}

// ShowPrincipals returns a stored policy with the ARNs of the principals that live, and the unique IDs of those that are gone.
func ShowPrincipals(tx store.Tx, stored string, accounts map[string]string) (string, error) {
	if len(accounts) == 0 {
		return stored, nil
	}
	var failed error
	text, err := policy.RenderPrincipals(stored, func(id string) (string, bool) {
		arn, err := principalByID(tx, accounts[id], id)
		if err != nil && !store.IsAbsent(err) {
			failed = err
		}
		return arn, err == nil
	})
	return text, errors.Join(err, failed)
}
