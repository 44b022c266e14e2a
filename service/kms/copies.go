package kms

import (
	"time"

	api "vauban/api/kms"
	"vauban/store"
)

// This file keeps the keys of a multi-Region key alike in what they share: material, and how it is rotated. Policies, states, tags, aliases and
// grants are each key's own. KMS Developer Guide: "Multi-Region keys in AWS KMS".

// isPrimary reports whether the key is a multi-Region primary key.
func (k *Key) isPrimary() bool { return k.MultiRegion && k.Region == k.Primary }

// isReplica reports whether the key is a multi-Region replica key.
func (k *Key) isReplica() bool { return k.MultiRegion && k.Region != k.Primary }

// otherCopies changes the other keys of a multi-Region key.
func (s *Service) otherCopies(tx store.Tx, k *Key, change func(o *Key) error) error {
	page, err := keyTable.ListRef(tx, "copies", store.K(k.Account, k.ID), nil, 0)
	if err != nil {
		return err
	}
	for _, o := range page.Items {
		if o.Region == k.Region {
			continue
		}
		if err := changeKey(tx, keyTable.Key(o), change); err != nil {
			return err
		}
	}
	return nil
}

// tellCopies tells the other keys of a multi-Region key which imported material k has: it is not copied, but each key needs the same.
func (s *Service) tellCopies(tx store.Tx, k *Key) error {
	if !k.MultiRegion {
		return nil
	}
	return s.otherCopies(tx, k, func(o *Key) error {
		o.learn(k)
		return nil
	})
}

// copyMaterial gives a new key all generations of another key of the same multi-Region key.
func (s *Service) copyMaterial(tx store.Tx, from, to *Key) error {
	for _, g := range from.Generations {
		m, err := s.loadMaterial(tx, from, g.ID)
		if err != nil {
			return err
		}
		if _, err := s.keepMaterial(tx, to, m); err != nil {
			return err
		}
		to.Generations = append(to.Generations, g)
	}
	to.Current = from.Current
	return nil
}

// learn tells a key with imported material which generations another key of the same multi-Region key has. What it has itself stays; what is new to it is
// missing until it is imported.
func (k *Key) learn(from *Key) {
	for _, g := range from.Generations {
		own := k.generationOf(g.ID)
		switch {
		case own == nil:
			k.Generations = append(k.Generations, Generation{ID: g.ID, At: g.At, Type: g.Type, Missing: true})
		case own == k.Pending: // it was rotated to
			taken := *own
			taken.At, taken.Type, taken.Elsewhere = g.At, g.Type, false
			k.Generations, k.Pending = append(k.Generations, taken), nil
		}
	}
	k.Current = from.Current
	if from.isPrimary() {
		switch {
		case from.Pending == nil:
			k.Pending = nil
		case k.Pending == nil || k.Pending.ID != from.Pending.ID:
			k.Pending = &Generation{ID: from.Pending.ID, Missing: true}
		}
	}
	k.settle()
}

// tellImport tells the other keys of a multi-Region key what was imported into k, and the primary key whether all of them have what waits for rotation.
func (s *Service) tellImport(u *use, k *Key) error {
	if err := s.tellCopies(u.Tx, k); err != nil {
		return err
	}
	return s.holdRotation(u.Tx, k)
}

// holdRotation notes in the primary key whether the material that waits for rotation is still to be imported into some replica key. k, which may be
// the primary key, is not stored yet.
func (s *Service) holdRotation(tx store.Tx, k *Key) error {
	page, err := keyTable.ListRef(tx, "copies", store.K(k.Account, k.ID), nil, 0)
	if err != nil {
		return err
	}
	primary, missing := (*Key)(nil), false
	for _, o := range page.Items {
		if o.Region == k.Region {
			o = k
		}
		if o.isPrimary() {
			primary = o
		} else if o.Pending == nil || o.Pending.Missing {
			missing = true
		}
	}
	switch {
	case primary == nil || primary.Pending == nil || primary.Pending.Elsewhere == missing:
		return nil
	case primary == k:
		k.Pending.Elsewhere = missing
		return nil
	}
	return changeKey(tx, keyTable.Key(primary), func(p *Key) error {
		p.Pending.Elsewhere = missing
		return nil
	})
}

// replica is a new key of k's multi-Region key in another Region, without its policy and material.
func (k *Key) replica(region string, now time.Time) *Key {
	r := &Key{
		Account: k.Account, Region: region, ID: k.ID, Created: now, Spec: k.Spec, Usage: k.Usage, Origin: k.Origin, State: api.KeyStateEnabled,
		MultiRegion: true, Primary: k.Region, Rotation: k.Rotation,
	}
	if k.Origin == api.OriginTypeExternal {
		r.State = api.KeyStatePendingImport
		r.learn(k)
	}
	return r
}
