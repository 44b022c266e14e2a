package iam

import (
	"fmt"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/store"
)

// setTrust makes text the role's trust policy. Users and roles that it names must exist and are bound by their unique IDs, so that
// one that is made anew under the same name is not trusted. The caller stores the role.
// IAM User Guide: "AWS JSON policy elements: Principal".
func (r *Role) setTrust(tx store.Tx, text string) error {
	b := binding{tx: tx, home: r.Account, ids: map[string]string{}, accounts: map[string]string{}}
	_, err := policy.Validate(policy.TrustPolicy, []byte(text), policy.Checks{Exists: b.exists})
	if b.failed != nil {
		return b.failed
	}
	if err != nil {
		return policyError(err)
	}
	bound, err := policy.RewritePrincipals(text, func(arn string) (string, bool) { id, ok := b.ids[arn]; return id, ok })
	if err != nil {
		return policyError(err)
	}
	r.Trust, r.Trusted = bound, nil
	if len(b.accounts) > 0 {
		r.Trusted = b.accounts
	}
	return nil
}

// binding finds the unique IDs of the principals that a trust policy names.
type binding struct {
	tx       store.Tx
	home     string            // account of the role
	ids      map[string]string // ARN → unique ID
	accounts map[string]string // unique ID → account
	failed   error
}

// exists is [policy.Checks].Exists. Whole accounts are taken as existing even if they are not of this deployment: they grant to nobody
// then. Services are not listed anywhere, and identity providers may be made after the role.
func (b *binding) exists(t policy.PrincipalType, text string) bool {
	if t != policy.PrincipalAWS || arn.IsAccount(text) {
		return true
	}
	if b.failed != nil {
		return false
	}
	err := b.bind(text)
	if err != nil && !store.IsAbsent(err) {
		b.failed = err
	}
	return err == nil
}

// bind finds what the text names and notes how it is stored; [store.ErrNotFound] when it does not exist.
func (b *binding) bind(text string) error {
	a, err := arn.Parse(text)
	if err != nil { // a unique ID
		b.accounts[text] = b.home
		_, err := principalByID(b.tx, b.home, text)
		return err
	}
	if a.Partition != "aws" {
		return store.ErrNotFound
	}
	switch a.Service + ":" + a.Type() {
	case "iam:user":
		u, err := users.Get(b.tx, entityKey(a.Account, a.Name()))
		if err != nil {
			return err
		}
		return b.note(text, u.ARN(), u.ID, a.Account)
	case "iam:role":
		r, err := roles.Get(b.tx, entityKey(a.Account, a.Name()))
		if err != nil {
			return err
		}
		return b.note(text, r.ARN(), r.ID, a.Account)
	case "sts:assumed-role":
		name, session, _ := strings.Cut(strings.TrimPrefix(a.Resource, "assumed-role/"), "/")
		r, err := roles.Get(b.tx, entityKey(a.Account, name))
		if err == nil && sessionARN(r, session) != text {
			err = store.ErrNotFound
		}
		return err
	}
	return nil // the whole account, or a federated user, of which there is no register
}

func (b *binding) note(text, arn, id, account string) error {
	if text != arn { // another path, or other case
		return store.ErrNotFound
	}
	b.ids[text], b.accounts[id] = id, account
	return nil
}

// sessionARN is the ARN of a session of the role. It does not show the role's path.
func sessionARN(r *Role, session string) string {
	return "arn:aws:sts::" + r.Account + ":assumed-role/" + r.Name + "/" + session
}

// principalByID is the ARN of the living user or role of that ID, or [store.ErrNotFound].
func principalByID(tx store.Tx, account, id string) (string, error) {
	if strings.HasPrefix(id, userPrefix) {
		u, err := users.ByUnique(tx, "id", store.K(account, id))
		if err != nil {
			return "", err
		}
		return u.ARN(), nil
	}
	r, err := roles.ByUnique(tx, "id", store.K(account, id))
	if err != nil {
		return "", err
	}
	return r.ARN(), nil
}

// shownTrust is the trust policy as the API shows it.
func (r *Role) shownTrust(tx store.Tx) (*string, error) {
	text, err := r.renderedTrust(tx)
	if err != nil {
		return nil, err
	}
	return shownDocument(text), nil
}

// renderedTrust is the trust policy with the ARNs of the principals that live, and the unique IDs of those that are gone.
func (r *Role) renderedTrust(tx store.Tx) (string, error) {
	text, err := ShowPrincipals(tx, r.Trust, r.Trusted)
	if err != nil {
		return "", fmt.Errorf("show the trust policy of role %s: %w", r.Name, err)
	}
	return text, nil
}
