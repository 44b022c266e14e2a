package iam

import (
	"slices"

	api "vauban/api/iam"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// entityRef is a user, group, role or managed policy that a report or a simulation is about. One of the pointers is set.
type entityRef struct {
	user   *User
	group  *Group
	role   *Role
	policy *policyRef
}

// entityRefOf finds what the ARN names in the caller's account. Of policies also AWS's are found.
func entityRefOf(c *service.Call, text string) (*entityRef, error) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "iam" || a.Partition != c.Partition {
		return nil, unclearEntity(text)
	}
	if a.Type() == "policy" {
		p, err := resolve(c.Tx, c.Account, text)
		if store.IsAbsent(err) {
			return nil, noSuchPolicy(text)
		}
		return &entityRef{policy: p}, err
	}
	if a.Account != c.Account {
		return nil, unclearEntity(text)
	}
	s := &entityRef{}
	key := entityKey(c.Account, a.Name())
	kind := a.Type()
	var h holder
	switch kind {
	case "user":
		s.user, err = users.Get(c.Tx, key)
		h = s.user
	case "group":
		s.group, err = groups.Get(c.Tx, key)
		h = s.group
	case "role":
		s.role, err = roles.Get(c.Tx, key)
		h = s.role
	default:
		return nil, unclearEntity(text)
	}
	if store.IsAbsent(err) || err == nil && h.ARN() != text { // another path
		return nil, noSuch(kind, a.Name())
	}
	return s, err
}

// unclearEntity is IAM's answer to an ARN that names no user, group or role: of a session, for example.
func unclearEntity(text string) error {
	return api.InvalidInputException.New("Invalid Entity Arn: %s does not clearly define entity type and name.", text)
}

// heldPolicy is a policy with the entity that holds it.
type heldPolicy struct {
	name   string
	arn    string // "" for inline policies
	json   string
	holder holder // nil for a policy that is itself the subject
}

// held are the permissions policies that count for the subject: for a user also those of its groups. Boundaries are not among them.
func (s *entityRef) held(tx store.Tx) ([]heldPolicy, error) {
	switch {
	case s.policy != nil:
		return []heldPolicy{{name: s.policy.name, arn: s.policy.arn, json: s.policy.json}}, nil
	case s.group != nil:
		return heldBy(tx, s.group.Account, s.group)
	case s.role != nil:
		return heldBy(tx, s.role.Account, s.role)
	}
	out, err := heldBy(tx, s.user.Account, s.user)
	if err != nil {
		return nil, err
	}
	for _, name := range s.user.Groups {
		g, err := groups.Get(tx, store.K(s.user.Account, name))
		if err != nil {
			return nil, err
		}
		more, err := heldBy(tx, g.Account, g)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// heldBy are the policies of one entity, inline ones first.
func heldBy(tx store.Tx, account string, h holder) ([]heldPolicy, error) {
	g := h.holds()
	out := make([]heldPolicy, 0, len(g.Inline)+len(g.Attached))
	for _, p := range g.Inline {
		out = append(out, heldPolicy{name: p.Name, json: p.JSON, holder: h})
	}
	for _, arn := range g.Attached {
		p, err := resolve(tx, account, arn)
		if err != nil {
			return nil, err
		}
		out = append(out, heldPolicy{name: p.name, arn: p.arn, json: p.json, holder: h})
	}
	return out, nil
}

// principals are the users and roles for whom the subject counts: itself, the members of a group, or those who are attached to a
// policy directly or through a group. Each comes once.
func (s *entityRef) principals(c *service.Call) ([]*entityRef, error) {
	switch {
	case s.group != nil:
		return members(c.Tx, s.group, map[string]bool{}, nil)
	case s.policy == nil:
		return []*entityRef{s}, nil
	}
	attached := store.K(c.Account, s.policy.arn, usedAsPermissions)
	seen := map[string]bool{}
	var out []*entityRef
	for u, err := range users.EachRef(c.Tx, "policy", attached) {
		if err != nil {
			return nil, err
		}
		seen[u.ID] = true
		out = append(out, &entityRef{user: u})
	}
	for g, err := range groups.EachRef(c.Tx, "policy", attached) {
		if err != nil {
			return nil, err
		}
		if out, err = members(c.Tx, g, seen, out); err != nil {
			return nil, err
		}
	}
	for r, err := range roles.EachRef(c.Tx, "policy", attached) {
		if err != nil {
			return nil, err
		}
		out = append(out, &entityRef{role: r})
	}
	return out, nil
}

// members appends the group's users that have not been seen.
func members(tx store.Tx, g *Group, seen map[string]bool, to []*entityRef) ([]*entityRef, error) {
	for u, err := range users.EachRef(tx, "group", memberKey(g.Account, g.Name)) {
		if err != nil {
			return nil, err
		}
		if !seen[u.ID] {
			seen[u.ID] = true
			to = append(to, &entityRef{user: u})
		}
	}
	return slices.Clip(to), nil
}

// info is the subject as reports show it.
func (s *entityRef) info() *api.EntityInfo {
	switch {
	case s.user != nil:
		return &api.EntityInfo{Arn: new(s.user.ARN()), Id: &s.user.ID, Name: &s.user.Name, Path: &s.user.Path, Type: new("USER")}
	case s.role != nil:
		return &api.EntityInfo{Arn: new(s.role.ARN()), Id: &s.role.ID, Name: &s.role.Name, Path: &s.role.Path, Type: new("ROLE")}
	}
	return &api.EntityInfo{Arn: new(s.group.ARN()), Id: &s.group.ID, Name: &s.group.Name, Path: &s.group.Path, Type: new("GROUP")}
}

// boundary is the ARN of the permissions boundary, "" when there is none.
func (s *entityRef) boundary() string {
	switch {
	case s.user != nil:
		return s.user.Boundary
	case s.role != nil:
		return s.role.Boundary
	}
	return ""
}
