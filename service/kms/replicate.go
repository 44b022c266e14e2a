package kms

import (
	"fmt"
	"slices"
	"time"
	"vauban/api/wire"
	"vauban/store"

	api "vauban/api/kms"
	"vauban/service"
)

func (s *Service) replicateOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpReplicateKey, s.askReplication, withKey(api.OpReplicateKey, s.replicateKey)),
		service.Writes(api.OpUpdatePrimaryRegion, s.askPrimaryRegion, withKey(api.OpUpdatePrimaryRegion, s.updatePrimaryRegion)),
	}
}

// askReplication: who replicates a key must be allowed to, by its policy, and to make keys in the other Region. KMS API reference: "ReplicateKey".
func (s *Service) askReplication(c *service.Call, in *api.ReplicateKeyInput) ([]service.Question, error) {
	out, err := onKey(s, api.OpReplicateKey, func(_ *service.Call, in *api.ReplicateKeyInput, a *about) {
		a.id = wire.Text(in.KeyId)
		a.set("kms:ReplicaRegion", wire.Text(in.ReplicaRegion))
	})(c, in)
	if err != nil {
		return nil, err
	}
	a := &about{}
	callerKeys(c, a)
	if f := c.Found.(*found); f.key != nil {
		a.set("kms:KeySpec", f.key.Spec)
		a.set("kms:KeyUsage", f.key.Usage)
		a.set("kms:KeyOrigin", f.key.Origin)
		a.set("kms:MultiRegion", boolText(true))
		a.set("kms:MultiRegionKeyType", api.MultiRegionKeyTypeReplica)
	}
	a.set("kms:BypassPolicyLockoutSafetyCheck", boolText(val(in.BypassPolicyLockoutSafetyCheck, false)))
	a.set("aws:RequestedRegion", wire.Text(in.ReplicaRegion))
	a.requestTags(in.Tags)
	out = append(out, service.Question{Action: "kms:CreateKey", Resource: "*", Context: a.keys, Multi: a.multi})
	if len(in.Tags) > 0 {
		t := &about{}
		callerKeys(c, t)
		t.set("aws:RequestedRegion", wire.Text(in.ReplicaRegion))
		t.requestTags(in.Tags)
		out = append(out, service.Question{Action: "kms:TagResource", Resource: arnOf(c.Partition, wire.Text(in.ReplicaRegion), c.Account, "*"), Context: t.keys})
	}
	return out, nil
}

// forPrimary says why a key is not one whose multi-Region key can be changed.
func (k *Key) forPrimary() error {
	if !k.isPrimary() {
		return api.UnsupportedOperationException.New("%s is not a multi-region primary key.", k.ARN())
	}
	return nil
}

func (s *Service) replicateKey(u *use, in *api.ReplicateKeyInput) (*api.ReplicateKeyOutput, error) {
	if err := u.key.forPrimary(); err != nil {
		return nil, err
	}
	if err := u.key.refuse(); err != nil && u.key.State != api.KeyStatePendingImport {
		return nil, err
	}
	if !slices.Contains(s.Regions, *in.ReplicaRegion) {
		return nil, invalid("%s is not a Region of this server.", *in.ReplicaRegion)
	}
	r := u.key.replica(*in.ReplicaRegion, u.Time.UTC().Truncate(time.Millisecond))
	if _, err := keyTable.Get(u.Tx, keyTable.Key(r)); err == nil {
		return nil, api.AlreadyExistsException.New("%s already exists.", r.ARN())
	} else if !store.IsAbsent(err) {
		return nil, err
	}
	r.Description = wire.Text(in.Description)
	var err error
	if r.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	text := val(in.Policy, fmt.Sprintf(defaultPolicy, u.Partition, u.Account))
	if err := s.setPolicy(u.Call, r, text, val(in.BypassPolicyLockoutSafetyCheck, false)); err != nil {
		return nil, err
	}
	if err := s.insertReplica(u, r); err != nil {
		return nil, err
	}
	touch(u.Call, r)
	copies, err := s.copiesOf(u, r)
	if err != nil {
		return nil, err
	}
	return &api.ReplicateKeyOutput{ReplicaKeyMetadata: r.metadata(copies), ReplicaPolicy: &text, ReplicaTags: shownTags(r.Tags)}, nil
}

// insertReplica stores a replica of the call's key, with the material if that is KMS's own.
func (s *Service) insertReplica(u *use, r *Key) error {
	if r.Origin != api.OriginTypeExternal {
		if err := s.copyMaterial(u.Tx, u.key.Key, r); err != nil {
			return err
		}
		return save(u.Tx, nil, r)
	}
	if err := save(u.Tx, nil, r); err != nil {
		return err
	}
	return s.holdRotation(u.Tx, r)
}
