package iam

import (
	"errors"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// User is an IAM user as stored.
type User struct {
	Account string    `json:"account"`
	Name    string    `json:"name"` // as given; unique without regard to case
	Path    string    `json:"path"`
	ID      string    `json:"id"` // AIDA…
	Created time.Time `json:"created"`
	grants
	Tags   []Tag    `json:"tags,omitempty"`
	Groups []string `json:"groups,omitempty"` // names of its groups, lower case
	Login  *Login   `json:"login,omitempty"`
}

var users = &store.Table[User]{
	Name:   "iam.user",
	Key:    func(u *User) store.Key { return entityKey(u.Account, u.Name) },
	Unique: map[string]func(*User) store.Key{"id": func(u *User) store.Key { return store.K(u.Account, u.ID) }},
	Refs: map[string]func(*User) []store.Key{
		"group":  func(u *User) []store.Key { return keysOf(u.Account, u.Groups) },
		"policy": func(u *User) []store.Key { return u.policyKeys(u.Account) },
	},
	Cached: true,
}

// ARN is the user's ARN with its path.
func (u *User) ARN() string { return entityARN(u.Account, "user", u.Path, u.Name) }

// entityKey orders entities by name without regard to case: IAM's names are unique in that sense.
func entityKey(account, name string) store.Key { return store.K(account, strings.ToLower(name)) }

func keysOf(account string, names []string) []store.Key {
	out := make([]store.Key, len(names))
	for i, n := range names {
		out[i] = store.K(account, n)
	}
	return out
}

func entityARN(account, kind, path, name string) string {
	return "arn:aws:iam::" + account + ":" + kind + path + name
}

func (s *Service) userOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateUser, onNew(newUserARN, typeUser, func(in *api.CreateUserInput, k condition) {
			k.requestTags(in.Tags).set(keyBoundary, wire.Text(in.PermissionsBoundary))
		}), s.createUser),
		orRoot(service.Reads(api.OpGetUser, onUser(func(in *api.GetUserInput) *string { return in.UserName }), s.getUser),
			func(in *api.GetUserInput) *string { return in.UserName }, s.getRootUser),
		service.Reads(api.OpListUsers, onPath[api.ListUsersInput]("user"), s.listUsers),
		service.Writes(api.OpUpdateUser, s.onRenamedUser, s.updateUser),
		service.Writes(api.OpDeleteUser, onUser(func(in *api.DeleteUserInput) *string { return in.UserName }), s.deleteUser),
		service.Writes(api.OpTagUser, onUser(func(in *api.TagUserInput) *string { return in.UserName },
			func(in *api.TagUserInput, k condition) { k.requestTags(in.Tags) }), s.tagUser),
		service.Writes(api.OpUntagUser, onUser(func(in *api.UntagUserInput) *string { return in.UserName },
			func(in *api.UntagUserInput, k condition) { k.tagKeys(in.TagKeys) }), s.untagUser),
		service.Reads(api.OpListUserTags, onUser(func(in *api.ListUserTagsInput) *string { return in.UserName }), s.listUserTags),
		service.Writes(api.OpPutUserPermissionsBoundary, onUser(func(in *api.PutUserPermissionsBoundaryInput) *string { return in.UserName },
			func(in *api.PutUserPermissionsBoundaryInput, k condition) {
				k.set(keyBoundary, wire.Text(in.PermissionsBoundary))
			}), s.putUserBoundary),
		service.Writes(api.OpDeleteUserPermissionsBoundary,
			onUser(func(in *api.DeleteUserPermissionsBoundaryInput) *string { return in.UserName }), s.deleteUserBoundary),
	}
}

func newUserARN(c *service.Call, in *api.CreateUserInput) string {
	return entityARN(c.Account, "user", pathOf(in.Path), wire.Text(in.UserName))
}

