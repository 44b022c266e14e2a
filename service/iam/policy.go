package iam

import (
	"strconv"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/service/iam/managed"
	"vauban/store"
)

// Policy is a customer managed policy as stored.
type Policy struct {
	Account     string          `json:"account"`
	Name        string          `json:"name"`
	Path        string          `json:"path"`
	ID          string          `json:"id"` // ANPA…
	Description string          `json:"description,omitempty"`
	Created     time.Time       `json:"created"`
	Updated     time.Time       `json:"updated"`
	Default     int             `json:"default"` // number of the default version
	Last        int             `json:"last"`    // number of the newest version ever made: never reused
	Versions    []PolicyVersion `json:"versions"`
	Tags        []Tag           `json:"tags,omitempty"`
}

// PolicyVersion is one of at most five versions of a managed policy.
type PolicyVersion struct {
	Number  int       `json:"n"`
	JSON    string    `json:"json"`
	Created time.Time `json:"created"`
}

var policies = &store.Table[Policy]{
	Name:   "iam.policy",
	Key:    func(p *Policy) store.Key { return entityKey(p.Account, p.Name) },
	Cached: true,
}

// ARN is the policy's ARN with its path.
func (p *Policy) ARN() string { return entityARN(p.Account, "policy", p.Path, p.Name) }

// ID is the version's name: v1, v2, …
func (v *PolicyVersion) ID() string { return "v" + strconv.Itoa(v.Number) }

func (s *Service) policyOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreatePolicy, onNew(func(c *service.Call, in *api.CreatePolicyInput) string {
			return entityARN(c.Account, "policy", pathOf(in.Path), wire.Text(in.PolicyName))
		}, typePolicy, func(in *api.CreatePolicyInput, k condition) { k.requestTags(in.Tags) }), s.createPolicy),
		service.Reads(api.OpGetPolicy, onPolicy(func(in *api.GetPolicyInput) *string { return in.PolicyArn }), s.getPolicy),
		service.Reads(api.OpListPolicies, onAll[api.ListPoliciesInput], s.listPolicies),
		service.Writes(api.OpDeletePolicy, onOwnPolicy(func(in *api.DeletePolicyInput) *string { return in.PolicyArn }), s.deletePolicy),
		service.Writes(api.OpTagPolicy, onOwnPolicy(func(in *api.TagPolicyInput) *string { return in.PolicyArn },
			func(in *api.TagPolicyInput, k condition) { k.requestTags(in.Tags) }), s.tagPolicy),
		service.Writes(api.OpUntagPolicy, onOwnPolicy(func(in *api.UntagPolicyInput) *string { return in.PolicyArn },
			func(in *api.UntagPolicyInput, k condition) { k.tagKeys(in.TagKeys) }), s.untagPolicy),
		service.Reads(api.OpListPolicyTags, onPolicy(func(in *api.ListPolicyTagsInput) *string { return in.PolicyArn }), s.listPolicyTags),
	}
}

// ownPolicy returns the account's own policy of that ARN. AWS's policies are nobody's to change: authorisation has refused them before.
func ownPolicy(c *service.Call, arn string) (*Policy, error) {
	p, err := policyByARN(c.Tx, c.Account, arn)
	if store.IsAbsent(err) {
		return nil, noSuchPolicy(arn)
	}
	return p, err
}

func (s *Service) createPolicy(c *service.Call, in *api.CreatePolicyInput) (*api.CreatePolicyOutput, error) {
	tags, err := newTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if err := checkManagedPolicy(*in.PolicyDocument); err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, policyQuota, 1); err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, policyVersionQuota, 1); err != nil {
		return nil, err
	}
	id, err := newUniqueID(s.Rand, policyPrefix)
	if err != nil {
		return nil, err
	}
	now := seconds(c.Time)
	p := &Policy{
		Account: c.Account, Name: *in.PolicyName, Path: pathOf(in.Path), ID: id, Description: wire.Text(in.Description),
		Created: now, Updated: now, Default: 1, Last: 1, Tags: tags,
		Versions: []PolicyVersion{{Number: 1, JSON: *in.PolicyDocument, Created: now}},
	}
	if err := policies.Insert(c.Tx, p); err != nil {
		if store.IsTaken(err) {
			return nil, api.EntityAlreadyExistsException.New("A policy called %s already exists. Duplicate names are not allowed.", p.Name)
		}
		return nil, err
	}
	out := p.shown(&usage{}, true)
	out.Description = nil // CreatePolicy does not answer it
	return &api.CreatePolicyOutput{Policy: out}, nil
}

