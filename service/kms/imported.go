package kms

import (
	"slices"
	"time"

	api "vauban/api/kms"
	"vauban/service/kms/material"
	"vauban/store"
)

// This file is what holds for material that was imported. KMS Developer Guide: "Importing key material for AWS KMS keys".

// gone reports whether there is no material of the generation now: it was never imported here, was deleted, or has expired.
func (g *Generation) gone(now time.Time) bool {
	return g.Missing || !g.Expires.IsZero() && !now.Before(g.Expires)
}

// expirationModel is AWS's word for whether material expires.
func (g *Generation) expirationModel() string {
	if g.Expires.IsZero() {
		return api.ExpirationModelTypeKeyMaterialDoesNotExpire
	}
	return api.ExpirationModelTypeKeyMaterialExpires
}

// importState is AWS's word for whether there is material.
func (g *Generation) importState() string {
	if g.Missing {
		return api.ImportStatePendingImport
	}
	return api.ImportStateImported
}

// generationOf is the key's generation of that ID, the one that waits for rotation included; nil when there is none.
func (k *Key) generationOf(id string) *Generation {
	for i := range k.Generations {
		if k.Generations[i].ID == id {
			return &k.Generations[i]
		}
	}
	if k.Pending != nil && k.Pending.ID == id {
		return k.Pending
	}
	return nil
}

// complete reports whether the key has all material that it needs: the one that waits for rotation is not among it.
func (k *Key) complete() bool {
	return len(k.Generations) > 0 && !slices.ContainsFunc(k.Generations, func(g Generation) bool { return g.Missing })
}

// settle brings the state of a key with imported material in line with what there is of it.
func (k *Key) settle() {
	switch {
	case k.Origin != api.OriginTypeExternal:
	case k.State == api.KeyStatePendingImport && k.complete():
		k.State = api.KeyStateEnabled
	case (k.State == api.KeyStateEnabled || k.State == api.KeyStateDisabled) && !k.complete():
		k.State = api.KeyStatePendingImport
	}
}

// expiry is when imported material of the key expires next, zero for never.
func (k *Key) expiry() (first time.Time) {
	for _, g := range k.everyGeneration() {
		if !g.Missing {
			first = earlier(first, g.Expires)
		}
	}
	return first
}

// everyGeneration are the key's generations and the one that waits for rotation.
func (k *Key) everyGeneration() []*Generation {
	out := make([]*Generation, 0, len(k.Generations)+1)
	for i := range k.Generations {
		out = append(out, &k.Generations[i])
	}
	if k.Pending != nil {
		out = append(out, k.Pending)
	}
	return out
}

// showImported adds to the metadata what holds for imported material: of several, when the first of it expires.
func (k *Key) showImported(m *api.KeyMetadata) {
	if k.Origin != api.OriginTypeExternal || len(k.Generations) == 0 || k.State == api.KeyStatePendingImport {
		return
	}
	first := Generation{}
	for _, g := range k.Generations {
		first.Expires = earlier(first.Expires, g.Expires)
	}
	m.ExpirationModel, m.ValidTo = new(first.expirationModel()), at(first.Expires)
}

// refuseOrigin refuses operations on imported material for keys whose material is not.
func (k *Key) refuseOrigin() error {
	if k.Origin == api.OriginTypeExternal {
		return nil
	}
	return api.UnsupportedOperationException.New("%s origin is %s which is not valid for this operation.", k.ARN(), k.Origin)
}

// dropGeneration removes the material of a generation, which stays known.
func (k *Key) dropGeneration(tx store.Tx, g *Generation) error {
	g.Missing, g.Expires = true, time.Time{}
	return forget(tx, materials, materialKey(k.Account, k.Region, k.ID, g.ID))
}

// rotateImported makes the material that waits for rotation the current one.
func (k *Key) rotateImported(now time.Time) error {
	if k.Pending == nil || k.Pending.gone(now) || k.Pending.Elsewhere {
		return api.KMSInvalidStateException.New("No available key material pending rotation for the key: %s.", k.ARN())
	}
	g := *k.Pending
	g.At, g.Type = now.UTC().Truncate(time.Millisecond), api.RotationTypeOnDemand
	k.Generations, k.Current, k.Pending = append(k.Generations, g), g.ID, nil
	k.Rotation.OnDemand++
	return nil
}

// single reports whether keys of the spec keep the one material that they had first.
func single(spec string) bool { return spec != material.Symmetric }