// onRenamedUser asks for the user as it is and, when it moves, as it will be.
func (s *Service) onRenamedUser(c *service.Call, in *api.UpdateUserInput) ([]service.Question, error) {
	qs, err := onUser(func(in *api.UpdateUserInput) *string { return in.UserName })(c, in)
	if err != nil || in.NewUserName == nil && in.NewPath == nil {
		return qs, err
	}
	u, err := users.Get(c.Tx, entityKey(c.Account, wire.Text(in.UserName)))
	if errors.Is(err, store.ErrNotFound) {
		return qs, nil
	}
	if err != nil {
		return nil, err
	}
	moved := *u
	moved.rename(in.NewUserName, in.NewPath)
	return append(qs, service.Question{Resource: moved.ARN(), Context: qs[0].Context, ResourceType: typeUser}), nil
}

// isNamedRoot says that the user's name is the one under which root signs in.
func (u *User) isNamedRoot() bool { return strings.EqualFold(u.Name, rootUser) }

func (u *User) rename(name, path *string) {
	if name != nil {
		u.Name = *name
	}
	if path != nil {
		u.Path = *path
	}
}

func (s *Service) createUser(c *service.Call, in *api.CreateUserInput) (*api.CreateUserOutput, error) {
	tags, err := newTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, userQuota, 1); err != nil {
		return nil, err
	}
	id, err := newUniqueID(s.Rand, userPrefix)
	if err != nil {
		return nil, err
	}
	u := &User{Account: c.Account, Name: *in.UserName, Path: pathOf(in.Path), ID: id, Created: c.Time.UTC().Truncate(time.Second), Tags: tags}
	if in.PermissionsBoundary != nil {
		if err := u.setBoundary(c.Tx, c.Account, *in.PermissionsBoundary); err != nil {
			return nil, err
		}
	}
	if err := users.Insert(c.Tx, u); err != nil {
		return nil, taken(err, "User", u.Name)
	}
	return &api.CreateUserOutput{User: u.shown(true)}, nil
}

// shown is the user as the API shows it. Listings show neither tags nor boundary.
func (u *User) shown(whole bool) *api.User {
	out := &api.User{Arn: new(u.ARN()), CreateDate: &u.Created, Path: &u.Path, UserId: &u.ID, UserName: &u.Name}
	if u.Login != nil && !u.Login.LastUsed.IsZero() {
		out.PasswordLastUsed = &u.Login.LastUsed
	}
	if whole {
		out.Tags, out.PermissionsBoundary = shownTags(u.Tags), u.shownBoundary()
	}
	return out
}

func (s *Service) user(c *service.Call, name string) (*User, error) {
	u, err := users.Get(c.Tx, entityKey(c.Account, name))
	return found(u, err, "user", name)
}

func (s *Service) getUser(c *service.Call, in *api.GetUserInput) (*api.GetUserOutput, error) {
	if in.UserName == nil && c.Caller.Kind == policy.Root {
		return s.getRoot(c)
	}
	name, err := userName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	u, err := s.user(c, name)
	if err != nil {
		return nil, err
	}
	return &api.GetUserOutput{User: u.shown(true)}, nil
}

// getRoot is the root user as GetUser shows it: it has no name, and its ID is the account's.
func (s *Service) getRoot(c *service.Call) (*api.GetUserOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	return &api.GetUserOutput{User: a.shownRoot()}, nil
}

func (a *Account) shownRoot() *api.User {
	out := &api.User{Arn: new(rootARN(a.ID)), CreateDate: &a.Created, UserId: &a.ID, Path: new("/"), UserName: wire.Optional(a.Alias)}
	if !a.Root.LastUsed.IsZero() {
		out.PasswordLastUsed = &a.Root.LastUsed
	}
	return out
}

func (s *Service) listUsers(c *service.Call, in *api.ListUsersInput) (*api.ListUsersOutput, error) {
	out := &api.ListUsersOutput{Users: []api.User{}}
	next, err := listMemo(c, users, s.shownUsers, in.Marker, in.MaxItems, func(u *api.User) bool {
		if !strings.HasPrefix(*u.Path, prefixOf(in.PathPrefix)) {
			return false
		}
		out.Users = append(out.Users, *u)
		return true
	})
	out.Marker, out.IsTruncated = marker(next)
	return out, err
}

