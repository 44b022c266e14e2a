package iam

import (
	"fmt"
	"time"

	"vauban/service"
	"vauban/store"
)

// AccessKey is a long-term access key as stored.
type AccessKey struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	UserID  string    `json:"userId"` // owner by unique ID: a re-created user does not inherit it
	Secret  []byte    `json:"secret"` // sealed under this table and ID
	Active  bool      `json:"active"`
	Created time.Time `json:"created"`
}

var accessKeys = &store.Table[AccessKey]{
	Name:   "iam.access-key",
	Key:    func(k *AccessKey) store.Key { return store.K(k.ID) },
	Refs:   map[string]func(*AccessKey) []store.Key{"user": func(k *AccessKey) []store.Key { return []store.Key{store.K(k.Account, k.UserID)} }},
	Cached: true,
}

// insertKey stores a key of the user with its secret sealed.
func insertKey(tx store.Tx, d service.Deps, u *User, id, secret string, now time.Time) error {
	k := &AccessKey{ID: id, Account: u.Account, UserID: u.ID, Active: true, Created: now}
	var err error
	if k.Secret, err = d.Seal.Seal(accessKeys.Name, accessKeys.Key(k), []byte(secret)); err != nil {
		return fmt.Errorf("seal the secret of access key %s: %w", id, err)
	}
	return accessKeys.Insert(tx, k)
}
