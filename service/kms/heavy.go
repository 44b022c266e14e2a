package kms

import (
	"errors"

	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/material"
)

// mostWaiting is how many key pairs an account has in the making. An RSA pair of 4096 bits takes a second or more.
const mostWaiting = 16

var errThrottling = &wire.ErrorShape{Shape: "ThrottlingException", Code: "ThrottlingException", Status: 400}

// newMaterial makes material for an act: key pairs one after the other, because an RSA pair takes long.
func (s *Service) newMaterial(c *service.Call, spec string) (*material.Key, error) {
	if !material.Asymmetric(spec) {
		return material.Generate(s.Rand, spec)
	}
	end, err := s.heavy.Take(c)
	if errors.Is(err, service.ErrBusy) {
		return nil, errThrottling.New("You have exceeded the rate at which you may call KMS: %d key pairs of this account are in the making. Reduce the frequency of your calls.", mostWaiting).Because(err)
	}
	if err != nil {
		return nil, err
	}
	defer end()
	return material.Generate(s.Rand, spec)
}
