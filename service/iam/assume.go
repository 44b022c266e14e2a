package iam

import (
	"fmt"
	"io"

	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/store"
)

// This file is what the Security Token Service needs of IAM. Package service/all hands it over.

// AssumableRole is a role as STS sees it.
type AssumableRole struct {
	Account    string
	Name       string
	ID         string // AROA…
	ARN        string // with path
	MaxSession int64  // seconds
	Trust      *policy.Document
	Tags       map[string]string
}

// RoleForAssume returns the role of that ARN, of whichever account, or [store.ErrNotFound].
func RoleForAssume(tx store.Tx, roleARN string) (*AssumableRole, error) {
	a, err := arn.Parse(roleARN)
	if err != nil || a.Service != "iam" || a.Type() != "role" {
		return nil, store.ErrNotFound
	}
	r, err := roles.Get(tx, entityKey(a.Account, a.Name()))
	if err != nil {
		return nil, err
	}
	if r.ARN() != roleARN { // another path, or other case
		return nil, store.ErrNotFound
	}
	doc, err := policy.Parse([]byte(r.Trust))
	if err != nil {
		return nil, fmt.Errorf("parse the trust policy of %s: %w", roleARN, err)
	}
	return &AssumableRole{
		Account: r.Account, Name: r.Name, ID: r.ID, ARN: roleARN, MaxSession: r.MaxSession, Trust: doc, Tags: tagMap(r.Tags),
	}, nil
}

// HasManagedPolicy reports whether the account sees a managed policy of that ARN: its own, or one of AWS's.
func HasManagedPolicy(tx store.Tx, account, arn string) (bool, error) {
	_, err := resolve(tx, account, arn)
	if store.IsAbsent(err) {
		return false, nil
	}
	return err == nil, err
}

// GlobalTokens reports whether the account has chosen tokens of STS's global endpoint that are valid in every region: version 2.
func GlobalTokens(tx store.Tx, account string) (bool, error) {
	a, err := accounts.Get(tx, store.K(account))
	if err != nil {
		return false, fmt.Errorf("read the token version of account %s: %w", account, err)
	}
	return a.GlobalTokens, nil
}

// NewTemporaryKey makes the ID and the secret of temporary credentials that belong to the account.
func NewTemporaryKey(r io.Reader, account string) (id, secret string, err error) {
	if id, err = NewAccessKeyID(r, temporaryPrefix, account); err != nil {
		return "", "", err
	}
	secret, err = newSecret(r)
	return id, secret, err
}
