package sts

import (
	"errors"

	api "vauban/api/sts"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Durations of role sessions in seconds. STS API reference: AssumeRole, DurationSeconds.
const (
	defaultRoleSession = 3600
	maxChainedSession  = 3600
)

// assumption is a request to assume a role, checked as far as it can be without looking at the role.
type assumption struct {
	arn, account   string
	mfa            *mfaCode
	policies       sessionPolicies
	tags           sessionTags
	sourceIdentity string // given, or handed on by the caller's session
}

func (s *Service) readAssumption(c *service.Call, in *api.AssumeRoleInput) (*assumption, error) {
	role, err := arn.Parse(*in.RoleArn)
	if err != nil || !arn.IsAccount(role.Account) {
		return nil, validationError.New("%s is invalid", *in.RoleArn)
	}
	if len(in.ProvidedContexts) > 0 {
		return nil, validationError.New("ProvidedContexts are not supported: there are no trusted context providers.")
	}
	a := &assumption{arn: *in.RoleArn, account: role.Account}
	if a.mfa, err = readMFA(c, in.SerialNumber, in.TokenCode); err != nil {
		return nil, err
	}
	if a.policies, err = readPolicies(in.Policy, in.PolicyArns); err != nil {
		return nil, err
	}
	if a.tags, err = readTags(in.Tags, in.TransitiveTagKeys, c.Caller.Session); err != nil {
		return nil, err
	}
	a.sourceIdentity = wire.Text(in.SourceIdentity)
	if old := c.Caller.Session; old != nil && old.SourceIdentity != "" {
		if a.sourceIdentity != "" && a.sourceIdentity != old.SourceIdentity {
			return nil, accessDenied.New("The source identity of a session cannot be changed: %s is set.", old.SourceIdentity)
		}
		a.sourceIdentity = old.SourceIdentity
	}
	return a, nil
}

// assumeRole always commits: what was decided and what is done then stand on the same role, though another may take its name meanwhile.
func (s *Service) assumeRole(c *service.Call, in *api.AssumeRoleInput) (*api.AssumeRoleOutput, error) {
	a, err := s.readAssumption(c, in)
	if err != nil {
		return nil, err
	}
	size, err := packedSize(a.policies, a.tags)
	if err != nil {
		return nil, err
	}
	if err := s.burn(c, a.mfa); err != nil {
		return nil, err
	}
	var out *api.AssumeRoleOutput
	c.Record().Resources = []service.Resource{{ARN: a.arn, Account: a.account, Type: typeRole}}
	err = c.Commit(func(tx store.Tx) (err error) {
		if out, err = s.assume(c, tx, a, in); err != nil {
			return err
		}
		if size > 0 {
			out.PackedPolicySize = &size
		}
		c.Record().Response = out
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) assume(c *service.Call, tx store.Tx, a *assumption, in *api.AssumeRoleInput) (*api.AssumeRoleOutput, error) {
	r, err := s.identities.Role(tx, a.arn)
	if err != nil {
		return nil, err // the same transaction has authorised it: it exists
	}
	duration := seconds(in.DurationSeconds, defaultRoleSession)
	chained := isChained(c.Caller.Session)
	switch {
	case chained && duration > maxChainedSession:
		return nil, validationError.New("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case duration > r.MaxSession:
		return nil, validationError.New("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if err := a.policies.exist(tx, s.identities, r.Account); err != nil {
		return nil, err
	}
	name := *in.RoleSessionName
	session := &service.Session{
		Kind: service.AssumeRole, Name: name, SourceIdentity: a.sourceIdentity, RoleChain: chained,
		Issuer: service.Issuer{Kind: policy.RoleSession, ARN: r.ARN, ID: r.ID, Name: r.Name, Account: r.Account},
	}
	a.policies.into(session)
	a.tags.into(session)
	who := service.Caller{
		Kind: policy.RoleSession, Account: r.Account, ARN: "arn:aws:sts::" + r.Account + ":assumed-role/" + r.Name + "/" + name,
		UserID: r.ID + ":" + name, Name: r.Name, Session: session,
	}
	out := &api.AssumeRoleOutput{
		AssumedRoleUser: &api.AssumedRoleUser{Arn: &who.ARN, AssumedRoleId: &who.UserID}, SourceIdentity: wire.Optional(a.sourceIdentity),
	}
	out.Credentials, err = s.issue(c, tx, who, duration)
	return out, err
}

// isChained says that the caller's credentials are temporary ones, other than those of a sign-in: AWS counts also those of
// GetSessionToken as role chaining.
func isChained(s *service.Session) bool { return s != nil && s.Kind != service.SignIn }

// role returns the role to be assumed, or nil when there is none of that ARN.
func (s *Service) role(tx store.Tx, arn string) (*Role, error) {
	r, err := s.identities.Role(tx, arn)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return r, err
}
