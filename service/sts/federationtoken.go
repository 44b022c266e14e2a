package sts

import (
	api "vauban/api/sts"
	"vauban/engine/policy"
	"vauban/service"
)

func federatedARN(account, name string) string {
	return "arn:aws:sts::" + account + ":federated-user/" + name
}

// onFederatedUser asks whether the caller may make the session, and tag it.
func (s *Service) onFederatedUser(c *service.Call, in *api.GetFederationTokenInput) ([]service.Question, error) {
	if err := longTerm(c, "GetFederationToken"); err != nil {
		return nil, err
	}
	tags, err := readTags(in.Tags, nil, nil)
	if err != nil {
		return nil, err
	}
	k := map[string][]string{}
	tags.context(k)
	q := service.Question{Resource: federatedARN(c.Account, *in.Name), Context: k}
	if len(tags.all) == 0 {
		return []service.Question{q}, nil
	}
	tagging := q
	tagging.Action = "sts:TagSession"
	return []service.Question{q, tagging}, nil
}

// getFederationToken gives credentials to somebody that the caller vouches for: what the caller may, as far as the session policies go.
func (s *Service) getFederationToken(c *service.Call, in *api.GetFederationTokenInput) (*api.GetFederationTokenOutput, error) {
	policies, err := readPolicies(in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	if err := policies.exist(c.Tx, s.identities, c.Account); err != nil {
		return nil, err
	}
	tags, err := readTags(in.Tags, nil, nil)
	if err != nil {
		return nil, err
	}
	size, err := packedSize(policies, tags)
	if err != nil {
		return nil, err
	}
	session := &service.Session{Kind: service.FederationToken, Issuer: issuer(c.Caller), Name: *in.Name}
	policies.into(session)
	tags.into(session)
	who := service.Caller{
		Kind: policy.FederatedUser, Account: c.Account, ARN: federatedARN(c.Account, *in.Name), UserID: c.Account + ":" + *in.Name, Name: *in.Name, Session: session,
	}
	out := &api.GetFederationTokenOutput{
		FederatedUser: &api.FederatedUser{Arn: &who.ARN, FederatedUserId: &who.UserID}, PackedPolicySize: &size,
	}
	if out.Credentials, err = s.issue(c, c.Tx, who, ownDuration(c, in.DurationSeconds)); err != nil {
		return nil, err
	}
	c.Record().Response = out
	return out, nil
}
