package iam

import (
	"slices"
	"strings"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/iam/managed"
	"vauban/store"
)

func (s *Service) entitiesOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListEntitiesForPolicy,
			onPolicy(func(in *api.ListEntitiesForPolicyInput) *string { return in.PolicyArn }), s.listEntitiesForPolicy),
	}
}

// listEntitiesForPolicy lists users, then groups, then roles, ordered by name. A marker starts with the kind that it stands in.
func (s *Service) listEntitiesForPolicy(c *service.Call, in *api.ListEntitiesForPolicyInput) (*api.ListEntitiesForPolicyOutput, error) {
	if _, ok := managed.ByARN(*in.PolicyArn); !ok {
		if _, err := ownPolicy(c, *in.PolicyArn); err != nil {
			return nil, err
		}
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	l := &entityListing{in: in, left: p.limit, out: &api.ListEntitiesForPolicyOutput{
		PolicyUsers: []api.PolicyUser{}, PolicyGroups: []api.PolicyGroup{}, PolicyRoles: []api.PolicyRole{},
	}}
	kind, after := byte(kindUser), store.Key(nil)
	if p.after != nil {
		kind, after = p.after[0], p.after[1:]
	}
	var next store.Key
	for ; next == nil && kind <= kindRole; kind++ {
		if next, err = l.kind(c, kind, after); err != nil {
			return nil, err
		}
		after = nil
	}
	l.out.Marker, l.out.IsTruncated = marker(next)
	return l.out, nil
}

// The parts of the listing, in order.
const (
	kindUser = 'A' + iota
	kindGroup
	kindRole
)

type entityListing struct {
	in   *api.ListEntitiesForPolicyInput
	left int
	out  *api.ListEntitiesForPolicyOutput
}

// kind adds the holders of one kind after the key, and returns where the next page starts.
func (l *entityListing) kind(c *service.Call, kind byte, after store.Key) (store.Key, error) {
	filter := wire.Text(l.in.EntityFilter)
	var keys []store.Key
	var err error
	switch {
	case kind == kindUser && (filter == "" || filter == "User"):
		keys, err = holdersOf(c, users, l.in, func(u *User) string { return u.Path })
	case kind == kindGroup && (filter == "" || filter == "Group"):
		keys, err = holdersOf(c, groups, l.in, func(g *Group) string { return g.Path })
	case kind == kindRole && (filter == "" || filter == "Role"):
		keys, err = holdersOf(c, roles, l.in, func(r *Role) string { return r.Path })
	}
	if err != nil {
		return nil, err
	}
	var last store.Key
	for _, k := range keys {
		if after != nil && k.Compare(after) <= 0 {
			continue
		}
		if l.left == 0 {
			return slices.Concat(store.Key{kind}, last), nil
		}
		if err := l.add(c.Tx, kind, k); err != nil {
			return nil, err
		}
		last = k
		l.left--
	}
	return nil, nil
}

// holdersOf are the keys, in order, of the entities below the path that use the policy in the way that is asked for.
func holdersOf[T any](c *service.Call, t *store.Table[T], in *api.ListEntitiesForPolicyInput, path func(*T) string) ([]store.Key, error) {
	var keys []store.Key
	for _, way := range []string{usedAsPermissions, usedAsBoundary} {
		if f := wire.Text(in.PolicyUsageFilter); f != "" && f != way {
			continue
		}
		for v, err := range t.EachRef(c.Tx, "policy", store.K(c.Account, *in.PolicyArn, way)) {
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(path(v), prefixOf(in.PathPrefix)) {
				keys = append(keys, t.Key(v))
			}
		}
	}
	slices.SortFunc(keys, store.Key.Compare)
	return slices.CompactFunc(keys, func(a, b store.Key) bool { return a.Compare(b) == 0 }), nil
}

func (l *entityListing) add(tx store.Tx, kind byte, key store.Key) error {
	switch kind {
	case kindUser:
		u, err := users.Get(tx, key)
		if err != nil {
			return err
		}
		l.out.PolicyUsers = append(l.out.PolicyUsers, api.PolicyUser{UserId: &u.ID, UserName: &u.Name})
	case kindGroup:
		g, err := groups.Get(tx, key)
		if err != nil {
			return err
		}
		l.out.PolicyGroups = append(l.out.PolicyGroups, api.PolicyGroup{GroupId: &g.ID, GroupName: &g.Name})
	case kindRole:
		r, err := roles.Get(tx, key)
		if err != nil {
			return err
		}
		l.out.PolicyRoles = append(l.out.PolicyRoles, api.PolicyRole{RoleId: &r.ID, RoleName: &r.Name})
	}
	return nil
}
