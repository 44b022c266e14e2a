package kms

import (
	"errors"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) encryptOperations() []service.Row {
	return []service.Row{
		acts(s, api.OpEncrypt, func(_ *service.Call, in *api.EncryptInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.encrypts(in.EncryptionContext, val(in.EncryptionAlgorithm, material.AESGCM))
			shown := *in
			shown.Plaintext = nil
			a.shown = &shown
		}, s.encrypt),
		acts(s, api.OpDecrypt, func(c *service.Call, in *api.DecryptInput, a *about) {
			a.cryptographic(in.KeyId, in.GrantTokens)
			a.fromBlob(c, in.CiphertextBlob)
			a.encrypts(in.EncryptionContext, val(in.EncryptionAlgorithm, material.AESGCM))
			shown := *in
			shown.CiphertextBlob = nil
			a.shown = &shown
		}, s.decrypt),
	}
}

// fromBlob lets a ciphertext name the key when the request does not.
func (a *about) fromBlob(c *service.Call, ciphertext []byte) {
	a.makes = false // what is to be decrypted has a key
	if a.id != "" {
		return
	}
	b, err := parseBlob(ciphertext)
	if err != nil {
		a.problem = api.InvalidCiphertextException.New("").Because(err)
		return
	}
	a.id = arnOf(c.Partition, c.Region, b.account, b.key)
}

func (s *Service) encrypt(u *use, in *api.EncryptInput) (*api.EncryptOutput, error) {
	algorithm := val(in.EncryptionAlgorithm, material.AESGCM)
	if err := s.refuseEncryption(u, algorithm, in.EncryptionContext); err != nil {
		return nil, err
	}
	if err := s.checkTokens(u, in.GrantTokens); err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	b, err := s.encryptWith(u, algorithm, in.Plaintext, in.EncryptionContext)
	return &api.EncryptOutput{CiphertextBlob: b, KeyId: &u.key.arn, EncryptionAlgorithm: &algorithm}, err
}

// refuseEncryption says why the key cannot encrypt or decrypt with the algorithm now.
func (s *Service) refuseEncryption(u *use, algorithm string, context map[string]string) error {
	if err := u.key.refuseEncryption(algorithm, context, u.operation); err != nil {
		return err
	}
	return s.refuseUnconnected(u)
}

// refuseEncryption says why the key cannot encrypt or decrypt with the algorithm.
func (h *held) refuseEncryption(algorithm string, context map[string]string, operation string) error {
	if err := h.refuseUse(material.EncryptDecrypt, operation); err != nil {
		return err
	}
	for _, known := range material.EncryptionAlgorithms(h.Spec, h.Usage) {
		if known != algorithm {
			continue
		}
		if h.Spec != material.Symmetric && len(context) > 0 {
			return invalid("EncryptionContext is not supported when using asymmetric encryption algorithms.")
		}
		return nil
	}
	return api.InvalidKeyUsageException.New("Algorithm %s is incompatible with key spec %s.", algorithm, h.Spec)
}

// encryptWith encrypts with a key of which that kind of use was not refused.
func (s *Service) encryptWith(u *use, algorithm string, plaintext []byte, context map[string]string) ([]byte, error) {
	if algorithm == material.AESGCM {
		return s.sealBlob(u, plaintext, context)
	}
	m, err := s.current(u)
	if err != nil {
		return nil, err
	}
	out, err := m.Encrypt(algorithm, plaintext)
	var long *material.TooLongError
	if errors.As(err, &long) {
		return nil, invalid("Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", algorithm, u.key.Spec, long.Max)
	}
	return out, err
}

func (s *Service) decrypt(u *use, in *api.DecryptInput) (*api.DecryptOutput, error) {
	if err := refuseModifiers(in.DryRunModifiers); err != nil {
		return nil, err
	}
	if err := notForRecipient(in.Recipient); err != nil {
		return nil, err
	}
	algorithm := val(in.EncryptionAlgorithm, material.AESGCM)
	if err := s.refuseEncryption(u, algorithm, in.EncryptionContext); err != nil {
		return nil, err
	}
	if err := s.checkTokens(u, in.GrantTokens); err != nil {
		return nil, err
	}
	plaintext, generation, err := s.decryptWith(u, algorithm, in.CiphertextBlob, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	return &api.DecryptOutput{Plaintext: plaintext, KeyId: &u.key.arn, EncryptionAlgorithm: &algorithm, KeyMaterialId: wire.Optional(generation)}, nil
}

// decryptWith decrypts with a key of which that kind of use was not refused. A ciphertext of another key is told from one that is broken, as AWS does.
func (s *Service) decryptWith(u *use, algorithm string, ciphertext []byte, context map[string]string) (plaintext []byte, generation string, err error) {
	if algorithm != material.AESGCM {
		m, err := s.current(u)
		if err != nil {
			return nil, "", err
		}
		plaintext, err = m.Decrypt(algorithm, ciphertext)
		return plaintext, "", badCiphertext(err)
	}
	b, err := parseBlob(ciphertext)
	if err != nil {
		return nil, "", badCiphertext(material.ErrCiphertext)
	}
	if b.key != u.key.ID || b.account != u.key.Account {
		return nil, "", api.IncorrectKeyException.New("The key ID in the request does not identify a CMK that can perform this operation.")
	}
	plaintext, err = s.openBlob(u, b, context)
	return plaintext, b.generation, badCiphertext(err)
}

// badCiphertext is what a client learns of a ciphertext that does not open: nothing.
func badCiphertext(err error) error {
	if errors.Is(err, material.ErrCiphertext) {
		return api.InvalidCiphertextException.New("").Because(err)
	}
	return err
}

// refuseModifiers: a dry run here looks at the ciphertext.
func refuseModifiers(list []string) error {
	if len(list) > 0 {
		return api.UnsupportedOperationException.New("DryRunModifiers are not supported by this server. Leave them out.")
	}
	return nil
}
