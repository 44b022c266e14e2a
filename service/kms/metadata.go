package kms

import (
	"time"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service/kms/material"
	"vauban/store"
)

// metadata is the key as the API shows it; copies are the keys of a multi-Region key, none for one that is the only one.
func (k *Key) metadata(copies []*Key) *api.KeyMetadata {
	m := &api.KeyMetadata{
		AWSAccountId: &k.Account, Arn: new(k.ARN()), CreationDate: &k.Created, CustomerMasterKeySpec: &k.Spec, Description: &k.Description,
		Enabled: new(k.State == api.KeyStateEnabled), KeyId: &k.ID, KeyManager: new(k.manager()), KeySpec: &k.Spec, KeyState: &k.State, KeyUsage: &k.Usage,
		MultiRegion: &k.MultiRegion, Origin: &k.Origin, CurrentKeyMaterialId: wire.Optional(k.shownGeneration()),
		EncryptionAlgorithms: material.EncryptionAlgorithms(k.Spec, k.Usage), SigningAlgorithms: material.SigningAlgorithms(k.Spec, k.Usage),
		MacAlgorithms: material.MACAlgorithms(k.Spec, k.Usage), KeyAgreementAlgorithms: material.AgreementAlgorithms(k.Spec, k.Usage),
		DeletionDate: at(k.Deletion), PendingDeletionWindowInDays: k.pendingWindow(),
	}
	k.showImported(m)
	if k.isExternal() {
		m.CustomKeyStoreId, m.XksKeyConfiguration = &k.Store, &api.XksKeyConfigurationType{Id: &k.External}
	}
	if k.MultiRegion {
		m.MultiRegionConfiguration = k.regions(copies)
	}
	return m
}

// manager says who manages the key.
func (k *Key) manager() string {
	if k.Service != "" {
		return api.KeyManagerTypeAws
	}
	return api.KeyManagerTypeCustomer
}

// shownGeneration is the current material of a symmetric encryption key: the API shows it for no other, and for none in a custom key store.
func (k *Key) shownGeneration() string {
	if k.Spec != material.Symmetric || k.isExternal() {
		return ""
	}
	return k.Current
}

// pendingWindow is shown for a primary key that waits for the deletion of its replicas.
func (k *Key) pendingWindow() *int64 {
	if k.State != api.KeyStatePendingReplicaDeletion {
		return nil
	}
	return new(int64(k.Wait))
}

// regions is where the keys of a multi-Region key are.
func (k *Key) regions(copies []*Key) *api.MultiRegionConfiguration {
	out := &api.MultiRegionConfiguration{
		MultiRegionKeyType: new(k.regionType()), ReplicaKeys: []api.MultiRegionKey{},
		PrimaryKey: &api.MultiRegionKey{Arn: new(arnOf("aws", k.Primary, k.Account, k.ID)), Region: &k.Primary},
	}
	for _, r := range copies {
		if r.Region != k.Primary {
			out.ReplicaKeys = append(out.ReplicaKeys, api.MultiRegionKey{Arn: new(r.ARN()), Region: &r.Region})
		}
	}
	return out
}

// copiesOf are the keys of a multi-Region key, in all Regions.
func (s *Service) copiesOf(u *use, k *Key) (out []*Key, err error) {
	err = s.read(u.Call, func(tx store.Tx) error {
		page, err := keyTable.ListRef(tx, "copies", store.K(k.Account, k.ID), nil, 0)
		out = page.Items
		return err
	})
	return out, err
}

// at is a time as an answer shows it: absent when it has not come.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
