package iam

import (
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

// invalidToken is what IAM answers to credentials that it does not take, though they are genuine.
var invalidToken = &wire.ErrorShape{Shape: "InvalidClientTokenId", Code: "InvalidClientTokenId", Status: 403}

// refusingSessions puts AWS's restriction on temporary credentials before the resource rule of every row: those of GetSessionToken call
// IAM only with MFA, those of GetFederationToken never. IAM User Guide: "Permissions for temporary security credentials".
func refusingSessions(rows []service.Row) []service.Row {
	for i := range rows {
		rule := rows[i].Resource
		rows[i].Resource = func(c *service.Call, in any) ([]service.Question, error) {
			if barred(c.Caller) {
				return nil, invalidToken.New("The security token included in the request is invalid")
			}
			return rule(c, in)
		}
	}
	return rows
}

// barred says that IAM does not take the caller's credentials. A service that acts for the caller (InvokedBy) is not the caller's session.
func barred(who *service.Caller) bool {
	s := who.Session
	if s == nil || who.InvokedBy != "" {
		return false
	}
	return who.Kind == policy.FederatedUser && s.Kind == service.FederationToken || s.Kind == service.GetSessionToken && !s.MFA
}
