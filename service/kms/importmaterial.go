package kms

import (
	"errors"
	"time"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
)

func (s *Service) importMaterialOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpImportKeyMaterial, func(_ *service.Call, in *api.ImportKeyMaterialInput, a *about) {
			a.id = wire.Text(in.KeyId)
			a.set("kms:ExpirationModel", val(in.ExpirationModel, api.ExpirationModelTypeKeyMaterialExpires))
			if in.ValidTo != nil {
				a.set("kms:ValidTo", in.ValidTo.UTC().Format(time.RFC3339))
			}
			shown := *in
			shown.EncryptedKeyMaterial, shown.ImportToken = nil, nil
			a.shown = &shown
		}, s.importKeyMaterial),
	}
}

// maxImportValid is how long imported material can be good for before it expires.
const maxImportValid = 365 * 24 * time.Hour

// importExpiry is when the imported material expires, zero for never.
func importExpiry(now time.Time, in *api.ImportKeyMaterialInput) (t time.Time, err error) {
	expires := val(in.ExpirationModel, api.ExpirationModelTypeKeyMaterialExpires) == api.ExpirationModelTypeKeyMaterialExpires
	switch {
	case expires && in.ValidTo == nil:
		return t, invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	case !expires && in.ValidTo != nil:
		return t, invalid("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
	case !expires:
		return t, nil
	case !in.ValidTo.After(now):
		return t, invalid("The validTo date must be in the future.")
	case in.ValidTo.Sub(now) > maxImportValid:
		return t, invalid("The validTo date must be no more than 365 days in the future.")
	}
	return in.ValidTo.UTC(), nil
}

func (s *Service) importKeyMaterial(u *use, in *api.ImportKeyMaterialInput) (*api.ImportKeyMaterialOutput, error) {
	if err := u.key.refuseOrigin(); err != nil {
		return nil, err
	}
	if err := u.key.refuseDeleted(); err != nil {
		return nil, err
	}
	if single(u.key.Spec) && (in.ImportType != nil || in.KeyMaterialId != nil || in.KeyMaterialDescription != nil) {
		return nil, invalid("ImportType, KeyMaterialId and KeyMaterialDescription are for symmetric encryption keys only.")
	}
	expires, err := importExpiry(u.Time, in)
	if err != nil {
		return nil, err
	}
	m, err := s.unwrapImport(u, in)
	if err != nil {
		return nil, err
	}
	id, err := m.ID(u.key.ID)
	if err != nil {
		return nil, err
	}
	out := &api.ImportKeyMaterialOutput{KeyId: &u.key.arn}
	if !single(u.key.Spec) {
		out.KeyMaterialId = &id
	}
	return out, u.change(func(k *Key) error { return s.takeImport(u, k, m, id, expires, in) })
}

// unwrapImport is the material of an import.
func (s *Service) unwrapImport(u *use, in *api.ImportKeyMaterialInput) (*material.Key, error) {
	algorithm, wrapping, err := s.openImportToken(u, in.ImportToken)
	if err != nil {
		return nil, err
	}
	plain, err := wrapping.Unwrap(algorithm, in.EncryptedKeyMaterial)
	if errors.Is(err, material.ErrWrapped) {
		return nil, api.InvalidCiphertextException.New("The encrypted key material does not open. Wrap it with the public key of the same GetParametersForImport, by %s.", algorithm).Because(err)
	}
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	m, err := material.Import(u.key.Spec, plain)
	if errors.Is(err, material.ErrMaterial) {
		return nil, api.IncorrectKeyMaterialException.New("The key material is not of key spec %s.", u.key.Spec).Because(err)
	}
	return m, err
}

// takeImport puts imported material where it belongs: into a generation that the key knows, or into a new one.
func (s *Service) takeImport(u *use, k *Key, m *material.Key, id string, expires time.Time, in *api.ImportKeyMaterialInput) error {
	g, err := s.placeImport(u, k, id, in)
	if err != nil {
		return err
	}
	if _, err := s.keepMaterial(u.Tx, k, m); err != nil {
		return err
	}
	g.Missing, g.Expires = false, expires
	if in.KeyMaterialDescription != nil {
		g.Description = *in.KeyMaterialDescription
	}
	k.settle()
	if k.MultiRegion {
		return s.tellImport(u, k)
	}
	return nil
}

// placeImport is the generation that imported material is for.
func (s *Service) placeImport(u *use, k *Key, id string, in *api.ImportKeyMaterialInput) (*Generation, error) {
	fresh := val(in.ImportType, api.ImportTypeExistingKeyMaterial) == api.ImportTypeNewKeyMaterial || len(k.Generations) == 0 && in.ImportType == nil
	known := k.generationOf(id)
	switch {
	case fresh && in.KeyMaterialId != nil:
		return nil, invalid("KeyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL.")
	case in.KeyMaterialId != nil && *in.KeyMaterialId != id:
		return nil, api.IncorrectKeyMaterialException.New("The key material has another ID than %s.", *in.KeyMaterialId)
	case known != nil && (!fresh || known == k.Pending):
		return known, nil
	case !fresh:
		return nil, api.IncorrectKeyMaterialException.New("The key material is not the one that was imported into this KMS key before.")
	case known != nil:
		return nil, api.IncorrectKeyMaterialException.New("The key material (id: %s) is already associated with this KMS key.", id)
	case len(k.Generations) == 0:
		k.Generations, k.Current = []Generation{{ID: id, At: u.Time.UTC().Truncate(time.Millisecond)}}, id
		return &k.Generations[0], nil
	case k.MultiRegion && k.Region != k.Primary:
		return nil, api.KMSInvalidStateException.New("New key material must be imported into the primary key in %s first.", k.Primary)
	case k.Pending != nil:
		return nil, api.KMSInvalidStateException.New("New key material (id: %s) cannot be imported into KMS key %s, because another key material (id: %s) is pending rotation.", id, k.ID, k.Pending.ID)
	}
	k.Pending = &Generation{ID: id}
	return k.Pending, nil
}
