package iam

import (
	api "vauban/api/iam"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// holder is an entity that policies are put on: a user, group or role.
type holder interface {
	ARN() string
	holds() *grants
	label() holderKind
	save(tx store.Tx) error
}

// holderKind is what IAM's messages and quotas say of a kind of holder. IAM User Guide: "IAM and AWS STS quotas".
type holderKind struct {
	name          string // "user"
	attachedQuota string // "PoliciesPerUser"
	inlineSize    int    // sum of the sizes of the inline policies, as policy.Size counts it
}

var (
	userHolder  = holderKind{"user", "PoliciesPerUser", policy.UserInlineSize}
	groupHolder = holderKind{"group", "PoliciesPerGroup", policy.GroupInlineSize}
	roleHolder  = holderKind{"role", "PoliciesPerRole", policy.RoleInlineSize}
)

func (u *User) holds() *grants          { return &u.grants }
func (u *User) label() holderKind       { return userHolder }
func (u *User) save(tx store.Tx) error  { return users.Update(tx, u) }
func (g *Group) holds() *grants         { return &g.grants }
func (g *Group) label() holderKind      { return groupHolder }
func (g *Group) save(tx store.Tx) error { return groups.Update(tx, g) }
func (r *Role) holds() *grants          { return &r.grants }
func (r *Role) label() holderKind       { return roleHolder }
func (r *Role) save(tx store.Tx) error  { return roles.Update(tx, r) }

// roleToRead returns the role of that name.
func roleToRead(c *service.Call, name string) (*Role, error) {
	r, err := roles.Get(c.Tx, entityKey(c.Account, name))
	return found(r, err, "role", name)
}

// roleToChange returns the role of that name, unless only its service may change it.
func roleToChange(c *service.Call, name string) (*Role, error) {
	r, err := roleToRead(c, name)
	if err != nil {
		return nil, err
	}
	if (r.ServiceLinked() || r.Reserved()) && !ofService(c) {
		return nil, unmodifiable(r)
	}
	return r, nil
}

// roleToDescribe returns the role of that name, unless its description and tags are not the customer's. Those of a service-linked role are.
func roleToDescribe(c *service.Call, name string) (*Role, error) {
	r, err := roleToRead(c, name)
	if err == nil && r.Reserved() && !ofService(c) {
		return nil, unmodifiable(r)
	}
	return r, err
}

func unmodifiable(r *Role) error {
	return api.UnmodifiableEntityException.New("Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", r.Name)
}

// ofService says that one of AWS's services calls.
func ofService(c *service.Call) bool { return c.Caller.Kind == policy.Service }
