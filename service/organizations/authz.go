package organizations

import (
	"maps"
	"strings"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// typePolicy is CloudTrail's type of policies.
const typePolicy = "AWS::Organizations::Policy"

// subject is what a call acts on: resources, all of which must be allowed, and the condition keys that they and the request give.
type subject struct {
	who       admission // of the row; a rule may narrow it
	resources []resource
	keys      map[string][]string
}

type resource struct {
	arn, kind string
	tags      []Tag
}

// rule names what a call acts on. Without an organization there is nothing, and the rules of operations that are for members do not run: then
// only "*" is asked.
type rule[In any] func(v *visit, in *In, s *subject) error

// onAll is the rule of an operation without a resource type.
func onAll[In any](*visit, *In, *subject) error { return nil }

func (s *subject) on(arn, kind string, tags []Tag) {
	s.resources = append(s.resources, resource{arn, kind, tags})
}

func (s *subject) set(key, value string) {
	if value != "" {
		s.keys[key] = []string{value}
	}
}

// questions makes a row's resource rule.
func questions[In any](s *Service, who admission, r rule[In]) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		v, err := s.visit(c)
		if err != nil {
			return nil, err
		}
		sub := &subject{who: who, keys: map[string][]string{}}
		if v.org != nil || who == anybody {
			if err := r(v, in, sub); err != nil {
				return nil, err
			}
		}
		if len(sub.resources) == 0 {
			sub.on("*", "", nil)
		}
		return s.asked(v, sub)
	}
}

// asked puts the subject into questions. What belongs to the organization is the management account's; but a caller from a member account
// who is admitted needs only its own policies, unless it is the organization's resource policy that lets it in: then both must allow.
func (s *Service) asked(v *visit, sub *subject) ([]service.Question, error) {
	grant, err := s.deciding(v, sub.who)
	if err != nil {
		return nil, err
	}
	out := make([]service.Question, len(sub.resources))
	for i, r := range sub.resources {
		keys := make(map[string][]string, len(sub.keys)+len(r.tags))
		maps.Copy(keys, sub.keys)
		service.ResourceTags(keys, service.Tags(r.tags))
		out[i] = service.Question{Resource: r.arn, Context: keys, ResourceType: r.kind}
		if grant != nil {
			out[i].Policy, out[i].Account = grant, v.org.Management
		}
	}
	return out, nil
}

// onNode is the rule of an operation on a node. One that does not exist is asked under the ARN that it would have.
func onNode[In any](ids ...func(*In) *string) rule[In] {
	return func(v *visit, in *In, s *subject) error {
		for _, id := range ids {
			if err := s.onNode(v, wire.Text(id(in))); err != nil {
				return err
			}
		}
		return nil
	}
}

// onPolicy is the rule of an operation on a policy.
func onPolicy[In any](id func(*In) *string) rule[In] {
	return func(v *visit, in *In, s *subject) error { return s.onPolicy(v, wire.Text(id(in))) }
}

// keyPolicyType is the condition key that holds the type of the policies that a call is about.
const keyPolicyType = "organizations:PolicyType"

func (s *subject) onPolicy(v *visit, id string) error {
	p, err := policies.Get(v.Tx, store.K(v.org.ID, id))
	if store.IsAbsent(err) {
		p, err = &Policy{ID: id, Type: api.PolicyTypeServiceControlPolicy}, nil
	}
	if err != nil {
		return err
	}
	s.set(keyPolicyType, p.Type)
	s.on(p.ARN(v.org), typePolicy, p.Tags)
	return nil
}

func (s *subject) onNode(v *visit, id string) error {
	n, err := nodes.Get(v.Tx, store.K(id))
	if store.IsAbsent(err) || err == nil && n.Org != v.org.ID {
		n, err = &Node{ID: id, Kind: kindOf(id)}, nil
	}
	if err != nil {
		return err
	}
	s.on(n.ARN(v.org), nodeTypes[n.Kind], n.Tags)
	return nil
}

// kindOf is the kind of node that an ID is made for.
func kindOf(id string) string {
	switch {
	case strings.HasPrefix(id, "r-"):
		return api.TargetTypeRoot
	case strings.HasPrefix(id, "ou-"):
		return api.TargetTypeOrganizationalUnit
	}
	return api.TargetTypeAccount
}

// nodeTypes are CloudTrail's types of nodes.
var nodeTypes = map[string]string{
	api.TargetTypeAccount: "AWS::Organizations::Account", api.TargetTypeOrganizationalUnit: "AWS::Organizations::OrganizationalUnit", api.TargetTypeRoot: "AWS::Organizations::Root",
}
