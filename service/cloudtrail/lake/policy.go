package lake

import (
	"errors"
	"strings"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// The resource policy of an event data store lets other accounts query it.

func (l *Lake) policyOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutResourcePolicy, atDataStore(l, func(in *api.PutResourcePolicyInput) *string { return in.ResourceArn }), l.putResourcePolicy),
		service.Reads(api.OpGetResourcePolicy, atDataStore(l, func(in *api.GetResourcePolicyInput) *string { return in.ResourceArn }), l.getResourcePolicy),
		service.Writes(api.OpDeleteResourcePolicy, atDataStore(l, func(in *api.DeleteResourcePolicyInput) *string { return in.ResourceArn }), l.deleteResourcePolicy),
	}
}

// shareable are the actions that a resource policy can allow. CloudTrail User Guide: "Examples of resource-based policies for event data stores".
var shareable = []string{"StartQuery", "CancelQuery", "ListQueries", "DescribeQuery", "GetQueryResults", "GetEventDataStore", "GenerateQuery", "GenerateQueryResultsSummary"}

func (l *Lake) policyTarget(c *service.Call, ref *string) (*DataStore, error) {
	if !strings.HasPrefix(*ref, "arn:") {
		return nil, api.ResourceARNNotValidException.New("The resource ARN %s is not valid.", *ref)
	}
	d, err := activeDataStore(c, c.Tx, ref)
	var e *wire.Error
	if errors.As(err, &e) && e.Shape == api.EventDataStoreNotFoundException {
		return nil, api.ResourceNotFoundException.New("The resource %s does not exist.", *ref).Because(err)
	}
	return d, err
}

func (l *Lake) putResourcePolicy(c *service.Call, in *api.PutResourcePolicyInput) (*api.PutResourcePolicyOutput, error) {
	d, err := l.policyTarget(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := checkPolicy(*in.ResourcePolicy, *in.ResourceArn); err != nil {
		return nil, err
	}
	d.Policy, d.PolicyOwners, err = l.accounts.BindPrincipals(c.Tx, *in.ResourcePolicy)
	if store.IsAbsent(err) {
		return nil, badPolicy("it names a principal that does not exist").Because(err)
	}
	if err != nil {
		return nil, err
	}
	shown, err := l.accounts.ShowPrincipals(c.Tx, d.Policy, d.PolicyOwners)
	if err != nil {
		return nil, err
	}
	return &api.PutResourcePolicyOutput{ResourceArn: in.ResourceArn, ResourcePolicy: &shown}, dataStores.Update(c.Tx, d)
}

func (l *Lake) getResourcePolicy(c *service.Call, in *api.GetResourcePolicyInput) (*api.GetResourcePolicyOutput, error) {
	d, err := l.policyTarget(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if d.Policy == "" {
		return nil, noPolicy(in.ResourceArn)
	}
	shown, err := l.accounts.ShowPrincipals(c.Tx, d.Policy, d.PolicyOwners)
	return &api.GetResourcePolicyOutput{ResourceArn: in.ResourceArn, ResourcePolicy: &shown}, err
}

func (l *Lake) deleteResourcePolicy(c *service.Call, in *api.DeleteResourcePolicyInput) (*api.DeleteResourcePolicyOutput, error) {
	d, err := l.policyTarget(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if d.Policy == "" {
		return nil, noPolicy(in.ResourceArn)
	}
	d.Policy, d.PolicyOwners = "", nil
	return &api.DeleteResourcePolicyOutput{}, dataStores.Update(c.Tx, d)
}

func badPolicy(why string) *wire.Error {
	return api.ResourcePolicyNotValidException.New("The resource policy is not valid: %s.", strings.TrimSuffix(why, "."))
}

func noPolicy(ref *string) error {
	return api.ResourcePolicyNotFoundException.New("The resource %s has no resource policy.", *ref)
}

// checkPolicy refuses what is no policy, and what grants other than queries of this event data store.
func checkPolicy(text, arn string) error {
	doc, err := policy.Validate(policy.ResourcePolicy, []byte(text), policy.Checks{})
	var bad *policy.ValidationError
	if errors.As(err, &bad) {
		return badPolicy(bad.Message).Because(err)
	}
	if err != nil {
		return err
	}
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if len(st.NotAction)+len(st.NotPrincipal)+len(st.NotResource) > 0 {
			return badPolicy("NotAction, NotPrincipal and NotResource cannot be used")
		}
		for _, a := range st.Action {
			if !canShare(a.Text) {
				return badPolicy("the action " + a.Text + " cannot be allowed by it")
			}
		}
		for _, r := range st.Resource {
			if r.Text != arn {
				return badPolicy("its resource must be " + arn)
			}
		}
	}
	return nil
}

func canShare(action string) bool {
	prefix, name, _ := strings.Cut(action, ":")
	if !strings.EqualFold(prefix, "cloudtrail") {
		return false
	}
	for _, s := range shareable {
		if strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}
