package kms

import (
	"time"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/service/kms/material"
	"vauban/store"
)

// This file replaces the material of keys. Former generations stay, so that what they encrypted stays readable. KMS Developer Guide: "Rotate AWS KMS keys".

const (
	usualPeriod = 365 // days
	maxOnDemand = 25  // rotations on demand of one key
)

func (s *Service) rotationOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpEnableKeyRotation, func(_ *service.Call, in *api.EnableKeyRotationInput, a *about) {
			a.id = wire.Text(in.KeyId)
			a.set("kms:RotationPeriodInDays", number(val(in.RotationPeriodInDays, usualPeriod)))
		}, s.enableKeyRotation),
		writes(s, api.OpDisableKeyRotation, byID(func(in *api.DisableKeyRotationInput) *string { return in.KeyId }), s.disableKeyRotation),
		reads(s, api.OpGetKeyRotationStatus, func(_ *service.Call, in *api.GetKeyRotationStatusInput, a *about) {
			a.id, a.cross = wire.Text(in.KeyId), true
		}, s.getKeyRotationStatus),
		reads(s, api.OpListKeyRotations, byID(func(in *api.ListKeyRotationsInput) *string { return in.KeyId }), s.listKeyRotations),
		writes(s, api.OpRotateKeyOnDemand, byID(func(in *api.RotateKeyOnDemandInput) *string { return in.KeyId }), s.rotateKeyOnDemand),
	}
}

// refuseRotation says why the material of the key cannot be replaced by KMS.
func (k *Key) refuseRotation() error {
	switch {
	case k.Spec != material.Symmetric:
		return api.UnsupportedOperationException.New("%s is not a symmetric encryption key: its material cannot be rotated.", k.ARN())
	case k.Origin != api.OriginTypeAwsKms:
		return api.UnsupportedOperationException.New("%s origin is %s which is not valid for this operation.", k.ARN(), k.Origin)
	case k.regionType() == api.MultiRegionKeyTypeReplica:
		return api.UnsupportedOperationException.New("%s is not a multi-region primary key.", k.ARN())
	}
	return nil
}

func (s *Service) enableKeyRotation(u *use, in *api.EnableKeyRotationInput) (*api.EnableKeyRotationOutput, error) {
	return &api.EnableKeyRotationOutput{}, u.change(func(k *Key) error {
		if err := k.refuse(); err != nil {
			return err
		}
		if err := k.refuseRotation(); err != nil {
			return err
		}
		k.Rotation.Days = int(val(in.RotationPeriodInDays, usualPeriod))
		k.Rotation.Next = k.rotationAfter(u.Time)
		return nil
	})
}

// rotationAfter is when the next automatic rotation is due.
func (k *Key) rotationAfter(t time.Time) time.Time {
	return t.UTC().AddDate(0, 0, k.Rotation.Days).Truncate(time.Millisecond)
}

func (s *Service) disableKeyRotation(u *use, _ *api.DisableKeyRotationInput) (*api.DisableKeyRotationOutput, error) {
	return &api.DisableKeyRotationOutput{}, u.change(func(k *Key) error {
		if err := k.refuse(); err != nil {
			return err
		}
		if err := k.refuseRotation(); err != nil {
			return err
		}
		k.Rotation.Days, k.Rotation.Next = 0, time.Time{}
		return nil
	})
}

// getKeyRotationStatus: a replica shows what its primary key does.
func (s *Service) getKeyRotationStatus(u *use, _ *api.GetKeyRotationStatusInput) (*api.GetKeyRotationStatusOutput, error) {
	k := u.key.Key
	if k.regionType() == api.MultiRegionKeyTypeReplica {
		primary, err := keyTable.Get(u.Tx, keyOf(k.Account, k.Primary, k.ID))
		if err != nil {
			return nil, err
		}
		k = primary
	}
	on := k.Rotation.Days > 0 && k.State != api.KeyStatePendingDeletion && k.State != api.KeyStatePendingReplicaDeletion
	out := &api.GetKeyRotationStatusOutput{KeyId: &u.key.arn, KeyRotationEnabled: &on}
	if on {
		out.NextRotationDate, out.RotationPeriodInDays = &k.Rotation.Next, new(int64(k.Rotation.Days))
	}
	return out, nil
}

