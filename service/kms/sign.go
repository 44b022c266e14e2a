package kms

import (
	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) signOperations() []service.Row {
	return []service.Row{
		acts(s, api.OpSign, func(_ *service.Call, in *api.SignInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.signs(in.SigningAlgorithm, in.MessageType)
			shown := *in
			shown.Message = nil
			a.shown = &shown
		}, s.sign),
		acts(s, api.OpVerify, func(_ *service.Call, in *api.VerifyInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.signs(in.SigningAlgorithm, in.MessageType)
			shown := *in
			shown.Message, shown.Signature = nil, nil
			a.shown = &shown
		}, s.verify),
	}
}

// signs gives the condition keys of signatures.
func (a *about) signs(algorithm, messageType *string) {
	a.set("kms:SigningAlgorithm", wire.Text(algorithm))
	a.set("kms:MessageType", val(messageType, material.TypeRaw))
}

// forSigning returns the material of a key pair that signs.
func (s *Service) forSigning(u *use, operation string, algorithm *string, tokens []string, dry *bool) (*material.Key, error) {
	return s.with(u, wanted{
		operation: operation, usage: material.SignVerify, algorithm: *algorithm, known: material.SigningAlgorithms(u.key.Spec, u.key.Usage), tokens: tokens, dry: dry,
	})
}

func (s *Service) sign(u *use, in *api.SignInput) (*api.SignOutput, error) {
	m, err := s.forSigning(u, "Sign", in.SigningAlgorithm, in.GrantTokens, in.DryRun)
	if err != nil {
		return nil, err
	}
	signature, err := m.Sign(*in.SigningAlgorithm, wire.Text(in.MessageType), in.Message)
	if err != nil {
		return nil, refused(err)
	}
	return &api.SignOutput{KeyId: &u.key.arn, Signature: signature, SigningAlgorithm: in.SigningAlgorithm}, nil
}

func (s *Service) verify(u *use, in *api.VerifyInput) (*api.VerifyOutput, error) {
	m, err := s.forSigning(u, "Verify", in.SigningAlgorithm, in.GrantTokens, in.DryRun)
	if err != nil {
		return nil, err
	}
	if err := m.Verify(*in.SigningAlgorithm, wire.Text(in.MessageType), in.Message, in.Signature); err != nil {
		return nil, refused(err)
	}
	return &api.VerifyOutput{KeyId: &u.key.arn, SignatureValid: new(true), SigningAlgorithm: in.SigningAlgorithm}, nil
}
