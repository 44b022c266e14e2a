package iam

import (
	"strings"
	"time"

	"vauban/store"
)

// User is an IAM user as stored.
type User struct {
	Account string    `json:"account"`
	Name    string    `json:"name"` // as given; unique without regard to case
	Path    string    `json:"path"`
	ID      string    `json:"id"` // AIDA…
	Created time.Time `json:"created"`
	grants
	Tags   []Tag    `json:"tags,omitempty"`
	Groups []string `json:"groups,omitempty"` // names of its groups, lower case
	Login  *Login   `json:"login,omitempty"`
}

var users = &store.Table[User]{
	Name:   "iam.user",
	Key:    func(u *User) store.Key { return entityKey(u.Account, u.Name) },
	Unique: map[string]func(*User) store.Key{"id": func(u *User) store.Key { return store.K(u.Account, u.ID) }},
	Refs: map[string]func(*User) []store.Key{
		"group":  func(u *User) []store.Key { return keysOf(u.Account, u.Groups) },
		"policy": func(u *User) []store.Key { return u.policyKeys(u.Account) },
	},
	Cached: true,
}

// ARN is the user's ARN with its path.
func (u *User) ARN() string { return entityARN(u.Account, "user", u.Path, u.Name) }

// entityKey orders entities by name without regard to case: IAM's names are unique in that sense.
func entityKey(account, name string) store.Key { return store.K(account, strings.ToLower(name)) }

func keysOf(account string, names []string) []store.Key {
	out := make([]store.Key, len(names))
	for i, n := range names {
		out[i] = store.K(account, n)
	}
	return out
}

func entityARN(account, kind, path, name string) string {
	return "arn:aws:iam::" + account + ":" + kind + path + name
}
