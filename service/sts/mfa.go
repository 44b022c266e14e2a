package sts

import (
	"errors"

	"vauban/engine/policy"
	"vauban/service"
)

// mfaCode is the code that a request brings, from which device.
type mfaCode struct{ serial, code string }

// readMFA returns nil when the request brings no code. The words are AWS's.
func readMFA(c *service.Call, serial, code *string) (*mfaCode, error) {
	if serial == nil && code == nil {
		return nil, nil
	}
	if serial == nil || code == nil {
		return nil, accessDenied.New("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	if c.Caller.Kind != policy.User && c.Caller.Kind != policy.Root {
		return nil, accessDenied.New(
			"MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	return &mfaCode{*serial, *code}, nil
}

// burn takes the code: it is worth nothing afterwards, whatever becomes of the call that brought it. So it is done before the call's
// own transaction, which a refusal would roll back. A nil code is none.
func (s *Service) burn(c *service.Call, m *mfaCode) error {
	if m == nil {
		return nil
	}
	err := s.identities.TakeMFA(c, m.serial, m.code)
	switch {
	case errors.Is(err, ErrAttempts):
		return throttling.New("Rate exceeded").Because(err)
	case errors.Is(err, ErrMFA):
		return accessDenied.New("MultiFactorAuthentication failed with invalid MFA one time pass code. ").Because(err)
	}
	return err
}
