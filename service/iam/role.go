package iam

import (
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Role is an IAM role as stored.
type Role struct {
	Account     string            `json:"account"`
	Name        string            `json:"name"`
	Path        string            `json:"path"`
	ID          string            `json:"id"` // AROA…
	Created     time.Time         `json:"created"`
	Description string            `json:"description,omitempty"`
	MaxSession  int64             `json:"maxSession"`        // seconds
	Trust       string            `json:"trust"`             // trust policy; principals of this partition as unique IDs
	Trusted     map[string]string `json:"trusted,omitempty"` // account of each unique ID in Trust
	grants
	Tags []Tag `json:"tags,omitempty"`
}

// defaultMaxSession is MaxSessionDuration where the request names none, in seconds.
const defaultMaxSession = 3600

var roles = &store.Table[Role]{
	Name:   "iam.role",
	Key:    func(r *Role) store.Key { return entityKey(r.Account, r.Name) },
	Unique: map[string]func(*Role) store.Key{"id": func(r *Role) store.Key { return store.K(r.Account, r.ID) }},
	Refs:   map[string]func(*Role) []store.Key{"policy": func(r *Role) []store.Key { return r.policyKeys(r.Account) }},
	Cached: true,
}

// ARN is the role's ARN with its path.
func (r *Role) ARN() string { return entityARN(r.Account, "role", r.Path, r.Name) }

// serviceRolePath is where the roles live that only their service may change.
const serviceRolePath = "/aws-service-role/"

// reservedPath is where AWS's services keep roles of their own, e.g. IAM Identity Center those of permission sets.
const reservedPath = "/aws-reserved/"

// ServiceLinked reports whether only the service that made the role may change what it may do and whom it trusts.
func (r *Role) ServiceLinked() bool { return strings.HasPrefix(r.Path, serviceRolePath) }

// Reserved reports whether only AWS's services may change anything of the role.
func (r *Role) Reserved() bool { return strings.HasPrefix(r.Path, reservedPath) }

func (s *Service) roleOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateRole, onNew(newRoleARN, typeRole, func(in *api.CreateRoleInput, k condition) {
			k.requestTags(in.Tags).set(keyBoundary, wire.Text(in.PermissionsBoundary))
		}), s.createRole),
		service.Reads(api.OpGetRole, onRole(func(in *api.GetRoleInput) *string { return in.RoleName }), s.getRole),
		service.Reads(api.OpListRoles, onPath[api.ListRolesInput]("role"), s.listRoles),
		service.Writes(api.OpUpdateRole, onRole(func(in *api.UpdateRoleInput) *string { return in.RoleName }), s.updateRole),
		service.Writes(api.OpUpdateRoleDescription, onRole(func(in *api.UpdateRoleDescriptionInput) *string { return in.RoleName }), s.updateRoleDescription),
		service.Writes(api.OpUpdateAssumeRolePolicy, onRole(func(in *api.UpdateAssumeRolePolicyInput) *string { return in.RoleName }), s.updateAssumeRolePolicy),
		service.Writes(api.OpDeleteRole, onRole(func(in *api.DeleteRoleInput) *string { return in.RoleName }), s.deleteRole),
		service.Writes(api.OpTagRole, onRole(func(in *api.TagRoleInput) *string { return in.RoleName },
			func(in *api.TagRoleInput, k condition) { k.requestTags(in.Tags) }), s.tagRole),
		service.Writes(api.OpUntagRole, onRole(func(in *api.UntagRoleInput) *string { return in.RoleName },
			func(in *api.UntagRoleInput, k condition) { k.tagKeys(in.TagKeys) }), s.untagRole),
		service.Reads(api.OpListRoleTags, onRole(func(in *api.ListRoleTagsInput) *string { return in.RoleName }), s.listRoleTags),
		service.Writes(api.OpPutRolePermissionsBoundary, onRole(func(in *api.PutRolePermissionsBoundaryInput) *string { return in.RoleName },
			func(in *api.PutRolePermissionsBoundaryInput, k condition) {
				k.set(keyBoundary, wire.Text(in.PermissionsBoundary))
			}), s.putRoleBoundary),
		service.Writes(api.OpDeleteRolePermissionsBoundary,
			onRole(func(in *api.DeleteRolePermissionsBoundaryInput) *string { return in.RoleName }), s.deleteRoleBoundary),
	}
}

