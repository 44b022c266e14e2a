package organizations

import (
	"errors"
	"slices"
	"strings"

	api "vauban/api/organizations"
	"vauban/engine/arn"
	"vauban/engine/glob"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// ResourcePolicy is the organization's own policy: it lets member accounts do some of what only the management account may.
type ResourcePolicy struct {
	Org     string `json:"org"`
	ID      string `json:"id"`      // rp-…
	Content string `json:"content"` // users and roles by their unique IDs
	Tags    []Tag  `json:"tags,omitempty"`

	Owners map[string]string `json:"owners,omitempty"` // accounts of the unique IDs
}

var resourcePolicies = &store.Table[ResourcePolicy]{
	Name: "organizations.resource-policy",
	Key:  func(p *ResourcePolicy) store.Key { return store.K(p.Org) },
}

// ARN is the policy's ARN.
func (p *ResourcePolicy) ARN(o *Organization) string {
	return o.arn("resourcepolicy/" + o.ID + "/" + p.ID)
}

func (s *Service) resourcePolicyOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpPutResourcePolicy, management, func(v *visit, in *api.PutResourcePolicyInput, s *subject) error {
			service.RequestTags(s.keys, service.Tags(in.Tags))
			return s.onResourcePolicy(v)
		}, s.putResourcePolicy),
		reads(s, api.OpDescribeResourcePolicy, readers, onAll[api.DescribeResourcePolicyInput], s.describeResourcePolicy),
		writes(s, api.OpDeleteResourcePolicy, management, onAll[api.DeleteResourcePolicyInput], s.deleteResourcePolicy),
	}
}

func (s *subject) onResourcePolicy(v *visit) error {
	p, err := resourcePolicies.Get(v.Tx, store.K(v.org.ID))
	if store.IsAbsent(err) {
		p, err = &ResourcePolicy{ID: "*"}, nil // it has no ID yet
	}
	if err != nil {
		return err
	}
	s.on(p.ARN(v.org), "AWS::Organizations::ResourcePolicy", p.Tags)
	return nil
}

// deciding is the resource policy that is asked about a call: of a member account to what is not open to it otherwise. Nil when none is.
func (s *Service) deciding(v *visit, who admission) (*policy.Named, error) {
	if v.org == nil || v.isManagement() || who != readers && who != delegates {
		return nil, nil
	}
	if who == readers {
		if is, err := delegations.Has(v.Tx, store.K(v.org.ID, v.Account)); err != nil || is {
			return nil, err
		}
	}
	p, err := resourcePolicies.Get(v.Tx, store.K(v.org.ID))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	doc, err := policy.Parse([]byte(p.Content))
	return &policy.Named{Name: p.ARN(v.org), Document: doc}, err
}

