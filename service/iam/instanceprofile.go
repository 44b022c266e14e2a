package iam

import (
	"errors"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// InstanceProfile is a container of one role, which passes it to an EC2 instance.
type InstanceProfile struct {
	Account string    `json:"account"`
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	ID      string    `json:"id"` // AIPA…
	Created time.Time `json:"created"`
	RoleID  string    `json:"roleId,omitempty"` // a role in a profile cannot be deleted
	Tags    []Tag     `json:"tags,omitempty"`
}

// rolesPerProfile is fixed by AWS. The name of the quota is AWS's too.
const rolesPerProfile = 1

var profiles = &store.Table[InstanceProfile]{
	Name: "iam.instance-profile",
	Key:  func(p *InstanceProfile) store.Key { return entityKey(p.Account, p.Name) },
	Refs: map[string]func(*InstanceProfile) []store.Key{"role": func(p *InstanceProfile) []store.Key {
		if p.RoleID == "" {
			return nil
		}
		return []store.Key{store.K(p.Account, p.RoleID)}
	}},
}

// ARN is the profile's ARN with its path.
func (p *InstanceProfile) ARN() string {
	return entityARN(p.Account, "instance-profile", p.Path, p.Name)
}

func (s *Service) profileOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateInstanceProfile, onNew(func(c *service.Call, in *api.CreateInstanceProfileInput) string {
			return entityARN(c.Account, "instance-profile", pathOf(in.Path), wire.Text(in.InstanceProfileName))
		}, typeProfile, func(in *api.CreateInstanceProfileInput, k condition) { k.requestTags(in.Tags) }), s.createProfile),
		service.Reads(api.OpGetInstanceProfile, onProfile(func(in *api.GetInstanceProfileInput) *string { return in.InstanceProfileName }), s.getProfile),
		service.Reads(api.OpListInstanceProfiles, onPath[api.ListInstanceProfilesInput]("instance-profile"), s.listProfiles),
		service.Writes(api.OpDeleteInstanceProfile, onProfile(func(in *api.DeleteInstanceProfileInput) *string { return in.InstanceProfileName }), s.deleteProfile),
		service.Writes(api.OpAddRoleToInstanceProfile, onRoleForProfile, s.addRoleToProfile),
		service.Writes(api.OpRemoveRoleFromInstanceProfile,
			onProfile(func(in *api.RemoveRoleFromInstanceProfileInput) *string { return in.InstanceProfileName }), s.removeRoleFromProfile),
		service.Reads(api.OpListInstanceProfilesForRole, onRole(func(in *api.ListInstanceProfilesForRoleInput) *string { return in.RoleName }), s.listProfilesForRole),
		service.Writes(api.OpTagInstanceProfile, onProfile(func(in *api.TagInstanceProfileInput) *string { return in.InstanceProfileName },
			func(in *api.TagInstanceProfileInput, k condition) { k.requestTags(in.Tags) }), s.tagProfile),
		service.Writes(api.OpUntagInstanceProfile, onProfile(func(in *api.UntagInstanceProfileInput) *string { return in.InstanceProfileName },
			func(in *api.UntagInstanceProfileInput, k condition) { k.tagKeys(in.TagKeys) }), s.untagProfile),
		service.Reads(api.OpListInstanceProfileTags, onProfile(func(in *api.ListInstanceProfileTagsInput) *string { return in.InstanceProfileName }), s.listProfileTags),
	}
}

// onProfile is the rule of an operation on the instance profile of that name.
func onProfile[In any](name func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		p, err := profiles.Get(c.Tx, entityKey(c.Account, wire.Text(name(in))))
		if store.IsAbsent(err) {
			p, err = &InstanceProfile{Account: c.Account, Name: wire.Text(name(in)), Path: "/"}, nil
		}
		if err != nil {
			return nil, err
		}
		k := condition{}.ownTags(p.Tags)
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: p.ARN(), Context: k, ResourceType: typeProfile}}, nil
	}
}

// onRoleForProfile asks for the profile, and whether the caller may hand the role to EC2.
// IAM User Guide: "Granting a user permissions to pass a role to an AWS service".
func onRoleForProfile(c *service.Call, in *api.AddRoleToInstanceProfileInput) ([]service.Question, error) {
	qs, err := onProfile(func(in *api.AddRoleToInstanceProfileInput) *string { return in.InstanceProfileName })(c, in)
	if err != nil {
		return nil, err
	}
	pass, err := onRole(func(in *api.AddRoleToInstanceProfileInput) *string { return in.RoleName },
		func(_ *api.AddRoleToInstanceProfileInput, k condition) {
			k.set("iam:PassedToService", "ec2.amazonaws.com").set("iam:AssociatedResourceArn", qs[0].Resource)
		})(c, in)
	if err != nil {
		return nil, err
	}
	pass[0].Action = "iam:PassRole"
	return append(qs, pass...), nil
}

func noSuchProfile(name string) error {
	return api.NoSuchEntityException.New("Instance Profile %s cannot be found.", name)
}

func profile(c *service.Call, name string) (*InstanceProfile, error) {
	p, err := profiles.Get(c.Tx, entityKey(c.Account, name))
	if store.IsAbsent(err) {
		return nil, noSuchProfile(name)
	}
	return p, err
}

func (s *Service) createProfile(c *service.Call, in *api.CreateInstanceProfileInput) (*api.CreateInstanceProfileOutput, error) {
	tags, err := newTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, profileQuota, 1); err != nil {
		return nil, err
	}
	p := &InstanceProfile{Account: c.Account, Name: *in.InstanceProfileName, Path: pathOf(in.Path), Created: seconds(c.Time), Tags: tags}
	if p.ID, err = newUniqueID(s.Rand, profilePrefix); err != nil {
		return nil, err
	}
	err = profiles.Insert(c.Tx, p)
	var exists *store.ExistsError
	if errors.As(err, &exists) {
		return nil, api.EntityAlreadyExistsException.New("Instance Profile %s already exists.", p.Name)
	}
	if err != nil {
		return nil, err
	}
	out, err := p.shown(c.Tx)
	if err != nil {
		return nil, err
	}
	out.Tags = shownTags(p.Tags)
	return &api.CreateInstanceProfileOutput{InstanceProfile: out}, nil
}

