package sts

import (
	api "vauban/api/sts"
	"vauban/engine/policy"
	"vauban/service"
)

// onAssumedRole asks whether the caller may assume the role, with the role's trust policy as the policy of the resource; and
// whether it may tag the session and give it a source identity. A role that does not exist is asked like one that trusts nobody, so that
// the answers are the same.
//
// With an MFA code nothing is asked at first. The handler burns the code, and then commits: there the gateway asks again, this time for
// everything. So a wrong code tells nothing about the role, the question sees an MFA that is proved, and the code is used up also when
// the answer is no. The record does not show the code.
func (s *Service) onAssumedRole(c *service.Call, in *api.AssumeRoleInput) ([]service.Question, error) {
	if in.TokenCode != nil {
		shown := *in
		shown.TokenCode = nil
		c.Record().Request = &shown
	}
	if c.Caller.Kind == policy.Root {
		return nil, accessDenied.New("Roles may not be assumed by root accounts.")
	}
	a, err := s.readAssumption(c, in)
	if err != nil {
		return nil, err
	}
	if c.Caller.Kind == policy.FederatedUser { // such sessions call no operation of STS but GetCallerIdentity
		return nil, accessDenied.New("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.Caller.ARN, a.arn)
	}
	if a.mfa != nil && c.Commit == nil { // else the handler runs, which commits only after [Service.burn]
		return []service.Question{{Action: "sts:GetCallerIdentity", Resource: "*"}}, nil
	}
	r, err := s.role(c.Tx, a.arn)
	if err != nil {
		return nil, err
	}
	return a.questions(in, r), nil
}

// questions about the role, which is nil when it does not exist.
func (a *assumption) questions(in *api.AssumeRoleInput, r *Role) []service.Question {
	k := map[string][]string{"sts:RoleSessionName": {*in.RoleSessionName}}
	if in.ExternalId != nil {
		k["sts:ExternalId"] = []string{*in.ExternalId}
	}
	if a.sourceIdentity != "" {
		k["sts:SourceIdentity"] = []string{a.sourceIdentity}
	}
	if a.mfa != nil {
		k["aws:MultiFactorAuthPresent"], k["aws:MultiFactorAuthAge"] = []string{"true"}, []string{"0"}
	}
	a.tags.context(k)
	q := service.Question{
		Action: "sts:AssumeRole", Resource: a.arn, Account: a.account, Kind: policy.RoleTrust, Context: k, Multi: []string{"sts:TransitiveTagKeys"}, ResourceType: typeRole,
	}
	if r != nil {
		service.ResourceTags(k, service.TagMap(r.Tags), "iam:ResourceTag/")
		q.Policy = &policy.Named{Name: r.ARN, Document: r.Trust}
	}
	out := []service.Question{q}
	ask := func(action string) {
		more := q
		more.Action, more.ResourceType = action, ""
		out = append(out, more)
	}
	if len(a.tags.all) > 0 { // requested or inherited
		ask("sts:TagSession")
	}
	if a.sourceIdentity != "" {
		ask("sts:SetSourceIdentity")
	}
	return out
}
