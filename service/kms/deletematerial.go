package kms

import (
	"time"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/store"
)

func (s *Service) deleteMaterialOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpDeleteImportedKeyMaterial, byID(func(in *api.DeleteImportedKeyMaterialInput) *string { return in.KeyId }), s.deleteImportedKeyMaterial),
	}
}

// deleteImportedKeyMaterial removes material until it is imported again. Material that only waits for rotation is forgotten.
func (s *Service) deleteImportedKeyMaterial(u *use, in *api.DeleteImportedKeyMaterialInput) (*api.DeleteImportedKeyMaterialOutput, error) {
	if err := u.key.refuseOrigin(); err != nil {
		return nil, err
	}
	if single(u.key.Spec) && in.KeyMaterialId != nil {
		return nil, invalid("KeyMaterialId is for symmetric encryption keys only.")
	}
	id := val(in.KeyMaterialId, u.key.Current)
	out := &api.DeleteImportedKeyMaterialOutput{KeyId: &u.key.arn}
	if !single(u.key.Spec) {
		out.KeyMaterialId = wire.Optional(id)
	}
	if id == "" {
		return out, nil // there is nothing to delete, and AWS does not mind
	}
	return out, u.change(func(k *Key) error {
		g := k.generationOf(id)
		if g == nil {
			return api.NotFoundException.New("Key material %s of key '%s' does not exist", id, k.ARN())
		}
		if err := k.dropGeneration(u.Tx, g); err != nil {
			return err
		}
		if g == k.Pending {
			return s.dropPending(u.Tx, k)
		}
		k.settle()
		return nil
	})
}

// dropPending forgets the material that waits for rotation: of a primary key, in all Regions; in a replica, until it is imported there again.
func (s *Service) dropPending(tx store.Tx, k *Key) error {
	if k.MultiRegion && k.Region != k.Primary {
		return s.holdRotation(tx, k)
	}
	id := k.Pending.ID
	k.Pending = nil
	if !k.MultiRegion {
		return nil
	}
	return s.otherCopies(tx, k, func(o *Key) error {
		if o.Pending == nil || o.Pending.ID != id {
			return nil
		}
		if err := o.dropGeneration(tx, o.Pending); err != nil {
			return err
		}
		o.Pending = nil
		return nil
	})
}

// expiredAt reports whether some of the key's material is to be deleted.
func (k *Key) expiredAt(now time.Time) bool {
	for _, g := range k.everyGeneration() {
		if !g.Missing && g.gone(now) {
			return true
		}
	}
	return false
}

// expireMaterial deletes the imported material of the key whose time has come. KMS Developer Guide: "Logging AWS KMS API calls", DeleteExpiredKeyMaterial.
func (s *Service) expireMaterial(tx store.Tx, k *Key, now time.Time) error {
	return changeKey(tx, keyTable.Key(k), func(k *Key) error {
		for _, g := range k.everyGeneration() {
			if g.Missing || !g.gone(now) {
				continue
			}
			if err := k.dropGeneration(tx, g); err != nil {
				return err
			}
			if err := s.note(tx, k, "DeleteExpiredKeyMaterial", now, map[string]any{"keyMaterialId": g.ID}); err != nil {
				return err
			}
		}
		if k.Pending != nil && k.Pending.Missing {
			if err := s.dropPending(tx, k); err != nil {
				return err
			}
		}
		k.settle()
		return nil
	})
}
