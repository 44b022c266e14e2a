package sts

import (
	api "vauban/api/sts"
	"vauban/engine/policy"
	"vauban/service"
)

// fromAnybody is the rule of GetCallerIdentity, which no policy can forbid.
func fromAnybody(*service.Call, *api.GetCallerIdentityInput) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// fromFull is the rule of an operation that credentials of GetSessionToken and GetFederationToken cannot call.
func fromFull[In any](c *service.Call, _ *In) ([]service.Question, error) {
	if s := c.Caller.Session; s != nil && (s.Kind == service.GetSessionToken || s.Kind == service.FederationToken) {
		return nil, accessDenied.New("Cannot call this operation with session credentials")
	}
	return []service.Question{{Resource: "*"}}, nil
}

// longTerm refuses callers with temporary credentials, in AWS's words.
func longTerm(c *service.Call, operation string) error {
	who := c.Caller
	if who.Session != nil || who.Kind != policy.User && who.Kind != policy.Root {
		return accessDenied.New("Cannot call %s with session credentials", operation)
	}
	return nil
}

// onOwnSession is the rule of GetSessionToken: it authenticates, and needs no permission.
func onOwnSession(c *service.Call, in *api.GetSessionTokenInput) ([]service.Question, error) {
	if in.TokenCode != nil {
		shown := *in
		shown.TokenCode = nil
		c.Record().Request = &shown // without the code
	}
	if err := longTerm(c, "GetSessionToken"); err != nil {
		return nil, err
	}
	return []service.Question{{Resource: "*"}}, nil
}
