package iam

import (
	"strconv"
	"time"

	"vauban/store"
)

// Policy is a customer managed policy as stored.
type Policy struct {
	Account     string          `json:"account"`
	Name        string          `json:"name"`
	Path        string          `json:"path"`
	ID          string          `json:"id"` // ANPA…
	Description string          `json:"description,omitempty"`
	Created     time.Time       `json:"created"`
	Updated     time.Time       `json:"updated"`
	Default     int             `json:"default"` // number of the default version
	Last        int             `json:"last"`    // number of the newest version ever made: never reused
	Versions    []PolicyVersion `json:"versions"`
	Tags        []Tag           `json:"tags,omitempty"`
}

// PolicyVersion is one of at most five versions of a managed policy.
type PolicyVersion struct {
	Number  int       `json:"n"`
	JSON    string    `json:"json"`
	Created time.Time `json:"created"`
}

var policies = &store.Table[Policy]{
	Name:   "iam.policy",
	Key:    func(p *Policy) store.Key { return entityKey(p.Account, p.Name) },
	Cached: true,
}

// ARN is the policy's ARN with its path.
func (p *Policy) ARN() string { return entityARN(p.Account, "policy", p.Path, p.Name) }

// usage counts who holds a managed policy in one account. It is a document of its own, so that AWS managed policies, which no
// account owns, are counted too.
type usage struct {
	Account    string `json:"account"`
	ARN        string `json:"arn"`
	Attached   int64  `json:"attached"`
	Boundaries int64  `json:"boundaries"`
}

var usages = &store.Table[usage]{
	Name: "iam.policy-usage",
	Key:  func(u *usage) store.Key { return store.K(u.Account, u.ARN) },
}

// ID is the version's name: v1, v2, …
func (v *PolicyVersion) ID() string { return "v" + strconv.Itoa(v.Number) }
