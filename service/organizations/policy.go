package organizations

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Policy is a policy of an organization as stored; AWS's own are stored with each organization.
type Policy struct {
	Org         string    `json:"org"`
	ID          string    `json:"id"`   // p-…
	Type        string    `json:"type"` // api.PolicyType…
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Content     string    `json:"content"`
	Updated     time.Time `json:"updated,omitzero"`
	AWS         bool      `json:"aws,omitempty"`
	Tags        []Tag     `json:"tags,omitempty"`
}

var policies = &store.Table[Policy]{
	Name:   "organizations.policy",
	Key:    func(p *Policy) store.Key { return store.K(p.Org, p.ID) },
	Unique: map[string]func(*Policy) store.Key{"name": func(p *Policy) store.Key { return store.K(p.Org, p.Type, p.Name) }},
	Refs:   map[string]func(*Policy) []store.Key{"type": func(p *Policy) []store.Key { return []store.Key{store.K(p.Org, p.Type)} }},
	Cached: true,
}

// ARN is the policy's ARN.
func (p *Policy) ARN(o *Organization) string {
	t := strings.ToLower(p.Type)
	if p.AWS {
		return "arn:aws:organizations::aws:policy/" + t + "/" + p.ID
	}
	return o.arn("policy/" + o.ID + "/" + t + "/" + p.ID)
}

func (s *Service) policyOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpCreatePolicy, delegates, func(v *visit, in *api.CreatePolicyInput, s *subject) error {
			s.set(keyPolicyType, wire.Text(in.Type))
			service.RequestTags(s.keys, service.Tags(in.Tags))
			p := &Policy{ID: "*", Type: wire.Text(in.Type)} // it has no ID yet
			s.on(p.ARN(v.org), typePolicy, nil)
			return nil
		}, s.createPolicy),
		reads(s, api.OpDescribePolicy, readers, onPolicy(func(in *api.DescribePolicyInput) *string { return in.PolicyId }), s.describePolicy),
		writes(s, api.OpUpdatePolicy, delegates, onPolicy(func(in *api.UpdatePolicyInput) *string { return in.PolicyId }), s.updatePolicy),
		writes(s, api.OpDeletePolicy, delegates, onPolicy(func(in *api.DeletePolicyInput) *string { return in.PolicyId }), s.deletePolicy),
		reads(s, api.OpListPolicies, readers, func(v *visit, in *api.ListPoliciesInput, s *subject) error {
			s.set(keyPolicyType, wire.Text(in.Filter))
			return nil
		}, s.listPolicies),
	}
}

// addAWSManaged stores AWS's own policies with a new organization.
func addAWSManaged(tx store.Tx, o *Organization) error {
	for _, p := range awsManaged {
		p.Org = o.ID
		if err := policies.Insert(tx, &p); err != nil {
			return err
		}
	}
	return nil
}

func thePolicy(v *visit, id string) (*Policy, error) {
	p, err := policies.Get(v.Tx, store.K(v.org.ID, id))
	return found(p, err, noSuchPolicy)
}

// ownPolicy is a policy that can be changed.
func ownPolicy(v *visit, id string) (*Policy, error) {
	p, err := thePolicy(v, id)
	if err == nil && p.AWS {
		return nil, invalid(api.InvalidInputExceptionReasonImmutablePolicy, "You specified a policy that is managed by AWS and can't be modified.")
	}
	return p, err
}

// checkContent refuses what is no policy of the type.
func checkContent(policyType, content string) error {
	k := kinds[policyType]
	if n := utf8.RuneCountInString(content); n > k.size {
		return constraint(api.ConstraintViolationExceptionReasonPolicyContentLimitExceeded,
			"You have exceeded the maximum size of a policy document: it has %d characters, and %d are allowed.", n, k.size)
	}
	if !k.authorization {
		return checkManagement(policyType, content)
	}
	_, err := policy.Validate(k.engine, []byte(content), policy.Checks{})
	var v *policy.ValidationError
	if errors.As(err, &v) {
		return api.MalformedPolicyDocumentException.New("%s", v.Message).Because(err)
	}
	return err
}