// shown is the profile as listings show it, without tags.
func (p *InstanceProfile) shown(tx store.Tx) (*api.InstanceProfile, error) {
	out := &api.InstanceProfile{
		Arn: new(p.ARN()), CreateDate: &p.Created, InstanceProfileId: &p.ID, InstanceProfileName: &p.Name, Path: &p.Path, Roles: []api.Role{},
	}
	if p.RoleID == "" {
		return out, nil
	}
	r, err := roles.ByUnique(tx, "id", store.K(p.Account, p.RoleID))
	if err != nil {
		return nil, err
	}
	shown, err := r.shown(tx)
	if err != nil {
		return nil, err
	}
	out.Roles = append(out.Roles, *shown)
	return out, nil
}

func (s *Service) getProfile(c *service.Call, in *api.GetInstanceProfileInput) (*api.GetInstanceProfileOutput, error) {
	p, err := profile(c, *in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	out, err := p.shown(c.Tx)
	if err != nil {
		return nil, err
	}
	out.Tags = allTags(p.Tags)
	return &api.GetInstanceProfileOutput{InstanceProfile: out}, nil
}

func (s *Service) listProfiles(c *service.Call, in *api.ListInstanceProfilesInput) (*api.ListInstanceProfilesOutput, error) {
	var page []*InstanceProfile
	next, err := list(c, profiles, in.Marker, in.MaxItems, func(p *InstanceProfile) bool {
		if !strings.HasPrefix(p.Path, prefixOf(in.PathPrefix)) {
			return false
		}
		page = append(page, p)
		return true
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListInstanceProfilesOutput{}
	out.Marker, out.IsTruncated = marker(next)
	out.InstanceProfiles, err = shownProfiles(c.Tx, page)
	return out, err
}

func shownProfiles(tx store.Tx, page []*InstanceProfile) ([]api.InstanceProfile, error) {
	out := make([]api.InstanceProfile, 0, len(page))
	for _, p := range page {
		shown, err := p.shown(tx)
		if err != nil {
			return nil, err
		}
		out = append(out, *shown)
	}
	return out, nil
}

func (s *Service) listProfilesForRole(c *service.Call, in *api.ListInstanceProfilesForRoleInput) (*api.ListInstanceProfilesForRoleOutput, error) {
	r, err := roleToRead(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	at, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	page, err := profiles.ListRef(c.Tx, "role", store.K(r.Account, r.ID), at.after, at.limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListInstanceProfilesForRoleOutput{}
	out.Marker, out.IsTruncated = marker(page.Next)
	out.InstanceProfiles, err = shownProfiles(c.Tx, page.Items)
	return out, err
}

func (s *Service) deleteProfile(c *service.Call, in *api.DeleteInstanceProfileInput) (*api.DeleteInstanceProfileOutput, error) {
	p, err := profile(c, *in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	if p.RoleID != "" {
		return nil, api.DeleteConflictException.New("Cannot delete entity, must remove roles from instance profile first.")
	}
	if err := s.count(c.Tx, c.Account, profileQuota, -1); err != nil {
		return nil, err
	}
	return &api.DeleteInstanceProfileOutput{}, profiles.Delete(c.Tx, profiles.Key(p))
}

func (s *Service) addRoleToProfile(c *service.Call, in *api.AddRoleToInstanceProfileInput) (*api.AddRoleToInstanceProfileOutput, error) {
	p, err := profile(c, *in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if p.RoleID != "" {
		return nil, over("InstanceSessionsPerInstanceProfile", rolesPerProfile)
	}
	p.RoleID = r.ID
	return &api.AddRoleToInstanceProfileOutput{}, profiles.Update(c.Tx, p)
}

func (s *Service) removeRoleFromProfile(c *service.Call, in *api.RemoveRoleFromInstanceProfileInput) (*api.RemoveRoleFromInstanceProfileOutput, error) {
	p, err := profile(c, *in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	r, err := roleToChange(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if p.RoleID != r.ID {
		return nil, api.NoSuchEntityException.New("Role %s in Instance Profile %s cannot be found.", r.Name, p.Name)
	}
	p.RoleID = ""
	return &api.RemoveRoleFromInstanceProfileOutput{}, profiles.Update(c.Tx, p)
}

func (s *Service) tagProfile(c *service.Call, in *api.TagInstanceProfileInput) (*api.TagInstanceProfileOutput, error) {
	p, err := profile(c, *in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	if p.Tags, err = newTags(p.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagInstanceProfileOutput{}, profiles.Update(c.Tx, p)
}

func (s *Service) untagProfile(c *service.Call, in *api.UntagInstanceProfileInput) (*api.UntagInstanceProfileOutput, error) {
	p, err := profile(c, *in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	p.Tags = withoutTags(p.Tags, in.TagKeys)
	return &api.UntagInstanceProfileOutput{}, profiles.Update(c.Tx, p)
}

func (s *Service) listProfileTags(c *service.Call, in *api.ListInstanceProfileTagsInput) (*api.ListInstanceProfileTagsOutput, error) {
	p, err := profile(c, *in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	tags, m, more, err := tagPage(p.Tags, in.Marker, in.MaxItems)
	return &api.ListInstanceProfileTagsOutput{Tags: tags, Marker: m, IsTruncated: more}, err
}
