package sts

import (
	api "vauban/api/sts"
	"vauban/engine/policy"
	"vauban/service"
)

// Durations in seconds. STS API reference: GetSessionToken and GetFederationToken, DurationSeconds.
const (
	defaultUserSession = 43200
	maxRootSession     = 3600
)

// getSessionToken gives a user or root temporary credentials of its own, with MFA when the request brings a code.
func (s *Service) getSessionToken(c *service.Call, in *api.GetSessionTokenInput) (*api.GetSessionTokenOutput, error) {
	mfa, err := readMFA(c, in.SerialNumber, in.TokenCode)
	if err != nil {
		return nil, err
	}
	if err := s.burn(c, mfa); err != nil {
		return nil, err
	}
	session := &service.Session{Kind: service.GetSessionToken, Issuer: issuer(c.Caller)}
	if mfa != nil {
		session.MFA, session.MFAAt = true, c.Time
	}
	who := *c.Caller
	who.Session = session
	out := &api.GetSessionTokenOutput{}
	if out.Credentials, err = s.issue(c, nil, who, ownDuration(c, in.DurationSeconds)); err != nil {
		return nil, err
	}
	c.Record().Response = out
	return out, nil
}

// ownDuration is how long a session of the caller's own lasts. Root's are cut to one hour.
func ownDuration(c *service.Call, requested *int64) int64 {
	d := seconds(requested, defaultUserSession)
	if c.Caller.Kind == policy.Root {
		d = min(d, maxRootSession)
	}
	return d
}

// issuer is the user or root that the caller is.
func issuer(who *service.Caller) service.Issuer {
	return service.Issuer{Kind: who.Kind, ARN: who.ARN, ID: who.UserID, Name: who.Name, Account: who.Account}
}
