package kms

import (
	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) publicKeyOperations() []service.Row {
	return []service.Row{
		acts(s, api.OpGetPublicKey, func(_ *service.Call, in *api.GetPublicKeyInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
		}, s.getPublicKey),
	}
}

func (s *Service) getPublicKey(u *use, in *api.GetPublicKeyInput) (*api.GetPublicKeyOutput, error) {
	k := u.key.Key
	if !material.Asymmetric(k.Spec) {
		return nil, api.UnsupportedOperationException.New("%s key spec is %s which is not valid for GetPublicKey.", u.key.arn, k.Spec)
	}
	if err := k.refuse(); err != nil {
		return nil, err
	}
	if err := s.checkTokens(u, in.GrantTokens); err != nil {
		return nil, err
	}
	m, err := s.current(u)
	if err != nil {
		return nil, err
	}
	public, err := m.PublicKey()
	return &api.GetPublicKeyOutput{
		KeyId: &u.key.arn, PublicKey: public, KeySpec: &k.Spec, CustomerMasterKeySpec: &k.Spec, KeyUsage: &k.Usage,
		EncryptionAlgorithms: material.EncryptionAlgorithms(k.Spec, k.Usage), SigningAlgorithms: material.SigningAlgorithms(k.Spec, k.Usage),
		KeyAgreementAlgorithms: material.AgreementAlgorithms(k.Spec, k.Usage),
	}, err
}
