package organizations

import (
	"fmt"
	"slices"
	"strings"
	"time"

	api "vauban/api/organizations"
	"vauban/store"
)

// Node is a root, an organizational unit or an account: what has a parent, and what policies are attached to. An account keeps its node
// when it belongs to no organization. Package access reads the nodes on the way from an account to its root for every decision, so a
// node carries its parent and its policies.
type Node struct {
	ID       string       `json:"id"`            // r-…, ou-…-… or an account
	Org      string       `json:"org,omitempty"` // "" for an account that belongs to none
	Kind     string       `json:"kind"`          // api.TargetType…
	Parent   string       `json:"parent,omitempty"`
	Name     string       `json:"name"`
	Attached []Attachment `json:"attached,omitempty"`
	Changed  time.Time    `json:"changed,omitzero"` // when policies were attached or detached last
	Tags     []Tag        `json:"tags,omitempty"`
	Account  *Account     `json:"account,omitempty"` // of accounts only
}

// Attachment is a policy at a node.
type Attachment struct {
	Type string `json:"type"` // api.PolicyType…
	ID   string `json:"id"`   // p-…
}

var nodes = &store.Table[Node]{
	Name: "organizations.node",
	Key:  func(n *Node) store.Key { return store.K(n.ID) },
	Unique: map[string]func(*Node) store.Key{
		"unit": func(n *Node) store.Key { // names are unique among the units of one parent
			if n.Kind != api.TargetTypeOrganizationalUnit {
				return nil
			}
			return store.K(n.Parent, n.Name)
		},
		"email": func(n *Node) store.Key {
			if n.Account == nil {
				return nil
			}
			return emailKey(n.Account.Email)
		},
	},
	Refs: map[string]func(*Node) []store.Key{
		"org":    func(n *Node) []store.Key { return inOrg(n, store.K(n.Org, n.Kind)) },
		"parent": func(n *Node) []store.Key { return inOrg(n, store.K(n.Parent, n.Kind)) },
		"policy": func(n *Node) (keys []store.Key) {
			for _, a := range n.Attached {
				keys = append(keys, store.K(n.Org, a.ID))
			}
			return keys
		},
	},
	Cached: true,
}

func inOrg(n *Node, k store.Key) []store.Key {
	if n.Org == "" {
		return nil
	}
	return []store.Key{k}
}

func emailKey(email string) store.Key { return store.K(strings.ToLower(email)) }

// ARN is the node's ARN in its organization.
func (n *Node) ARN(o *Organization) string {
	switch n.Kind {
	case api.TargetTypeRoot:
		return o.arn("root/" + o.ID + "/" + n.ID)
	case api.TargetTypeOrganizationalUnit:
		return o.arn("ou/" + o.ID + "/" + n.ID)
	}
	return o.arn("account/" + o.ID + "/" + n.ID)
}

// leave takes an account's node out of its organization.
func (n *Node) leave() {
	n.Org, n.Parent, n.Attached, n.Tags = "", "", nil, nil
	n.Account.Method, n.Account.Joined = "", time.Time{}
}

// attached are the IDs of the policies of one type.
func (n *Node) attached(policyType string) []string {
	var ids []string
	for _, a := range n.Attached {
		if a.Type == policyType {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// attachDefault attaches what AWS attaches by itself to every node where the type is in force.
func (n *Node) attachDefault(policyType string) {
	if id := fullAccess(policyType); id != "" && !slices.Contains(n.Attached, Attachment{policyType, id}) {
		n.Attached = append(n.Attached, Attachment{policyType, id})
	}
}

// maxDepth bounds the way to the root: five levels of units below it. Organizations User Guide: "Quotas and service limits".
const maxDepth = 5

// lineage is the way from the root to the node, both included. It only reads documents by their key: package access notes them.
func lineage(tx store.Tx, n *Node) ([]*Node, error) {
	way := []*Node{n}
	for n.Parent != "" {
		if len(way) > maxDepth+1 {
			return nil, fmt.Errorf("organizations: %s is deeper than %d levels", way[0].ID, maxDepth)
		}
		p, err := nodes.Get(tx, store.K(n.Parent))
		if err != nil {
			return nil, fmt.Errorf("read the parent of %s: %w", n.ID, err)
		}
		way = append(way, p)
		n = p
	}
	slices.Reverse(way)
	return way, nil
}

// path is the entity path of what has the lineage, without the account: "o-…/r-…/ou-…/".
func path(o *Organization, way []*Node) string {
	var b strings.Builder
	b.WriteString(o.ID + "/")
	for _, n := range way {
		if n.Kind != api.TargetTypeAccount {
			b.WriteString(n.ID + "/")
		}
	}
	return b.String()
}

// node is the organization's node of that ID and of one of the kinds.
func node(tx store.Tx, o *Organization, id string, absent func() error, kinds ...string) (*Node, error) {
	n, err := nodes.Get(tx, store.K(id))
	if store.IsAbsent(err) {
		return nil, absent()
	}
	if err == nil && (n.Org != o.ID || !slices.Contains(kinds, n.Kind)) {
		return nil, absent()
	}
	return n, err
}

// target is the organization's root, unit or account of that ID.
func target(tx store.Tx, o *Organization, id string) (*Node, error) {
	return node(tx, o, id, noSuchTarget, api.TargetTypeRoot, api.TargetTypeOrganizationalUnit, api.TargetTypeAccount)
}

// parent is the organization's root or unit of that ID.
func parent(tx store.Tx, o *Organization, id string) (*Node, error) {
	return node(tx, o, id, noSuchParent, api.TargetTypeRoot, api.TargetTypeOrganizationalUnit)
}
