package kms

import (
	"fmt"

	"vauban/service/kms/material"
	"vauban/store"
)

// Material is one generation of a key's material, sealed.
type Material struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Key     string `json:"key"`
	ID      string `json:"id"`
	Sealed  []byte `json:"sealed"`
}

var materials = &store.Table[Material]{
	Name: "kms.material",
	Key:  func(m *Material) store.Key { return materialKey(m.Account, m.Region, m.Key, m.ID) },
}

func materialKey(account, region, key, id string) store.Key { return store.K(account, region, key, id) }

// keepMaterial seals the material for the key and stores it. It returns the ID of the generation.
func (s *Service) keepMaterial(tx store.Tx, k *Key, m *material.Key) (id string, err error) {
	if id, err = m.ID(k.ID); err != nil {
		return "", err
	}
	plain, err := m.Marshal()
	if err != nil {
		return "", err
	}
	defer clear(plain)
	row := &Material{Account: k.Account, Region: k.Region, Key: k.ID, ID: id}
	if row.Sealed, err = s.Seal.Seal(materials.Name, materials.Key(row), plain); err != nil {
		return "", fmt.Errorf("seal key material: %w", err)
	}
	return id, materials.Put(tx, row)
}

// loadMaterial opens what keepMaterial stored.
func (s *Service) loadMaterial(tx store.Tx, k *Key, id string) (*material.Key, error) {
	row, err := materials.Get(tx, materialKey(k.Account, k.Region, k.ID, id))
	if err != nil {
		return nil, fmt.Errorf("read key material %s of %s: %w", id, k.ID, err)
	}
	plain, err := s.Seal.Open(materials.Name, materials.Key(row), row.Sealed)
	if err != nil {
		return nil, fmt.Errorf("open key material %s of %s: %w", id, k.ID, err)
	}
	defer clear(plain)
	return material.Parse(plain)
}
