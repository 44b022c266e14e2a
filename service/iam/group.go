package iam

import (
	"time"

	"vauban/store"
)

// Group is an IAM group as stored. Its members carry its name: see [User].
type Group struct {
	Account string    `json:"account"`
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	ID      string    `json:"id"` // AGPA…
	Created time.Time `json:"created"`
	grants
}

var groups = &store.Table[Group]{
	Name:   "iam.group",
	Key:    func(g *Group) store.Key { return entityKey(g.Account, g.Name) },
	Refs:   map[string]func(*Group) []store.Key{"policy": func(g *Group) []store.Key { return g.policyKeys(g.Account) }},
	Cached: true,
}

// ARN is the group's ARN with its path.
func (g *Group) ARN() string { return entityARN(g.Account, "group", g.Path, g.Name) }