func (s *Service) updateUser(c *service.Call, in *api.UpdateUserInput) (*api.UpdateUserOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	old := users.Key(u)
	u.rename(in.NewUserName, in.NewPath)
	if u.Login != nil && u.isNamedRoot() {
		return nil, api.InvalidInputException.New("The name %s is the account's root user at sign-in: a user with a login profile cannot have it.", rootUser)
	}
	if err := users.Move(c.Tx, old, u); err != nil {
		return nil, taken(err, "User", u.Name)
	}
	return &api.UpdateUserOutput{}, nil
}

func (s *Service) deleteUser(c *service.Call, in *api.DeleteUserInput) (*api.DeleteUserOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	if err := s.deletable(c.Tx, u); err != nil {
		return nil, err
	}
	if err := u.clearBoundary(c.Tx, c.Account); err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, userQuota, -1); err != nil {
		return nil, err
	}
	if err := forgetPrincipal(c.Tx, c.Account, u.ID); err != nil {
		return nil, err
	}
	return &api.DeleteUserOutput{}, users.Delete(c.Tx, users.Key(u))
}

// deletable refuses while anything hangs on the user, with IAM's words for the first thing found.
func (s *Service) deletable(tx store.Tx, u *User) error {
	conflict := func(what string) error {
		return api.DeleteConflictException.New("Cannot delete entity, must %s first.", what)
	}
	switch {
	case u.Login != nil:
		return conflict("delete login profile")
	case len(u.Inline) > 0:
		return conflict("delete policies")
	case len(u.Attached) > 0:
		return conflict("detach all policies")
	case len(u.Groups) > 0:
		return conflict("remove users from group")
	}
	keys, err := accessKeys.ListRef(tx, "user", store.K(u.Account, u.ID), nil, 1)
	if err != nil {
		return err
	}
	if len(keys.Items) > 0 {
		return conflict("delete access keys")
	}
	return s.noCredentials(tx, u, conflict)
}

func (s *Service) tagUser(c *service.Call, in *api.TagUserInput) (*api.TagUserOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	if u.Tags, err = newTags(u.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagUserOutput{}, users.Update(c.Tx, u)
}

func (s *Service) untagUser(c *service.Call, in *api.UntagUserInput) (*api.UntagUserOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	u.Tags = withoutTags(u.Tags, in.TagKeys)
	return &api.UntagUserOutput{}, users.Update(c.Tx, u)
}

func (s *Service) listUserTags(c *service.Call, in *api.ListUserTagsInput) (*api.ListUserTagsOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	tags, m, more, err := tagPage(u.Tags, in.Marker, in.MaxItems)
	return &api.ListUserTagsOutput{Tags: tags, Marker: m, IsTruncated: more}, err
}

func (s *Service) putUserBoundary(c *service.Call, in *api.PutUserPermissionsBoundaryInput) (*api.PutUserPermissionsBoundaryOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	if err := u.setBoundary(c.Tx, c.Account, *in.PermissionsBoundary); err != nil {
		return nil, err
	}
	return &api.PutUserPermissionsBoundaryOutput{}, users.Update(c.Tx, u)
}

func (s *Service) deleteUserBoundary(c *service.Call, in *api.DeleteUserPermissionsBoundaryInput) (*api.DeleteUserPermissionsBoundaryOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	if u.Boundary == "" {
		return nil, api.NoSuchEntityException.New("The user with name %s does not have a permissions boundary.", u.Name)
	}
	if err := u.clearBoundary(c.Tx, c.Account); err != nil {
		return nil, err
	}
	return &api.DeleteUserPermissionsBoundaryOutput{}, users.Update(c.Tx, u)
}
