package logs

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// ResourcePolicy says who may write into log groups: those of the account in the Region, or one of them. User Guide: "Resource-based policies".
type ResourcePolicy struct {
	Account, Region string
	Name            string            // "" of a policy of one group
	Group           string            // name; "" of the account's policies
	Text            string            // with unique IDs in place of principals
	Owners          map[string]string `json:",omitempty"` // accounts of these IDs
	Updated         time.Time
	Revision        string
}

var resourcePolicies = &store.Table[ResourcePolicy]{
	Name: "logs.policy",
	Key:  func(p *ResourcePolicy) store.Key { return store.K(p.Account, p.Region, p.Group, p.Name) },
}

// Quotas of resource policies. User Guide: "CloudWatch Logs quotas".
const (
	maxPolicies   = 10
	maxPolicySize = 5120
)

func (s *Service) policyOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutResourcePolicy, func(c *service.Call, in *api.PutResourcePolicyInput) ([]service.Question, error) {
			return s.onPolicy(c, in.ResourceArn)
		}, s.putPolicy),
		service.Writes(api.OpDeleteResourcePolicy, func(c *service.Call, in *api.DeleteResourcePolicyInput) ([]service.Question, error) {
			return s.onPolicy(c, in.ResourceArn)
		}, s.deletePolicy),
		service.Reads(api.OpDescribeResourcePolicies, func(c *service.Call, in *api.DescribeResourcePoliciesInput) ([]service.Question, error) {
			return s.onPolicy(c, in.ResourceArn)
		}, s.describePolicies),
	}
}

// onPolicy is the question about the policies of the account, or of a group.
func (s *Service) onPolicy(c *service.Call, resource *string) ([]service.Question, error) {
	if resource == nil {
		return []service.Question{{Resource: "*"}}, nil
	}
	name, err := groupName(c, *resource)
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, name, "")
	q.ResourceType, q.Resource = "", "*" // the reference knows no resource of these actions
	return []service.Question{q}, err
}

// resourcePolicy is what the policies of the account, and of the group, say together.
func (s *Service) resourcePolicy(c *service.Call, group, arn string) (*policy.Named, error) {
	var texts []string
	for _, prefix := range []store.Key{store.K(c.Account, c.Region, ""), store.K(c.Account, c.Region, group)} {
		for p, err := range resourcePolicies.Each(c.Tx, prefix) {
			if err != nil {
				return nil, err
			}
			texts = append(texts, p.Text)
		}
	}
	if len(texts) == 0 {
		return nil, nil
	}
	text, err := joined(texts)
	if err != nil {
		return nil, err
	}
	doc, err := s.policies.Parse(text)
	if err != nil {
		return nil, err
	}
	return &policy.Named{Name: arn, Document: doc}, nil
}

// joined is one policy that has the statements of all.
func joined(texts []string) (string, error) {
	if len(texts) == 1 {
		return texts[0], nil
	}
	var all struct {
		Version   string
		Statement []json.RawMessage
	}
	all.Version = policy.Version2012
	for _, text := range texts {
		var one struct{ Statement json.RawMessage }
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			return "", fmt.Errorf("join resource policies: %w", err)
		}
		var list []json.RawMessage
		if json.Unmarshal(one.Statement, &list) != nil {
			list = []json.RawMessage{one.Statement}
		}
		all.Statement = append(all.Statement, list...)
	}
	b, err := json.Marshal(all)
	return string(b), err
}

