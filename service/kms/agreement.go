package kms

import (
	"errors"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) agreementOperations() []service.Row {
	return []service.Row{
		acts(s, api.OpDeriveSharedSecret, func(_ *service.Call, in *api.DeriveSharedSecretInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.set("kms:KeyAgreementAlgorithm", wire.Text(in.KeyAgreementAlgorithm))
		}, s.deriveSharedSecret),
	}
}

func (s *Service) deriveSharedSecret(u *use, in *api.DeriveSharedSecretInput) (*api.DeriveSharedSecretOutput, error) {
	if err := notForRecipient(in.Recipient); err != nil {
		return nil, err
	}
	m, err := s.with(u, wanted{
		operation: "DeriveSharedSecret", usage: material.KeyAgreement, algorithm: *in.KeyAgreementAlgorithm,
		known: material.AgreementAlgorithms(u.key.Spec, u.key.Usage), tokens: in.GrantTokens, dry: in.DryRun,
	})
	if err != nil {
		return nil, err
	}
	secret, err := m.Agree(in.PublicKey)
	if errors.Is(err, material.ErrPublicKey) {
		return nil, errValidation.New("The public key is not valid. It must be a DER-encoded SubjectPublicKeyInfo of a key of spec %s.", u.key.Spec).Because(err)
	}
	if err != nil {
		return nil, refused(err)
	}
	return &api.DeriveSharedSecretOutput{KeyId: &u.key.arn, KeyOrigin: &u.key.Origin, KeyAgreementAlgorithm: in.KeyAgreementAlgorithm, SharedSecret: secret}, nil
}
