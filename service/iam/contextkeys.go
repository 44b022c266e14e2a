package iam

import (
	api "vauban/api/iam"
	"vauban/engine/policy"
	"vauban/service"
)

func (s *Service) simulationOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetContextKeysForCustomPolicy, onAll[api.GetContextKeysForCustomPolicyInput], s.contextKeysForCustom),
		service.Reads(api.OpGetContextKeysForPrincipalPolicy,
			onEntity(func(in *api.GetContextKeysForPrincipalPolicyInput) *string { return in.PolicySourceArn }), s.contextKeysForPrincipal),
		service.Reads(api.OpSimulateCustomPolicy, onAll[api.SimulateCustomPolicyInput], s.simulateCustom),
		service.Reads(api.OpSimulatePrincipalPolicy,
			onEntity(func(in *api.SimulatePrincipalPolicyInput) *string { return in.PolicySourceArn }), s.simulatePrincipal),
	}
}

func (s *Service) contextKeysForCustom(_ *service.Call, in *api.GetContextKeysForCustomPolicyInput) (*api.GetContextKeysForCustomPolicyOutput, error) {
	keys, err := contextKeys(in.PolicyInputList)
	return &api.GetContextKeysForCustomPolicyOutput{ContextKeyNames: keys}, err
}

// contextKeysForPrincipal adds the policies that the principal holds to those in the request.
func (s *Service) contextKeysForPrincipal(c *service.Call, in *api.GetContextKeysForPrincipalPolicyInput) (*api.GetContextKeysForPrincipalPolicyOutput, error) {
	about, err := policySource(c, *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	held, err := about.held(c.Tx)
	if err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(held)+len(in.PolicyInputList))
	for _, h := range held {
		texts = append(texts, h.json)
	}
	keys, err := contextKeys(append(texts, in.PolicyInputList...))
	return &api.GetContextKeysForPrincipalPolicyOutput{ContextKeyNames: keys}, err
}

func contextKeys(texts []string) ([]string, error) {
	docs := make([]*policy.Document, len(texts))
	for i, t := range texts {
		var err error
		if docs[i], err = parseInput(t); err != nil {
			return nil, err
		}
	}
	return append([]string{}, policy.ContextKeys(docs...)...), nil
}

// policySource is the user, group or role whose policies are looked at.
func policySource(c *service.Call, arn string) (*entityRef, error) {
	about, err := entityRefOf(c, arn)
	if err == nil && about.policy != nil {
		return nil, unclearEntity(arn)
	}
	return about, err
}

// parseInput reads a policy that a request carries.
func parseInput(text string) (*policy.Document, error) {
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, invalidInput("Syntax errors in policy.").Because(err)
	}
	return doc, nil
}
