package iam

import (
	"strings"
	"time"

	"vauban/store"
)

// Role is an IAM role as stored.
type Role struct {
	Account     string    `json:"account"`
	Name        string    `json:"name"`
	Path        string    `json:"path"`
	ID          string    `json:"id"` // AROA…
	Created     time.Time `json:"created"`
	Description string    `json:"description,omitempty"`
	MaxSession  int64     `json:"maxSession"` // seconds
	Trust       string    `json:"trust"`      // trust policy; principals of this partition as unique IDs
	grants
	Tags []Tag `json:"tags,omitempty"`
}

var roles = &store.Table[Role]{
	Name:   "iam.role",
	Key:    func(r *Role) store.Key { return entityKey(r.Account, r.Name) },
	Unique: map[string]func(*Role) store.Key{"id": func(r *Role) store.Key { return store.K(r.Account, r.ID) }},
	Refs:   map[string]func(*Role) []store.Key{"policy": func(r *Role) []store.Key { return r.policyKeys(r.Account) }},
	Cached: true,
}

// ARN is the role's ARN with its path.
func (r *Role) ARN() string { return entityARN(r.Account, "role", r.Path, r.Name) }

// ServiceLinked reports whether only the service that made the role may change it.
func (r *Role) ServiceLinked() bool { return strings.HasPrefix(r.Path, "/aws-service-role/") }
