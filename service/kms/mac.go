package kms

import (
	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) macOperations() []service.Row {
	return []service.Row{
		acts(s, api.OpGenerateMac, func(_ *service.Call, in *api.GenerateMacInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.set("kms:MacAlgorithm", wire.Text(in.MacAlgorithm))
			shown := *in
			shown.Message = nil
			a.shown = &shown
		}, s.generateMac),
		acts(s, api.OpVerifyMac, func(_ *service.Call, in *api.VerifyMacInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.set("kms:MacAlgorithm", wire.Text(in.MacAlgorithm))
			shown := *in
			shown.Message, shown.Mac = nil, nil
			a.shown = &shown
		}, s.verifyMac),
	}
}

// forMAC returns the material of an HMAC key.
func (s *Service) forMAC(u *use, operation string, algorithm *string, tokens []string, dry *bool) (*material.Key, error) {
	return s.with(u, wanted{
		operation: operation, usage: material.GenerateVerifyMAC, algorithm: *algorithm, known: material.MACAlgorithms(u.key.Spec, u.key.Usage), tokens: tokens, dry: dry,
	})
}

func (s *Service) generateMac(u *use, in *api.GenerateMacInput) (*api.GenerateMacOutput, error) {
	m, err := s.forMAC(u, "GenerateMac", in.MacAlgorithm, in.GrantTokens, in.DryRun)
	if err != nil {
		return nil, err
	}
	code, err := m.MAC(*in.MacAlgorithm, in.Message)
	if err != nil {
		return nil, refused(err)
	}
	return &api.GenerateMacOutput{KeyId: &u.key.arn, Mac: code, MacAlgorithm: in.MacAlgorithm}, nil
}

func (s *Service) verifyMac(u *use, in *api.VerifyMacInput) (*api.VerifyMacOutput, error) {
	m, err := s.forMAC(u, "VerifyMac", in.MacAlgorithm, in.GrantTokens, in.DryRun)
	if err != nil {
		return nil, err
	}
	if err := m.VerifyMAC(*in.MacAlgorithm, in.Message, in.Mac); err != nil {
		return nil, refused(err)
	}
	return &api.VerifyMacOutput{KeyId: &u.key.arn, MacAlgorithm: in.MacAlgorithm, MacValid: new(true)}, nil
}
