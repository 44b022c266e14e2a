package kms

import (
	"io"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) dataKeyOperations() []service.Row {
	return []service.Row{
		acts(s, api.OpGenerateDataKey, func(_ *service.Call, in *api.GenerateDataKeyInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.encrypts(in.EncryptionContext, material.AESGCM)
		}, s.generateDataKey),
		acts(s, api.OpGenerateDataKeyWithoutPlaintext, func(_ *service.Call, in *api.GenerateDataKeyWithoutPlaintextInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.encrypts(in.EncryptionContext, material.AESGCM)
		}, s.generateDataKeyWithoutPlaintext),
	}
}

// dataKeySize is the length of a data key in bytes: by its spec or by number.
func dataKeySize(spec *string, number *int64) (int, error) {
	switch {
	case spec != nil && number != nil:
		return 0, invalid("Please specify either number of bytes or key spec.")
	case number != nil:
		return int(*number), nil
	case spec == nil:
		return 0, invalid("Please specify either number of bytes or key spec.")
	case *spec == api.DataKeySpecAes128:
		return 16, nil
	}
	return 32, nil
}

// dataKey is random bytes, and the same encrypted under the key.
func (s *Service) dataKey(u *use, size int, context map[string]string) (plain, sealed []byte, err error) {
	plain = make([]byte, size)
	if _, err := io.ReadFull(s.Rand, plain); err != nil {
		return nil, nil, err
	}
	sealed, err = s.sealBlob(u, plain, context)
	return plain, sealed, err
}

// forDataKey says why the key cannot make data keys.
func (s *Service) forDataKey(u *use, tokens []string, dry *bool) error {
	if err := s.refuseEncryption(u, material.AESGCM, nil); err != nil {
		return err
	}
	if err := s.checkTokens(u, tokens); err != nil {
		return err
	}
	return dryRun(dry)
}

func (s *Service) generateDataKey(u *use, in *api.GenerateDataKeyInput) (*api.GenerateDataKeyOutput, error) {
	size, err := dataKeySize(in.KeySpec, in.NumberOfBytes)
	if err != nil {
		return nil, err
	}
	if err := notForRecipient(in.Recipient); err != nil {
		return nil, err
	}
	if err := s.forDataKey(u, in.GrantTokens, in.DryRun); err != nil {
		return nil, err
	}
	plain, sealed, err := s.dataKey(u, size, in.EncryptionContext)
	return &api.GenerateDataKeyOutput{Plaintext: plain, CiphertextBlob: sealed, KeyId: &u.key.arn, KeyMaterialId: &u.key.Current}, err
}

func (s *Service) generateDataKeyWithoutPlaintext(u *use, in *api.GenerateDataKeyWithoutPlaintextInput) (*api.GenerateDataKeyWithoutPlaintextOutput, error) {
	size, err := dataKeySize(in.KeySpec, in.NumberOfBytes)
	if err != nil {
		return nil, err
	}
	if err := s.forDataKey(u, in.GrantTokens, in.DryRun); err != nil {
		return nil, err
	}
	plain, sealed, err := s.dataKey(u, size, in.EncryptionContext)
	clear(plain)
	return &api.GenerateDataKeyWithoutPlaintextOutput{CiphertextBlob: sealed, KeyId: &u.key.arn, KeyMaterialId: &u.key.Current}, err
}
