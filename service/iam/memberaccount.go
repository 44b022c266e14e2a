package iam

import (
	"time"

	"vauban/service"
	"vauban/service/iam/managed"
	"vauban/store"
)

// This file is what Organizations needs of IAM. Package service/all hands it over.

// MemberAccount is an account to be made for an organization.
type MemberAccount struct {
	ID         string
	Role       string // name of the role that trusts the management account and may do everything
	Management string
	Created    time.Time
}

// CreateAccount makes the account with its role, or answers a [*store.ExistsError]. Its root has no credentials.
func CreateAccount(tx store.Tx, d service.Deps, m MemberAccount) error {
	if err := accounts.Insert(tx, &Account{ID: m.ID, Created: seconds(m.Created)}); err != nil {
		return err
	}
	r := &Role{
		Account: m.ID, Name: m.Role, Path: "/", Created: seconds(m.Created), MaxSession: defaultMaxSession,
		Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + rootARN(m.Management) + `"},"Action":"sts:AssumeRole"}]}`,
	}
	r.Attached = []string{administratorAccess}
	s := &Service{Deps: d}
	if err := s.insertRole(tx, r); err != nil {
		return err
	}
	return use(tx, m.ID, administratorAccess, 1, 0)
}

// AccountExists reports whether the account is one of this deployment.
func AccountExists(tx store.Tx, id string) (bool, error) { return accounts.Has(tx, store.K(id)) }

// LinkRole makes the service-linked role of the service in the account, unless it is there.
func LinkRole(tx store.Tx, d service.Deps, account, principal string, now time.Time) error {
	l, ok := linkedRoles[principal]
	if !ok {
		return nil
	}
	if _, ok := managed.ByARN(l.policyARN()); !ok {
		return nil
	}
	has, err := roles.Has(tx, entityKey(account, l.name))
	if err != nil || has {
		return err
	}
	s := &Service{Deps: d}
	r := l.role(account, principal, "", "", now)
	if err := s.insertRole(tx, r); err != nil {
		return err
	}
	return use(tx, account, l.policyARN(), 1, 0)
}
