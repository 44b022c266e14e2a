package iam

import (
	"vauban/service"
	"vauban/store"
)

// Signing certificates, SSH public keys and service-specific credentials belong to a user, by its unique ID, and are inert records: the
// services that would take them are not here.

// userRef finds what belongs to a user.
func userRef(u *User) store.Key { return store.K(u.Account, u.ID) }

// ownUser is the user of that name, or the caller's own when the request names none.
func (s *Service) ownUser(c *service.Call, name *string) (*User, error) {
	n, err := userName(c, name)
	if err != nil {
		return nil, err
	}
	return s.user(c, n)
}

// ofUser is one page of what belongs to the user.
func ofUser[T any](c *service.Call, t *store.Table[T], u *User, mark *string, maxItems *int64) (items []*T, next *string, more *bool, err error) {
	p, err := pageOf(mark, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	page, err := t.ListRef(c.Tx, "user", userRef(u), p.after, p.limit)
	next, more = marker(page.Next)
	return page.Items, next, more, err
}

// within refuses another item of the user's when it has as many as it may have.
func within[T any](c *service.Call, t *store.Table[T], u *User, quota string, limit int) error {
	n, err := t.CountRef(c.Tx, "user", userRef(u), limit)
	if err == nil && n >= limit {
		err = over(quota, limit)
	}
	return err
}

// inertCredentials refuses the deletion of a user that still has any of these credentials. The words are AWS's.
func inertCredentials(tx store.Tx, u *User, conflict func(what string) error) error {
	for _, kind := range []struct {
		has  func() (bool, error)
		what string
	}{
		{func() (bool, error) { return signingCertificates.HasRef(tx, "user", userRef(u)) }, "delete signing certificates"},
		{func() (bool, error) { return sshKeys.HasRef(tx, "user", userRef(u)) }, "remove referenced objects"},
		{func() (bool, error) { return serviceCredentials.HasRef(tx, "user", userRef(u)) }, "remove referenced objects"},
	} {
		has, err := kind.has()
		if err != nil {
			return err
		}
		if has {
			return conflict(kind.what)
		}
	}
	return nil
}

// status is the status of such a credential as the API shows it.
func status(active bool) string {
	if active {
		return statusActive
	}
	return statusInactive
}

// activity reads the status that a request sets. Expired is a status that is shown, not one that can be set.
func activity(status string) (active bool, err error) {
	switch status {
	case statusActive:
		return true, nil
	case statusInactive:
		return false, nil
	}
	return false, ValidationError.New("1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]")
}
