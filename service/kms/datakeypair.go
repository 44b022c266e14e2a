package kms

import (
	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) dataKeyPairOperations() []service.Row {
	return []service.Row{
		acts(s, api.OpGenerateDataKeyPair, func(_ *service.Call, in *api.GenerateDataKeyPairInput, a *about) {
			a.makesPair(in.KeyId, in.KeyPairSpec, in.GrantTokens, in.EncryptionContext)
		}, s.generateDataKeyPair),
		acts(s, api.OpGenerateDataKeyPairWithoutPlaintext, func(_ *service.Call, in *api.GenerateDataKeyPairWithoutPlaintextInput, a *about) {
			a.makesPair(in.KeyId, in.KeyPairSpec, in.GrantTokens, in.EncryptionContext)
		}, s.generateDataKeyPairWithoutPlaintext),
	}
}

func (a *about) makesPair(id, spec *string, tokens []string, context map[string]string) {
	a.cryptographic(id, tokens)
	a.encrypts(context, material.AESGCM)
	a.set("kms:DataKeyPairSpec", wire.Text(spec))
}

// pair is a new key pair for a client.
type pair struct{ private, sealed, public []byte }

// dataKeyPair makes a key pair whose private key is encrypted under the KMS key.
func (s *Service) dataKeyPair(u *use, spec string, tokens []string, dry *bool, context map[string]string) (*pair, error) {
	if !material.Asymmetric(spec) {
		return nil, api.UnsupportedOperationException.New("The key pair spec %s is not supported in this Region.", spec)
	}
	if u.key.isExternal() { // AWS KMS API reference, GenerateDataKeyPair: "You cannot specify … a KMS key in a custom key store"
		return nil, api.UnsupportedOperationException.New("%s is in a custom key store, and cannot encrypt data key pairs.", u.key.arn)
	}
	if err := s.forDataKey(u, tokens, dry); err != nil {
		return nil, err
	}
	m, err := s.newMaterial(u.Call, spec)
	if err != nil {
		return nil, err
	}
	p := &pair{}
	if p.private, err = m.Private(); err != nil {
		return nil, err
	}
	if p.public, err = m.PublicKey(); err != nil {
		return nil, err
	}
	p.sealed, err = s.sealBlob(u, p.private, context)
	return p, err
}

func (s *Service) generateDataKeyPair(u *use, in *api.GenerateDataKeyPairInput) (*api.GenerateDataKeyPairOutput, error) {
	if err := notForRecipient(in.Recipient); err != nil {
		return nil, err
	}
	p, err := s.dataKeyPair(u, *in.KeyPairSpec, in.GrantTokens, in.DryRun, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	return &api.GenerateDataKeyPairOutput{
		KeyId: &u.key.arn, KeyMaterialId: &u.key.Current, KeyPairSpec: in.KeyPairSpec, PrivateKeyCiphertextBlob: p.sealed, PrivateKeyPlaintext: p.private, PublicKey: p.public,
	}, nil
}

func (s *Service) generateDataKeyPairWithoutPlaintext(u *use, in *api.GenerateDataKeyPairWithoutPlaintextInput) (*api.GenerateDataKeyPairWithoutPlaintextOutput, error) {
	p, err := s.dataKeyPair(u, *in.KeyPairSpec, in.GrantTokens, in.DryRun, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	clear(p.private)
	return &api.GenerateDataKeyPairWithoutPlaintextOutput{
		KeyId: &u.key.arn, KeyMaterialId: &u.key.Current, KeyPairSpec: in.KeyPairSpec, PrivateKeyCiphertextBlob: p.sealed, PublicKey: p.public,
	}, nil
}