func (s *Service) listKeyRotations(u *use, in *api.ListKeyRotationsInput) (*api.ListKeyRotationsOutput, error) {
	k := u.key.Key
	if k.Spec != material.Symmetric {
		return nil, k.refuseRotation()
	}
	var list []numbered
	for i, g := range k.everyGeneration() {
		if g.Type != "" || val(in.IncludeKeyMaterial, "") == api.IncludeKeyMaterialAllKeyMaterial {
			list = append(list, numbered{*g, i})
		}
	}
	page, next, err := cut(list, in.Marker, in.Limit, 100, func(g numbered) string { return string(store.K(g.at)) })
	if err != nil {
		return nil, err
	}
	out := &api.ListKeyRotationsOutput{Rotations: []api.RotationsListEntry{}, NextMarker: next, Truncated: new(next != nil)}
	for _, g := range page {
		out.Rotations = append(out.Rotations, k.shownRotation(g.Generation))
	}
	return out, nil
}

// numbered is a generation with its place.
type numbered struct {
	Generation
	at int
}

func (k *Key) shownRotation(g Generation) api.RotationsListEntry {
	e := api.RotationsListEntry{KeyId: &k.ID, KeyMaterialId: new(g.ID), RotationType: wire.Optional(g.Type)}
	if g.Type != "" {
		e.RotationDate = new(g.At)
	}
	e.KeyMaterialState = new(k.materialState(g.ID))
	if k.Origin == api.OriginTypeExternal {
		e.ImportState, e.KeyMaterialDescription = new(g.importState()), wire.Optional(g.Description)
		if !g.Missing {
			e.ExpirationModel, e.ValidTo = new(g.expirationModel()), at(g.Expires)
		}
	}
	return e
}

// materialState is AWS's word for what a generation is used for.
func (k *Key) materialState(id string) string {
	switch {
	case id == k.Current:
		return api.KeyMaterialStateCurrent
	case k.Pending == nil || k.Pending.ID != id:
		return api.KeyMaterialStateNonCurrent
	case k.Pending.Elsewhere:
		return api.KeyMaterialStatePendingMultiRegionImportAndRotation
	}
	return api.KeyMaterialStatePendingRotation
}

func (s *Service) rotateKeyOnDemand(u *use, _ *api.RotateKeyOnDemandInput) (*api.RotateKeyOnDemandOutput, error) {
	k := u.key.Key
	if err := k.refuse(); err != nil {
		return nil, err
	}
	imported := k.Origin == api.OriginTypeExternal && k.Spec == material.Symmetric && !k.isReplica()
	if err := k.refuseRotation(); err != nil && !imported {
		return nil, err
	}
	if k.Rotation.OnDemand >= maxOnDemand {
		return nil, api.LimitExceededException.New("The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: %s", k.ARN())
	}
	if imported {
		return &api.RotateKeyOnDemandOutput{KeyId: &u.key.arn}, s.rotateToImported(u)
	}
	if err := s.rotate(u.Tx, k, api.RotationTypeOnDemand, u.Time); err != nil {
		return nil, err
	}
	return &api.RotateKeyOnDemandOutput{KeyId: &u.key.arn}, nil
}

// rotateToImported makes material that was imported for it the current one, in all keys of a multi-Region key.
func (s *Service) rotateToImported(u *use) error {
	return u.change(func(k *Key) error {
		former := k.Current
		if err := k.rotateImported(u.Time); err != nil {
			return err
		}
		if err := s.tellCopies(u.Tx, k); err != nil {
			return err
		}
		return s.note(u.Tx, k, "RotateKey", u.Time, map[string]any{
			"rotationType": api.RotationTypeOnDemand, "keyOrigin": k.Origin, "previousKeyMaterialId": former, "currentKeyMaterialId": k.Current,
		})
	})
}

// rotate makes a new generation of the key's material, the same for all keys of a multi-Region key, and records it.
func (s *Service) rotate(tx store.Tx, k *Key, kind string, now time.Time) error {
	m, err := material.Generate(s.Rand, k.Spec)
	if err != nil {
		return err
	}
	all, err := replicasOf(tx, k)
	if err != nil {
		return err
	}
	for _, one := range append(all, k) {
		if err := s.addGeneration(tx, one, m, kind, now); err != nil {
			return err
		}
	}
	return nil
}

// addGeneration makes the material the key's current one.
func (s *Service) addGeneration(tx store.Tx, k *Key, m *material.Key, kind string, now time.Time) error {
	id, err := s.keepMaterial(tx, k, m)
	if err != nil {
		return err
	}
	former := k.Current
	err = changeKey(tx, keyTable.Key(k), func(k *Key) error {
		k.Generations = append(k.Generations, Generation{ID: id, At: now.UTC().Truncate(time.Millisecond), Type: kind})
		k.Current = id
		switch {
		case kind == api.RotationTypeOnDemand:
			k.Rotation.OnDemand++
		case k.Rotation.Days > 0:
			k.Rotation.Next = k.rotationAfter(now)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.note(tx, k, "RotateKey", now, map[string]any{
		"rotationType": kind, "keyOrigin": k.Origin, "previousKeyMaterialId": former, "currentKeyMaterialId": id,
	})
}
