package iam

import (
	"time"

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
