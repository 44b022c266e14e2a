package iam

import (
	"slices"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
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

// memberKey is the look-up value that the members of a group carry.
func memberKey(account, group string) store.Key { return store.K(account, strings.ToLower(group)) }

// maxGroupsPerUser is IAM's quota. IAM User Guide: "IAM and AWS STS quotas".
const maxGroupsPerUser = 10

func (s *Service) groupOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateGroup, onNew(func(c *service.Call, in *api.CreateGroupInput) string {
			return entityARN(c.Account, "group", pathOf(in.Path), wire.Text(in.GroupName))
		}, typeGroup), s.createGroup),
		service.Reads(api.OpGetGroup, onGroup(func(in *api.GetGroupInput) *string { return in.GroupName }), s.getGroup),
		service.Reads(api.OpListGroups, onPath[api.ListGroupsInput]("group"), s.listGroups),
		service.Writes(api.OpUpdateGroup, s.onRenamedGroup, s.updateGroup),
		service.Writes(api.OpDeleteGroup, onGroup(func(in *api.DeleteGroupInput) *string { return in.GroupName }), s.deleteGroup),
		service.Writes(api.OpAddUserToGroup, onGroup(func(in *api.AddUserToGroupInput) *string { return in.GroupName }), s.addUserToGroup),
		service.Writes(api.OpRemoveUserFromGroup,
			onGroup(func(in *api.RemoveUserFromGroupInput) *string { return in.GroupName }), s.removeUserFromGroup),
		service.Reads(api.OpListGroupsForUser, onUser(func(in *api.ListGroupsForUserInput) *string { return in.UserName }), s.listGroupsForUser),
	}
}

// onRenamedGroup asks for the group as it is and, when it moves, as it will be.
func (s *Service) onRenamedGroup(c *service.Call, in *api.UpdateGroupInput) ([]service.Question, error) {
	qs, err := onGroup(func(in *api.UpdateGroupInput) *string { return in.GroupName })(c, in)
	if err != nil || in.NewGroupName == nil && in.NewPath == nil {
		return qs, err
	}
	g, err := groups.Get(c.Tx, entityKey(c.Account, wire.Text(in.GroupName)))
	if store.IsAbsent(err) {
		return qs, nil
	}
	if err != nil {
		return nil, err
	}
	moved := *g
	moved.rename(in.NewGroupName, in.NewPath)
	return append(qs, service.Question{Resource: moved.ARN(), ResourceType: typeGroup}), nil
}

func (g *Group) rename(name, path *string) {
	if name != nil {
		g.Name = *name
	}
	if path != nil {
		g.Path = *path
	}
}

// shown is the group as the API shows it.
func (g *Group) shown() *api.Group {
	return &api.Group{Arn: new(g.ARN()), CreateDate: &g.Created, GroupId: &g.ID, GroupName: &g.Name, Path: &g.Path}
}

func (s *Service) group(c *service.Call, name string) (*Group, error) {
	g, err := groups.Get(c.Tx, entityKey(c.Account, name))
	return found(g, err, "group", name)
}

func (s *Service) createGroup(c *service.Call, in *api.CreateGroupInput) (*api.CreateGroupOutput, error) {
	if err := s.count(c.Tx, c.Account, groupQuota, 1); err != nil {
		return nil, err
	}
	id, err := newUniqueID(s.Rand, groupPrefix)
	if err != nil {
		return nil, err
	}
	g := &Group{Account: c.Account, Name: *in.GroupName, Path: pathOf(in.Path), ID: id, Created: seconds(c.Time)}
	if err := groups.Insert(c.Tx, g); err != nil {
		return nil, taken(err, "Group", g.Name)
	}
	return &api.CreateGroupOutput{Group: g.shown()}, nil
}

func (s *Service) getGroup(c *service.Call, in *api.GetGroupInput) (*api.GetGroupOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	members, err := users.ListRef(c.Tx, "group", memberKey(g.Account, g.Name), p.after, p.limit)
	if err != nil {
		return nil, err
	}
	out := &api.GetGroupOutput{Group: g.shown(), Users: make([]api.User, len(members.Items))}
	for i, u := range members.Items {
		out.Users[i] = *u.shown(false)
	}
	out.Marker, out.IsTruncated = marker(members.Next)
	return out, nil
}