func (s *Service) putPolicy(c *service.Call, in *api.PutResourcePolicyInput) (*api.PutResourcePolicyOutput, error) {
	p, err := policyAt(c, in.PolicyName, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	have, err := resourcePolicies.Get(c.Tx, resourcePolicies.Key(p))
	if err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	if err := expected(have, in.ExpectedRevisionId, p.Group != ""); err != nil {
		return nil, err
	}
	if have == nil && p.Group == "" {
		n, err := resourcePolicies.Count(c.Tx, store.K(c.Account, c.Region, ""), maxPolicies)
		if err != nil {
			return nil, err
		}
		if n == maxPolicies {
			return nil, api.LimitExceededException.New("Resource limit exceeded.")
		}
	}
	if err := s.setPolicy(c, p, wire.Text(in.PolicyDocument)); err != nil {
		return nil, err
	}
	if p.Revision, err = s.newUUID(); err != nil {
		return nil, err
	}
	p.Updated = c.Time
	if err := resourcePolicies.Put(c.Tx, p); err != nil {
		return nil, err
	}
	shown, err := s.shownPolicy(c, p)
	if err != nil {
		return nil, err
	}
	return &api.PutResourcePolicyOutput{ResourcePolicy: shown, RevisionId: shown.RevisionId}, nil
}

// policyAt is where a policy is: of a group by its ARN, or of the account by its name.
func policyAt(c *service.Call, name, resource *string) (*ResourcePolicy, error) {
	p := &ResourcePolicy{Account: c.Account, Region: c.Region, Name: wire.Text(name)}
	if resource == nil {
		if p.Name == "" {
			return nil, invalid("Either policyName or resourceArn must be specified.")
		}
		return p, nil
	}
	g := found(c).group
	switch {
	case p.Name != "":
		return nil, invalid("policyName and resourceArn are mutually exclusive parameters.")
	case g == nil:
		return nil, noGroup()
	}
	p.Group = g.Name
	return p, nil
}

// expected refuses to change a policy of a group that is not the one that the client has seen.
func expected(have *ResourcePolicy, revision *string, ofGroup bool) error {
	switch {
	case revision != nil && !ofGroup:
		return invalid("expectedRevisionId is for policies of a log group: it needs resourceArn.")
	case have == nil || !ofGroup:
		return nil
	case revision == nil || *revision != have.Revision:
		return api.OperationAbortedException.New("The resource policy is at revision %s. Give it as expectedRevisionId.", have.Revision)
	}
	return nil
}

func (s *Service) setPolicy(c *service.Call, p *ResourcePolicy, text string) error {
	if text == "" || len(text) > maxPolicySize {
		return invalid("The policy document must have between 1 and %d characters.", maxPolicySize)
	}
	if _, err := policy.Validate(policy.ResourcePolicy, []byte(text), policy.Checks{}); err != nil {
		return invalid("The specified policy document is invalid: %v", err)
	}
	bound, owners, err := s.principals.BindPrincipals(c.Tx, text)
	if store.IsAbsent(err) {
		return invalid("The specified policy document is invalid: a principal does not exist.").Because(errors.New("unknown principal"))
	}
	if err != nil {
		return err
	}
	p.Text, p.Owners = bound, owners
	return nil
}

func (s *Service) shownPolicy(c *service.Call, p *ResourcePolicy) (*api.ResourcePolicy, error) {
	text, err := s.principals.ShowPrincipals(c.Tx, p.Text, p.Owners)
	if err != nil {
		return nil, err
	}
	out := &api.ResourcePolicy{PolicyDocument: &text, LastUpdatedTime: new(p.Updated.UnixMilli()), PolicyScope: new(api.PolicyScopeAccount), RevisionId: &p.Revision}
	if p.Group == "" {
		out.PolicyName = &p.Name
	} else {
		out.PolicyScope, out.ResourceArn = new(api.PolicyScopeResource), new(groupARN(p.Account, p.Region, p.Group))
	}
	return out, nil
}

func (s *Service) deletePolicy(c *service.Call, in *api.DeleteResourcePolicyInput) (*api.DeleteResourcePolicyOutput, error) {
	p, err := policyAt(c, in.PolicyName, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	have, err := resourcePolicies.Get(c.Tx, resourcePolicies.Key(p))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("Policy with name [%s] does not exist.", bounded(p.Name, 512))
	}
	if err != nil {
		return nil, err
	}
	if err := expected(have, in.ExpectedRevisionId, p.Group != ""); err != nil {
		return nil, err
	}
	return &api.DeleteResourcePolicyOutput{}, resourcePolicies.Delete(c.Tx, resourcePolicies.Key(p))
}

func (s *Service) describePolicies(c *service.Call, in *api.DescribeResourcePoliciesInput) (*api.DescribeResourcePoliciesOutput, error) {
	prefix := store.K(c.Account, c.Region, "")
	if in.ResourceArn != nil || wire.Text(in.PolicyScope) == api.PolicyScopeResource {
		g, err := s.group(c)
		if err != nil {
			return nil, err
		}
		prefix = store.K(c.Account, c.Region, g.Name)
	}
	p, err := s.pageOf(c, "policies", in.Limit, groupsDescribed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeResourcePoliciesOutput{ResourcePolicies: []api.ResourcePolicy{}}
	out.NextToken, err = visit(s, c, p, resourcePolicies, prefix, func(x *ResourcePolicy) (bool, error) {
		shown, err := s.shownPolicy(c, x)
		if err == nil {
			out.ResourcePolicies = append(out.ResourcePolicies, *shown)
		}
		return true, err
	})
	return out, err
}
