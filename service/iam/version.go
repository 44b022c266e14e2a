package iam

import (
	"slices"
	"strconv"
	"strings"

	api "vauban/api/iam"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/service/iam/managed"
)

func (s *Service) versionOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreatePolicyVersion,
			onOwnPolicy(func(in *api.CreatePolicyVersionInput) *string { return in.PolicyArn }), s.createPolicyVersion),
		service.Reads(api.OpGetPolicyVersion, onPolicy(func(in *api.GetPolicyVersionInput) *string { return in.PolicyArn }), s.getPolicyVersion),
		service.Reads(api.OpListPolicyVersions, onPolicy(func(in *api.ListPolicyVersionsInput) *string { return in.PolicyArn }), s.listPolicyVersions),
		service.Writes(api.OpDeletePolicyVersion,
			onOwnPolicy(func(in *api.DeletePolicyVersionInput) *string { return in.PolicyArn }), s.deletePolicyVersion),
		service.Writes(api.OpSetDefaultPolicyVersion,
			onOwnPolicy(func(in *api.SetDefaultPolicyVersionInput) *string { return in.PolicyArn }), s.setDefaultPolicyVersion),
	}
}

// version is the index of the version with that name.
func (p *Policy) version(id string) (int, error) {
	i := slices.IndexFunc(p.Versions, func(v PolicyVersion) bool { return v.ID() == id })
	if i < 0 {
		return 0, noSuchVersion(p.ARN(), id)
	}
	return i, nil
}

func noSuchVersion(arn, id string) error {
	return api.NoSuchEntityException.New("Policy %s version %s does not exist or is not attachable.", arn, id)
}

// shown is the version as the API shows it; only GetPolicyVersion shows the document.
func (v *PolicyVersion) shown(isDefault, document bool) *api.PolicyVersion {
	out := &api.PolicyVersion{VersionId: new(v.ID()), IsDefaultVersion: &isDefault, CreateDate: &v.Created}
	if document {
		out.Document = shownDocument(v.JSON)
	}
	return out
}

func shownManagedVersion(p *managed.Policy, document bool) *api.PolicyVersion {
	out := &api.PolicyVersion{VersionId: &p.Version, IsDefaultVersion: new(true), CreateDate: &p.Updated}
	if document {
		out.Document = shownDocument(p.JSON)
	}
	return out
}

func (s *Service) createPolicyVersion(c *service.Call, in *api.CreatePolicyVersionInput) (*api.CreatePolicyVersionOutput, error) {
	p, err := ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if err := checkManagedPolicy(*in.PolicyDocument); err != nil {
		return nil, err
	}
	if len(p.Versions) >= policy.MaxPolicyVersions {
		return nil, api.LimitExceededException.New("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.",
			policy.MaxPolicyVersions)
	}
	if err := s.count(c.Tx, c.Account, policyVersionQuota, 1); err != nil {
		return nil, err
	}
	p.Last++
	p.Updated = seconds(c.Time)
	p.Versions = append(p.Versions, PolicyVersion{Number: p.Last, JSON: *in.PolicyDocument, Created: p.Updated})
	if in.SetAsDefault != nil && *in.SetAsDefault {
		p.Default = p.Last
	}
	if err := policies.Update(c.Tx, p); err != nil {
		return nil, err
	}
	return &api.CreatePolicyVersionOutput{PolicyVersion: p.Versions[len(p.Versions)-1].shown(p.Default == p.Last, false)}, nil
}

func (s *Service) getPolicyVersion(c *service.Call, in *api.GetPolicyVersionInput) (*api.GetPolicyVersionOutput, error) {
	if p, ok := managed.ByARN(*in.PolicyArn); ok {
		if p.Version != *in.VersionId {
			return nil, noSuchVersion(p.ARN, *in.VersionId)
		}
		return &api.GetPolicyVersionOutput{PolicyVersion: shownManagedVersion(p, true)}, nil
	}
	p, err := ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	i, err := p.version(*in.VersionId)
	if err != nil {
		return nil, err
	}
	v := &p.Versions[i]
	return &api.GetPolicyVersionOutput{PolicyVersion: v.shown(v.Number == p.Default, true)}, nil
}

// listPolicyVersions lists the newest version first.
func (s *Service) listPolicyVersions(c *service.Call, in *api.ListPolicyVersionsInput) (*api.ListPolicyVersionsOutput, error) {
	page, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var all []api.PolicyVersion
	if p, ok := managed.ByARN(*in.PolicyArn); ok {
		all = []api.PolicyVersion{*shownManagedVersion(p, false)}
	} else {
		p, err := ownPolicy(c, *in.PolicyArn)
		if err != nil {
			return nil, err
		}
		for _, v := range slices.Backward(p.Versions) {
			all = append(all, *v.shown(v.Number == p.Default, false))
		}
	}
	versions, next := cut(all, page, newestFirst)
	out := &api.ListPolicyVersionsOutput{Versions: versions}
	out.Marker, out.IsTruncated = marker(next)
	return out, nil
}

// newestFirst is a text that orders versions from the newest to the oldest.
func newestFirst(v api.PolicyVersion) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(*v.VersionId, "v"))
	return strconv.Itoa(1<<31 - n)
}

func (s *Service) deletePolicyVersion(c *service.Call, in *api.DeletePolicyVersionInput) (*api.DeletePolicyVersionOutput, error) {
	p, err := ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	i, err := p.version(*in.VersionId)
	if err != nil {
		return nil, err
	}
	if p.Versions[i].Number == p.Default {
		return nil, api.DeleteConflictException.New("Cannot delete the default version of a policy.")
	}
	if err := s.count(c.Tx, c.Account, policyVersionQuota, -1); err != nil {
		return nil, err
	}
	p.Versions = slices.Delete(p.Versions, i, i+1)
	p.Updated = seconds(c.Time)
	return &api.DeletePolicyVersionOutput{}, policies.Update(c.Tx, p)
}

func (s *Service) setDefaultPolicyVersion(c *service.Call, in *api.SetDefaultPolicyVersionInput) (*api.SetDefaultPolicyVersionOutput, error) {
	p, err := ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	i, err := p.version(*in.VersionId)
	if err != nil {
		return nil, err
	}
	p.Default = p.Versions[i].Number
	p.Updated = seconds(c.Time)
	return &api.SetDefaultPolicyVersionOutput{}, policies.Update(c.Tx, p)
}