// putResourcePolicy replaces the organization's policy. Tags are taken only with a new one, as AWS takes them.
func (s *Service) putResourcePolicy(v *visit, in *api.PutResourcePolicyInput) (*api.PutResourcePolicyOutput, error) {
	if err := s.checkResourcePolicy(v, *in.Content); err != nil {
		return nil, err
	}
	p, err := resourcePolicies.Get(v.Tx, store.K(v.org.ID))
	switch {
	case err == nil:
		if len(in.Tags) > 0 {
			return nil, invalid(api.InvalidInputExceptionReasonInvalidSystemTagsParameter, "You can't specify tags when you update a resource policy. Use TagResource.")
		}
	case store.IsAbsent(err):
		id, err := newID(s.Rand, "rp-", 8)
		if err != nil {
			return nil, err
		}
		p = &ResourcePolicy{Org: v.org.ID, ID: id}
		if p.Tags, err = withTags(nil, in.Tags); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	p.Content, p.Owners, err = s.accounts.BindPrincipals(v.Tx, *in.Content)
	if store.IsAbsent(err) {
		return nil, invalid(api.InvalidInputExceptionReasonInvalidPrincipal, "You specified a principal that doesn't exist.")
	}
	if err != nil {
		return nil, err
	}
	if err := resourcePolicies.Put(v.Tx, p); err != nil {
		return nil, err
	}
	out, err := s.shownResourcePolicy(v, p)
	return &api.PutResourcePolicyOutput{ResourcePolicy: out}, err
}

func (s *Service) shownResourcePolicy(v *visit, p *ResourcePolicy) (*api.ResourcePolicy, error) {
	text, err := s.accounts.ShowPrincipals(v.Tx, p.Content, p.Owners)
	return &api.ResourcePolicy{Content: &text, ResourcePolicySummary: &api.ResourcePolicySummary{Id: &p.ID, Arn: new(p.ARN(v.org))}}, err
}

func noResourcePolicy() error {
	return api.ResourcePolicyNotFoundException.New("A resource policy was not found in this organization.")
}

func (s *Service) describeResourcePolicy(v *visit, _ *api.DescribeResourcePolicyInput) (*api.DescribeResourcePolicyOutput, error) {
	p, err := resourcePolicies.Get(v.Tx, store.K(v.org.ID))
	if store.IsAbsent(err) {
		return nil, noResourcePolicy()
	}
	if err != nil {
		return nil, err
	}
	out, err := s.shownResourcePolicy(v, p)
	return &api.DescribeResourcePolicyOutput{ResourcePolicy: out}, err
}

func (s *Service) deleteResourcePolicy(v *visit, _ *api.DeleteResourcePolicyInput) (*api.DeleteResourcePolicyOutput, error) {
	err := resourcePolicies.Delete(v.Tx, store.K(v.org.ID))
	if store.IsAbsent(err) {
		return nil, noResourcePolicy()
	}
	return &api.DeleteResourcePolicyOutput{}, err
}

// checkResourcePolicy refuses what is no policy, grants to accounts outside of the organization, or grants what cannot be delegated.
func (s *Service) checkResourcePolicy(v *visit, content string) error {
	doc, err := policy.Validate(policy.ResourcePolicy, []byte(content), policy.Checks{})
	var bad *policy.ValidationError
	if errors.As(err, &bad) {
		return api.InvalidInputException.New("The provided resource policy is not valid: %s", bad.Message).
			With("Reason", api.InvalidInputExceptionReasonInvalidResourcePolicyJson).Because(err)
	}
	if err != nil {
		return err
	}
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if err := checkPrincipals(v, st); err != nil {
			return err
		}
		if st.Effect != policy.Allow {
			continue
		}
		if err := s.checkDelegable(st); err != nil {
			return err
		}
	}
	return nil
}

func checkPrincipals(v *visit, st *policy.Statement) error {
	refuse := func(text string) error {
		return invalid(api.InvalidInputExceptionReasonInvalidPrincipal, "You specified a principal that is not of an account in this organization: %s.", text)
	}
	if len(st.NotPrincipal) > 0 {
		return refuse("NotPrincipal")
	}
	for _, p := range st.Principal {
		if p.Type == policy.PrincipalAny {
			continue
		}
		id := p.Text
		if a, err := arn.Parse(p.Text); err == nil {
			id = a.Account
		}
		n, err := nodes.Get(v.Tx, store.K(id))
		if store.IsAbsent(err) || err == nil && n.Org != v.org.ID || p.Type != policy.PrincipalAWS {
			return refuse(p.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkDelegable refuses actions that stay with the management account. Every action that a pattern matches must be one that can be delegated.
func (s *Service) checkDelegable(st *policy.Statement) error {
	refuse := func(text string) error {
		return invalid(api.InvalidInputExceptionReasonUnsupportedActionInResourcePolicy, "You specified an action that can't be delegated: %s.", text)
	}
	if len(st.NotAction) > 0 {
		return refuse("NotAction")
	}
	for _, e := range st.Action {
		namespace, name, _ := strings.Cut(strings.ToLower(e.Text), ":")
		if namespace != "organizations" {
			return refuse(e.Text)
		}
		known := false
		for _, op := range api.API.Operations {
			if !glob.Match(name, strings.ToLower(op.Name)) {
				continue
			}
			known = true
			if !op.ReadOnly && !slices.Contains(delegable, op.Name) {
				return refuse(e.Text)
			}
		}
		if !known {
			return refuse(e.Text)
		}
	}
	return nil
}

// delegable are the operations that can be delegated beside those that read. Organizations User Guide: "Delegated administrator for
// AWS Organizations", examples of resource-based policies.
var delegable = []string{
	"AttachPolicy", "CreatePolicy", "DeletePolicy", "DetachPolicy", "DisablePolicyType", "EnablePolicyType", "TagResource", "UntagResource", "UpdatePolicy",
}
