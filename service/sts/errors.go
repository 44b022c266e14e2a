package sts

import (
	"errors"

	api "vauban/api/sts"
	"vauban/api/wire"
	"vauban/engine/policy"
)

// What STS answers beyond its modelled errors.
var (
	accessDenied     = &wire.ErrorShape{Shape: "AccessDenied", Code: "AccessDenied", Status: 403}
	validationError  = &wire.ErrorShape{Shape: "ValidationError", Code: "ValidationError", Status: 400}
	invalidParameter = &wire.ErrorShape{Shape: "InvalidParameterValue", Code: "InvalidParameterValue", Status: 400}
	throttling       = &wire.ErrorShape{Shape: "Throttling", Code: "Throttling", Status: 400}
)

// ErrMFA says that an MFA code was not taken. Why is nobody's to know.
var ErrMFA = errors.New("sts: the MFA code was not accepted")

// ErrAttempts says that too many MFA codes were tried.
var ErrAttempts = errors.New("sts: too many MFA codes were tried")

// policyError puts what the policy language finds into STS's error.
func policyError(err error) error {
	var v *policy.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	return api.MalformedPolicyDocumentException.New("%s", v.Message).Because(err)
}
