package sts

import (
	"errors"

	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
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

// attempt counts the code as tried, before it is looked at and outside the transaction that it is for.
func (s *Service) attempt(c *service.Call) error {
	err := s.identities.AttemptMFA(c)
	if errors.Is(err, ErrAttempts) {
		return throttling.New("Rate exceeded").Because(err)
	}
	return err
}

// burn takes the code: it is worth nothing afterwards.
func (s *Service) burn(tx store.Tx, c *service.Call, m *mfaCode) error {
	err := s.identities.VerifyMFA(tx, c, m.serial, m.code)
	if errors.Is(err, ErrMFA) {
		return accessDenied.New("MultiFactorAuthentication failed with invalid MFA one time pass code. ").Because(err)
	}
	return err
}