func newRoleARN(c *service.Call, in *api.CreateRoleInput) string {
	return entityARN(c.Account, "role", pathOf(in.Path), wire.Text(in.RoleName))
}

func (s *Service) createRole(c *service.Call, in *api.CreateRoleInput) (*api.CreateRoleOutput, error) {
	r := &Role{Account: c.Account, Name: *in.RoleName, Path: pathOf(in.Path)}
	switch {
	case r.ServiceLinked():
		return nil, ValidationError.New("Path %s is reserved for service-linked roles. Use CreateServiceLinkedRole.", r.Path)
	case r.Reserved() && !ofService(c):
		return nil, ValidationError.New("Path %s is reserved for roles that AWS's services make.", r.Path)
	}
	tags, err := newTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	r.Created, r.Description, r.MaxSession, r.Tags = seconds(c.Time), wire.Text(in.Description), defaultMaxSession, tags
	if in.MaxSessionDuration != nil {
		r.MaxSession = *in.MaxSessionDuration
	}
	if err := r.setTrust(c.Tx, *in.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	if in.PermissionsBoundary != nil {
		if err := r.setBoundary(c.Tx, c.Account, *in.PermissionsBoundary); err != nil {
			return nil, err
		}
	}
	if err := s.insertRole(c.Tx, r); err != nil {
		return nil, taken(err, "Role", r.Name)
	}
	out, err := r.shown(c.Tx)
	if err != nil {
		return nil, err
	}
	out.Tags, out.PermissionsBoundary = shownTags(r.Tags), r.shownBoundary()
	return &api.CreateRoleOutput{Role: out}, nil
}

// insertRole gives the role its ID and stores it, within the account's quota.
func (s *Service) insertRole(tx store.Tx, r *Role) (err error) {
	if r.ID, err = newUniqueID(s.Rand, rolePrefix); err != nil {
		return err
	}
	if err := s.count(tx, r.Account, roleQuota, 1); err != nil {
		return err
	}
	return roles.Insert(tx, r)
}

// shown is the part of a role that every operation shows.
func (r *Role) shown(tx store.Tx) (*api.Role, error) {
	doc, err := r.shownTrust(tx)
	if err != nil {
		return nil, err
	}
	return &api.Role{
		Arn: new(r.ARN()), AssumeRolePolicyDocument: doc, CreateDate: &r.Created, Path: &r.Path, RoleId: &r.ID, RoleName: &r.Name,
	}, nil
}

func (s *Service) getRole(c *service.Call, in *api.GetRoleInput) (*api.GetRoleOutput, error) {
	r, err := roleToRead(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	out, err := r.shown(c.Tx)
	if err != nil {
		return nil, err
	}
	out.Description, out.MaxSessionDuration = wire.Optional(r.Description), &r.MaxSession
	out.Tags, out.PermissionsBoundary = shownTags(r.Tags), r.shownBoundary()
	out.RoleLastUsed, err = roleLastUsed(c.Tx, r)
	return &api.GetRoleOutput{Role: out}, err
}

// roleLastUsed is empty for a role that was never used.
func roleLastUsed(tx store.Tx, r *Role) (*api.RoleLastUsed, error) {
	u, err := lastUse(tx, lastUsedRole, r.ID)
	if err != nil || u == nil {
		return &api.RoleLastUsed{}, err
	}
	return &api.RoleLastUsed{LastUsedDate: &u.Time, Region: wire.Optional(u.Region)}, nil
}

func (s *Service) listRoles(c *service.Call, in *api.ListRolesInput) (*api.ListRolesOutput, error) {
	out := &api.ListRolesOutput{Roles: []api.Role{}}
	var bad error
	next, err := list(c, roles, in.Marker, in.MaxItems, func(r *Role) bool {
		if !strings.HasPrefix(r.Path, prefixOf(in.PathPrefix)) {
			return false
		}
		shown, err := r.shown(c.Tx)
		if err != nil {
			bad = err
			return true
		}
		shown.Description, shown.MaxSessionDuration = wire.Optional(r.Description), &r.MaxSession
		out.Roles = append(out.Roles, *shown)
		return true
	})
	if err == nil {
		err = bad
	}
	out.Marker, out.IsTruncated = marker(next)
	return out, err
}

func (s *Service) updateRole(c *service.Call, in *api.UpdateRoleInput) (*api.UpdateRoleOutput, error) {
	find := roleToDescribe
	if in.MaxSessionDuration != nil {
		find = roleToChange
	}
	r, err := find(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if in.MaxSessionDuration != nil {
		r.MaxSession = *in.MaxSessionDuration
	}
	if in.Description != nil {
		r.Description = *in.Description
	}
	return &api.UpdateRoleOutput{}, roles.Update(c.Tx, r)
}

func (s *Service) updateRoleDescription(c *service.Call, in *api.UpdateRoleDescriptionInput) (*api.UpdateRoleDescriptionOutput, error) {
	r, err := roleToDescribe(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	r.Description = *in.Description
	if err := roles.Update(c.Tx, r); err != nil {
		return nil, err
	}
	out, err := r.shown(c.Tx)
	if err != nil {
		return nil, err
	}
	out.Description = wire.Optional(r.Description)
	return &api.UpdateRoleDescriptionOutput{Role: out}, nil
}

func (s *Service) updateAssumeRolePolicy(c *service.Call, in *api.UpdateAssumeRolePolicyInput) (*api.UpdateAssumeRolePolicyOutput, error) {
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if err := r.setTrust(c.Tx, *in.PolicyDocument); err != nil {
		return nil, err
	}
	return &api.UpdateAssumeRolePolicyOutput{}, roles.Update(c.Tx, r)
}

func (s *Service) deleteRole(c *service.Call, in *api.DeleteRoleInput) (*api.DeleteRoleOutput, error) {
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	conflict := func(what string) error {
		return api.DeleteConflictException.New("Cannot delete entity, must %s first.", what)
	}
	used, err := profiles.HasRef(c.Tx, "role", store.K(r.Account, r.ID))
	switch {
	case err != nil:
		return nil, err
	case used:
		return nil, conflict("remove roles from instance profile")
	case len(r.Attached) > 0:
		return nil, conflict("detach all policies")
	case len(r.Inline) > 0:
		return nil, conflict("delete policies")
	}
	return &api.DeleteRoleOutput{}, s.removeRole(c.Tx, r)
}

// removeRole deletes a role on which nothing hangs but its boundary.
func (s *Service) removeRole(tx store.Tx, r *Role) error {
	if err := r.clearBoundary(tx, r.Account); err != nil {
		return err
	}
	if err := s.count(tx, r.Account, roleQuota, -1); err != nil {
		return err
	}
	if err := forgetPrincipal(tx, r.Account, r.ID); err != nil {
		return err
	}
	return roles.Delete(tx, roles.Key(r))
}

func (s *Service) tagRole(c *service.Call, in *api.TagRoleInput) (*api.TagRoleOutput, error) {
	r, err := roleToDescribe(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if r.Tags, err = newTags(r.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagRoleOutput{}, roles.Update(c.Tx, r)
}

func (s *Service) untagRole(c *service.Call, in *api.UntagRoleInput) (*api.UntagRoleOutput, error) {
	r, err := roleToDescribe(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	r.Tags = withoutTags(r.Tags, in.TagKeys)
	return &api.UntagRoleOutput{}, roles.Update(c.Tx, r)
}

func (s *Service) listRoleTags(c *service.Call, in *api.ListRoleTagsInput) (*api.ListRoleTagsOutput, error) {
	r, err := roleToRead(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	tags, m, more, err := tagPage(r.Tags, in.Marker, in.MaxItems)
	return &api.ListRoleTagsOutput{Tags: tags, Marker: m, IsTruncated: more}, err
}

func (s *Service) putRoleBoundary(c *service.Call, in *api.PutRolePermissionsBoundaryInput) (*api.PutRolePermissionsBoundaryOutput, error) {
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if err := r.setBoundary(c.Tx, c.Account, *in.PermissionsBoundary); err != nil {
		return nil, err
	}
	return &api.PutRolePermissionsBoundaryOutput{}, roles.Update(c.Tx, r)
}

func (s *Service) deleteRoleBoundary(c *service.Call, in *api.DeleteRolePermissionsBoundaryInput) (*api.DeleteRolePermissionsBoundaryOutput, error) {
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if r.Boundary == "" {
		return nil, api.NoSuchEntityException.New("The role with name %s does not have a permissions boundary.", r.Name)
	}
	if err := r.clearBoundary(c.Tx, c.Account); err != nil {
		return nil, err
	}
	return &api.DeleteRolePermissionsBoundaryOutput{}, roles.Update(c.Tx, r)
}
