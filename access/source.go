package access

import (
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Source reads identity documents for the picture. The packages service/iam and service/organizations implement it together. Every document it reads through tx is
// noted, and an answer is dropped when one of them changes; so a Source only uses Table.Get and Table.ByUnique, never listings.
type Source interface {
	// AccessKey returns the long-term key, or nil when there is none of that ID.
	AccessKey(tx store.Tx, id string) (*Key, error)
	// Principal returns the living principal of that unique ID, or nil when it is gone (deleted, perhaps re-created under another ID).
	Principal(tx store.Tx, kind policy.PrincipalKind, account, id string) (*Principal, error)
	// ManagedPolicy returns the default version of a managed policy, or nil.
	ManagedPolicy(tx store.Tx, arn string) (*PolicyText, error)
	// RoleTags returns the tags of the role of that ARN, none when there is no such role.
	RoleTags(tx store.Tx, arn string) (map[string]string, error)
	// Membership returns where the account stands in its organisation; never nil: an account in none has an empty one.
	Membership(tx store.Tx, account string) (*Membership, error)
}

// Membership is the place of an account in its organisation, with the policies that are attached on the way to it. The zero value is an
// account that belongs to none.
type Membership struct {
	Organization string  // ID, "o-…"
	Path         string  // "o-…/r-…/ou-…/", as in aws:PrincipalOrgPaths
	Management   bool    // the management account: neither SCPs nor RCPs limit it
	Suspended    bool    // closed: nobody may act in it
	SCPs, RCPs   []Level // root first, the account itself last; nil when the policy type is not enabled
}

// Level is what is attached at one node of the organisation.
type Level struct {
	Name     string // "r-…", "ou-…" or the account's ID
	Policies []PolicyText
}

// Key is a long-term access key.
type Key struct {
	ID     string
	Secret []byte
	Active bool
	Caller service.Caller // the user that it belongs to
}

// Principal is a user, role or root with all that is attached to it.
type Principal struct {
	ARN           string // with path
	ID            string
	Name          string
	Account       string
	Tags          map[string]string
	Identity      []PolicyText // inline and managed, of the user and of its groups
	Boundary      *PolicyText
	ServiceLinked bool
}

// PolicyText is a policy document as stored, with the name that decisions cite: the ARN of a managed policy, the name of an inline one.
type PolicyText struct {
	Name    string
	Version string // of a managed policy
	JSON    string
}
