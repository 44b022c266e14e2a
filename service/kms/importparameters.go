package kms

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
)

// importValid is how long a wrapping key and its token are good for.
const importValid = 24 * time.Hour

// importPurpose is what import tokens are sealed for.
const importPurpose = "kms.import"

// importToken is what an import token holds: all that is known of the wrapping key is in it.
type importToken struct {
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Key       string    `json:"key"`
	Algorithm string    `json:"algorithm"`
	Until     time.Time `json:"until"`
	Wrapping  []byte    `json:"wrapping"` // the private key, marshalled
}

func (s *Service) importParametersOperations() []service.Row {
	return []service.Row{
		acts(s, api.OpGetParametersForImport, func(_ *service.Call, in *api.GetParametersForImportInput, a *about) {
			a.id = wire.Text(in.KeyId)
			a.set("kms:WrappingAlgorithm", wire.Text(in.WrappingAlgorithm))
			a.set("kms:WrappingKeySpec", wire.Text(in.WrappingKeySpec))
		}, s.getParametersForImport),
	}
}

func (s *Service) getParametersForImport(u *use, in *api.GetParametersForImportInput) (*api.GetParametersForImportOutput, error) {
	if err := u.key.refuseOrigin(); err != nil {
		return nil, err
	}
	if err := u.key.refuseDeleted(); err != nil {
		return nil, err
	}
	if err := checkWrapping(u.key.Spec, *in.WrappingAlgorithm, *in.WrappingKeySpec); err != nil {
		return nil, err
	}
	m, err := s.newMaterial(u.Call, *in.WrappingKeySpec)
	if err != nil {
		return nil, err
	}
	public, err := m.PublicKey()
	if err != nil {
		return nil, err
	}
	until := u.Time.UTC().Add(importValid).Truncate(time.Second)
	token, err := s.sealImportToken(u.key.Key, *in.WrappingAlgorithm, until, m)
	return &api.GetParametersForImportOutput{KeyId: &u.key.arn, PublicKey: public, ImportToken: token, ParametersValidTo: &until}, err
}

// checkWrapping refuses wrapping keys and algorithms by which the key's material cannot be wrapped. KMS Developer Guide: "Select a wrapping algorithm".
func checkWrapping(spec, algorithm, wrapping string) error {
	direct := strings.HasPrefix(algorithm, "RSAES_OAEP_")
	switch {
	case !direct && algorithm != material.KeyWrapSHA1 && algorithm != material.KeyWrapSHA256:
		return api.UnsupportedOperationException.New("Wrapping algorithm %s is not supported. Use RSAES_OAEP_SHA_256 or RSA_AES_KEY_WRAP_SHA_256.", algorithm)
	case !strings.HasPrefix(wrapping, "RSA_"):
		return api.UnsupportedOperationException.New("Wrapping key spec %s is not supported in this Region. Use RSA_4096, RSA_3072 or RSA_2048.", wrapping)
	case direct && strings.HasPrefix(spec, "RSA_"):
		return api.UnsupportedOperationException.New("Wrapping algorithm %s cannot wrap key material of key spec %s, which is too long for it. Use RSA_AES_KEY_WRAP_SHA_256.", algorithm, spec)
	case direct && spec == material.P521 && wrapping == material.RSA2048:
		return api.UnsupportedOperationException.New("Wrapping algorithm %s with wrapping key spec %s cannot wrap key material of key spec %s, which is too long for it. "+
			"Use RSA_AES_KEY_WRAP_SHA_256, or a longer wrapping key.", algorithm, wrapping, spec)
	}
	return nil
}

func (s *Service) sealImportToken(k *Key, algorithm string, until time.Time, wrapping *material.Key) ([]byte, error) {
	t := importToken{Account: k.Account, Region: k.Region, Key: k.ID, Algorithm: algorithm, Until: until}
	var err error
	if t.Wrapping, err = wrapping.Marshal(); err != nil {
		return nil, err
	}
	defer clear(t.Wrapping)
	plain, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write an import token: %w", err)
	}
	defer clear(plain)
	sealed, err := s.Seal.SealToken(importPurpose, plain)
	return []byte(sealed), err
}

// openImportToken returns what the token of an import for the key holds.
func (s *Service) openImportToken(u *use, token []byte) (algorithm string, wrapping *material.Key, err error) {
	plain, err := s.Seal.OpenToken(importPurpose, string(token))
	if err != nil {
		return "", nil, api.InvalidImportTokenException.New("The import token is not valid. Get another one with GetParametersForImport.").Because(err)
	}
	defer clear(plain)
	var t importToken
	if err := json.Unmarshal(plain, &t); err != nil {
		return "", nil, fmt.Errorf("read an import token: %w", err)
	}
	defer clear(t.Wrapping)
	if t.Account != u.key.Account || t.Region != u.key.Region || t.Key != u.key.ID {
		return "", nil, api.InvalidImportTokenException.New("The import token was made for another KMS key.")
	}
	if !u.Time.Before(t.Until) {
		return "", nil, api.ExpiredImportTokenException.New("The import token expired at %s. Get another one with GetParametersForImport, and wrap the key material anew.",
			t.Until.Format(time.RFC3339))
	}
	wrapping, err = material.Parse(t.Wrapping)
	return t.Algorithm, wrapping, err
}