func (s *Service) listGroups(c *service.Call, in *api.ListGroupsInput) (*api.ListGroupsOutput, error) {
	out := &api.ListGroupsOutput{Groups: []api.Group{}}
	next, err := list(c, groups, in.Marker, in.MaxItems, func(g *Group) bool {
		if !strings.HasPrefix(g.Path, prefixOf(in.PathPrefix)) {
			return false
		}
		out.Groups = append(out.Groups, *g.shown())
		return true
	})
	out.Marker, out.IsTruncated = marker(next)
	return out, err
}

// updateGroup renames the group in its members too, which hold its name.
func (s *Service) updateGroup(c *service.Call, in *api.UpdateGroupInput) (*api.UpdateGroupOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	oldKey, oldName := groups.Key(g), strings.ToLower(g.Name)
	g.rename(in.NewGroupName, in.NewPath)
	if err := groups.Move(c.Tx, oldKey, g); err != nil {
		return nil, taken(err, "Group", g.Name)
	}
	newName := strings.ToLower(g.Name)
	if newName == oldName {
		return &api.UpdateGroupOutput{}, nil
	}
	members, err := users.ListRef(c.Tx, "group", memberKey(g.Account, oldName), nil, 0)
	if err != nil {
		return nil, err
	}
	for _, u := range members.Items {
		u.Groups[slices.Index(u.Groups, oldName)] = newName
		slices.Sort(u.Groups)
		if err := users.Update(c.Tx, u); err != nil {
			return nil, err
		}
	}
	return &api.UpdateGroupOutput{}, nil
}

func (s *Service) deleteGroup(c *service.Call, in *api.DeleteGroupInput) (*api.DeleteGroupOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	conflict := func(what string) error {
		return api.DeleteConflictException.New("Cannot delete entity, must %s first.", what)
	}
	member, err := users.HasRef(c.Tx, "group", memberKey(g.Account, g.Name))
	switch {
	case err != nil:
		return nil, err
	case member:
		return nil, conflict("remove users from group")
	case len(g.Attached) > 0:
		return nil, conflict("detach all policies")
	case len(g.Inline) > 0:
		return nil, conflict("delete policies")
	}
	if err := s.count(c.Tx, c.Account, groupQuota, -1); err != nil {
		return nil, err
	}
	return &api.DeleteGroupOutput{}, groups.Delete(c.Tx, groups.Key(g))
}

func (s *Service) addUserToGroup(c *service.Call, in *api.AddUserToGroupInput) (*api.AddUserToGroupOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(g.Name)
	i, member := slices.BinarySearch(u.Groups, name)
	if member {
		return &api.AddUserToGroupOutput{}, nil
	}
	if len(u.Groups) >= maxGroupsPerUser {
		return nil, over("GroupsPerUser", maxGroupsPerUser)
	}
	u.Groups = slices.Insert(u.Groups, i, name)
	return &api.AddUserToGroupOutput{}, users.Update(c.Tx, u)
}

func (s *Service) removeUserFromGroup(c *service.Call, in *api.RemoveUserFromGroupInput) (*api.RemoveUserFromGroupOutput, error) {
	g, err := s.group(c, *in.GroupName)
	if err != nil {
		return nil, err
	}
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	i, member := slices.BinarySearch(u.Groups, strings.ToLower(g.Name))
	if !member {
		return nil, api.NoSuchEntityException.New("User %s is not in group %s.", u.Name, g.Name)
	}
	u.Groups = slices.Delete(u.Groups, i, i+1)
	return &api.RemoveUserFromGroupOutput{}, users.Update(c.Tx, u)
}

func (s *Service) listGroupsForUser(c *service.Call, in *api.ListGroupsForUserInput) (*api.ListGroupsForUserOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	names, next := cut(u.Groups, p, func(name string) string { return name })
	out := &api.ListGroupsForUserOutput{Groups: make([]api.Group, len(names))}
	for i, name := range names {
		g, err := groups.Get(c.Tx, store.K(c.Account, name))
		if err != nil {
			return nil, err
		}
		out.Groups[i] = *g.shown()
	}
	out.Marker, out.IsTruncated = marker(next)
	return out, nil
}