// checkManagedPolicy says whether IAM would store the document as a version of a managed policy.
func checkManagedPolicy(doc string) error {
	if err := policy.CheckManagedSize([]byte(doc)); err != nil {
		return policyError(err)
	}
	return checkIdentityPolicy(doc)
}

func isAttachable() *bool { return new(true) }

// shown is the policy as the API shows it. Listings show neither description nor tags.
func (p *Policy) shown(u *usage, whole bool) *api.Policy {
	out := &api.Policy{
		Arn: new(p.ARN()), PolicyId: &p.ID, PolicyName: &p.Name, Path: &p.Path, DefaultVersionId: new("v" + strconv.Itoa(p.Default)),
		AttachmentCount: &u.Attached, PermissionsBoundaryUsageCount: &u.Boundaries, IsAttachable: isAttachable(), CreateDate: &p.Created, UpdateDate: &p.Updated,
	}
	if whole {
		out.Description, out.Tags = wire.Optional(p.Description), shownTags(p.Tags)
	}
	return out
}

// shownManaged is one of AWS's policies as the API shows it.
func shownManaged(p *managed.Policy, u *usage, whole bool) *api.Policy {
	out := &api.Policy{
		Arn: &p.ARN, PolicyId: &p.ID, PolicyName: &p.Name, Path: &p.Path, DefaultVersionId: &p.Version,
		AttachmentCount: &u.Attached, PermissionsBoundaryUsageCount: &u.Boundaries, IsAttachable: isAttachable(), CreateDate: &p.Created, UpdateDate: &p.Updated,
	}
	if whole {
		out.Description = wire.Optional(p.Description)
	}
	return out
}

func (s *Service) getPolicy(c *service.Call, in *api.GetPolicyInput) (*api.GetPolicyOutput, error) {
	u, err := usageOf(c.Tx, c.Account, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if p, ok := managed.ByARN(*in.PolicyArn); ok {
		return &api.GetPolicyOutput{Policy: shownManaged(p, u, true)}, nil
	}
	p, err := ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	return &api.GetPolicyOutput{Policy: p.shown(u, true)}, nil
}

// deletePolicy refuses while anything uses the policy or it has other versions than the default.
func (s *Service) deletePolicy(c *service.Call, in *api.DeletePolicyInput) (*api.DeletePolicyOutput, error) {
	p, err := ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	u, err := usageOf(c.Tx, c.Account, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if u.Attached > 0 || u.Boundaries > 0 {
		return nil, api.DeleteConflictException.New("Cannot delete a policy attached to entities.")
	}
	if len(p.Versions) > 1 {
		return nil, api.DeleteConflictException.New("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. " +
			"The default version is deleted with the policy.")
	}
	if err := s.count(c.Tx, c.Account, policyQuota, -1); err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, policyVersionQuota, -1); err != nil {
		return nil, err
	}
	return &api.DeletePolicyOutput{}, policies.Delete(c.Tx, policies.Key(p))
}

func (s *Service) tagPolicy(c *service.Call, in *api.TagPolicyInput) (*api.TagPolicyOutput, error) {
	p, err := ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if p.Tags, err = newTags(p.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagPolicyOutput{}, policies.Update(c.Tx, p)
}

func (s *Service) untagPolicy(c *service.Call, in *api.UntagPolicyInput) (*api.UntagPolicyOutput, error) {
	p, err := ownPolicy(c, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	p.Tags = withoutTags(p.Tags, in.TagKeys)
	return &api.UntagPolicyOutput{}, policies.Update(c.Tx, p)
}

func (s *Service) listPolicyTags(c *service.Call, in *api.ListPolicyTagsInput) (*api.ListPolicyTagsOutput, error) {
	var tags []Tag
	if _, ok := managed.ByARN(*in.PolicyArn); !ok {
		p, err := ownPolicy(c, *in.PolicyArn)
		if err != nil {
			return nil, err
		}
		tags = p.Tags
	}
	out, m, more, err := tagPage(tags, in.Marker, in.MaxItems)
	return &api.ListPolicyTagsOutput{Tags: out, Marker: m, IsTruncated: more}, err
}
