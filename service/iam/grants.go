package iam

import "vauban/store"

// grants are the policies that a user, group or role holds.
type grants struct {
	Inline   []InlinePolicy `json:"inline,omitempty"`   // by name
	Attached []string       `json:"attached,omitempty"` // ARNs of managed policies, in the order of attachment
	Boundary string         `json:"boundary,omitempty"` // ARN of the permissions boundary
}

// InlinePolicy is a policy that lives inside one user, group or role.
type InlinePolicy struct {
	Name string `json:"name"`
	JSON string `json:"json"` // as given
}

// policyKeys are the look-up values under which an entity is found by a policy that it holds: attached or as its boundary.
func (g *grants) policyKeys(account string) []store.Key {
	out := make([]store.Key, 0, len(g.Attached)+1)
	for _, arn := range g.Attached {
		out = append(out, store.K(account, arn, usedAsPermissions))
	}
	if g.Boundary != "" {
		out = append(out, store.K(account, g.Boundary, usedAsBoundary))
	}
	return out
}

// How an entity uses a managed policy.
const (
	usedAsPermissions = "PermissionsPolicy"
	usedAsBoundary    = "PermissionsBoundary"
)

// Tag is a key and value. Keys are unique without regard to case.
type Tag struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// Pair is the tag's key and value.
func (t Tag) Pair() (key, value string) { return t.Key, t.Value }