func duplicatePolicy() error {
	return api.DuplicatePolicyException.New("A policy with the same name already exists.")
}

func (s *Service) createPolicy(v *visit, in *api.CreatePolicyInput) (*api.CreatePolicyOutput, error) {
	if !v.org.AllFeatures {
		return nil, typeNotAvailable()
	}
	if err := checkContent(*in.Type, *in.Content); err != nil {
		return nil, err
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	id, err := newID(s.Rand, "p-", 10)
	if err != nil {
		return nil, err
	}
	if err := count(v.Tx, v.org, policyQuota(*in.Type), 1); err != nil {
		return nil, err
	}
	p := &Policy{Org: v.org.ID, ID: id, Type: *in.Type, Name: *in.Name, Description: *in.Description, Content: *in.Content, Updated: millis(v.Time), Tags: tags}
	err = policies.Insert(v.Tx, p)
	if store.IsTaken(err) {
		return nil, duplicatePolicy()
	}
	return &api.CreatePolicyOutput{Policy: p.shown(v.org)}, err
}

func typeNotAvailable() error {
	return api.PolicyTypeNotAvailableForOrganizationException.New("You can't use the specified policy type with the feature set currently enabled for this organization.")
}

func (p *Policy) summary(o *Organization) *api.PolicySummary {
	return &api.PolicySummary{Id: &p.ID, Arn: new(p.ARN(o)), Name: &p.Name, Description: &p.Description, Type: &p.Type, AwsManaged: &p.AWS}
}

func (p *Policy) shown(o *Organization) *api.Policy {
	return &api.Policy{PolicySummary: p.summary(o), Content: &p.Content}
}

func (s *Service) describePolicy(v *visit, in *api.DescribePolicyInput) (*api.DescribePolicyOutput, error) {
	p, err := thePolicy(v, *in.PolicyId)
	if err != nil {
		return nil, err
	}
	return &api.DescribePolicyOutput{Policy: p.shown(v.org)}, nil
}

func (s *Service) updatePolicy(v *visit, in *api.UpdatePolicyInput) (*api.UpdatePolicyOutput, error) {
	p, err := ownPolicy(v, *in.PolicyId)
	if err != nil {
		return nil, err
	}
	if in.Content != nil {
		if err := checkContent(p.Type, *in.Content); err != nil {
			return nil, err
		}
		p.Content, p.Updated = *in.Content, millis(v.Time)
	}
	if in.Name != nil {
		p.Name = *in.Name
	}
	if in.Description != nil {
		p.Description = *in.Description
	}
	err = policies.Update(v.Tx, p)
	if store.IsTaken(err) {
		return nil, duplicatePolicy()
	}
	return &api.UpdatePolicyOutput{Policy: p.shown(v.org)}, err
}

func (s *Service) deletePolicy(v *visit, in *api.DeletePolicyInput) (*api.DeletePolicyOutput, error) {
	p, err := ownPolicy(v, *in.PolicyId)
	if err != nil {
		return nil, err
	}
	used, err := nodes.HasRef(v.Tx, "policy", store.K(v.org.ID, p.ID))
	if err != nil {
		return nil, err
	}
	if used {
		return nil, api.PolicyInUseException.New("The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.")
	}
	if err := count(v.Tx, v.org, policyQuota(p.Type), -1); err != nil {
		return nil, err
	}
	return &api.DeletePolicyOutput{}, policies.Delete(v.Tx, policies.Key(p))
}

func (s *Service) listPolicies(v *visit, in *api.ListPoliciesInput) (*api.ListPoliciesOutput, error) {
	all, next, err := listRef(v.Tx, policies, "type", store.K(v.org.ID, *in.Filter), in.NextToken, in.MaxResults,
		func(p *Policy) api.PolicySummary { return *p.summary(v.org) })
	return &api.ListPoliciesOutput{Policies: all, NextToken: next}, err
}
