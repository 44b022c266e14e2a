package iam

import (
	"strconv"

	"vauban/access"
	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Bounds of one simulation.
const (
	maxSimulatedResources = 1000
	maxSimulated          = 5000      // questions on one page
	maxCompared           = 1_000_000 // statements that are compared with a question, on one page
)

// simulationInput is what the two simulations have in common.
type simulationInput struct {
	actions, resources, policies, boundaries []string
	context                                  []api.ContextEntry
	caller, owner, resourcePolicy, handling  *string
	marker                                   *string
	maxItems                                 *int64
}

func invalidInput(format string, args ...any) *wire.Error {
	return api.InvalidInputException.New(format, args...)
}

// simulateCustom decides about policies that nobody needs to hold.
func (s *Service) simulateCustom(c *service.Call, in *api.SimulateCustomPolicyInput) (*api.SimulateCustomPolicyOutput, error) {
	x, err := s.newSimulation(c, simulationInput{
		actions: in.ActionNames, resources: in.ResourceArns, policies: in.PolicyInputList, boundaries: in.PermissionsBoundaryPolicyInputList,
		context: in.ContextEntries, caller: in.CallerArn, owner: in.ResourceOwner, resourcePolicy: in.ResourcePolicy, handling: in.ResourceHandlingOption,
		marker: in.Marker, maxItems: in.MaxItems,
	}, nil)
	if err != nil {
		return nil, err
	}
	if err := x.addOrganization(in.OrderedOrganizationPolicyInputList); err != nil {
		return nil, err
	}
	out := &api.SimulateCustomPolicyOutput{}
	out.EvaluationResults, out.Marker, out.IsTruncated, err = x.run(c)
	return out, err
}

// simulatePrincipal decides about the policies that a user, group or role holds, with its boundary, below the organization's policies.
func (s *Service) simulatePrincipal(c *service.Call, in *api.SimulatePrincipalPolicyInput) (*api.SimulatePrincipalPolicyOutput, error) {
	about, err := policySource(c, *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	x, err := s.newSimulation(c, simulationInput{
		actions: in.ActionNames, resources: in.ResourceArns, policies: in.PolicyInputList, boundaries: in.PermissionsBoundaryPolicyInputList,
		context: in.ContextEntries, caller: in.CallerArn, owner: in.ResourceOwner, resourcePolicy: in.ResourcePolicy, handling: in.ResourceHandlingOption,
		marker: in.Marker, maxItems: in.MaxItems,
	}, about)
	if err != nil {
		return nil, err
	}
	if err := x.addHeld(c, about, in.PolicyExclusionList); err != nil {
		return nil, err
	}
	if err := x.addCeilings(); err != nil {
		return nil, err
	}
	out := &api.SimulatePrincipalPolicyOutput{}
	out.EvaluationResults, out.Marker, out.IsTruncated, err = x.run(c)
	return out, err
}

// simulation is a set of policies, a principal and a context, of which questions are asked.
type simulation struct {
	tx        store.Tx
	home      string // account that asks
	in        simulationInput
	page      page
	sources   []*policySourceText // by the number that is the policy's name
	policies  policy.Policies
	resource  *policy.Named            // the resource policy in the request
	trusts    map[string]*policy.Named // trust policies by the role's unique ID
	principal policy.Principal
	owner     string         // account of resources whose ARNs name none
	given     policy.Context // by the request
	context   policy.Context // what is known of the principal, and given

	organizations Organizations
	organized     bool                          // the organization's policies count as they are
	memberships   map[string]*access.Membership // nil for accounts that the caller may not look into
	ownerLevels   map[string][]policy.Level     // resource control policies by account
	attached      map[string]*policy.Named      // policies of the organization by ARN
}

// policySourceText is where a policy of the simulation comes from.
type policySourceText struct {
	id, kind, text string
	spans          []statementSpan // worked out when a statement is cited
}

// The types of policies as simulations cite them.
const (
	fromIAM      = "IAM Policy"
	fromResource = "Resource Policy"
)

// newSimulation checks the request. about is the entity that PolicySourceArn names, nil without one: it is the caller where no other is
// named, unless it is a group.
func (s *Service) newSimulation(c *service.Call, in simulationInput, about *entityRef) (*simulation, error) {
	x := &simulation{
		tx: c.Tx, home: c.Account, in: in, owner: c.Account, trusts: map[string]*policy.Named{}, organizations: s.organizations,
		memberships: map[string]*access.Membership{}, ownerLevels: map[string][]policy.Level{}, attached: map[string]*policy.Named{},
	}
	var err error
	if x.page, err = pageOf(in.marker, in.maxItems); err != nil {
		return nil, err
	}
	if err := x.checkRequest(); err != nil {
		return nil, err
	}
	if err := x.setCaller(c, about); err != nil {
		return nil, err
	}
	if err := x.setContext(); err != nil {
		return nil, err
	}
	if err := x.setPlace(); err != nil {
		return nil, err
	}
	x.policies.Identity = []policy.Named{}
	for i, text := range in.policies {
		n, err := x.add("PolicyInputList."+strconv.Itoa(i+1), fromIAM, text)
		if err != nil {
			return nil, err
		}
		x.policies.Identity = append(x.policies.Identity, *n)
	}
	if len(in.boundaries) > 1 {
		return nil, invalidInput("The list of Permissions Boundary policies cannot exceed 1 items.")
	}
	if len(in.boundaries) == 1 {
		if x.policies.Boundary, err = x.add("PermissionsBoundaryPolicyInputList.1", fromIAM, in.boundaries[0]); err != nil {
			return nil, err
		}
	}
	if in.resourcePolicy != nil {
		x.resource, err = x.add("ResourcePolicy", fromResource, *in.resourcePolicy)
	}
	return x, err
}

// add parses a policy. Its name in the simulation is its number, because what people call policies need not be unique.
func (x *simulation) add(id, kind, text string) (*policy.Named, error) {
	doc, err := parseInput(text)
	if err != nil {
		return nil, err
	}
	x.sources = append(x.sources, &policySourceText{id: id, kind: kind, text: text})
	return &policy.Named{Name: strconv.Itoa(len(x.sources) - 1), Document: doc}, nil
}

// run answers one page of actions. A page ends early when it would take too many decisions.
func (x *simulation) run(c *service.Call) (out []api.EvaluationResult, m *string, more *bool, err error) {
	from, err := x.page.place()
	if err != nil {
		return nil, nil, nil, err
	}
	from = min(from, len(x.in.actions))
	most, err := x.actionsPerPage()
	if err != nil {
		return nil, nil, nil, err
	}
	to := min(from+x.page.limit, from+most, len(x.in.actions))
	out = make([]api.EvaluationResult, 0, to-from)
	for _, action := range x.in.actions[from:to] {
		if err := c.Err(); err != nil {
			return nil, nil, nil, err
		}
		r, err := x.action(c, action)
		if err != nil {
			return nil, nil, nil, err
		}
		out = append(out, *r)
	}
	var next store.Key
	if to < len(x.in.actions) {
		next = markPlace(to)
	}
	m, more = marker(next)
	return out, m, more, nil
}
