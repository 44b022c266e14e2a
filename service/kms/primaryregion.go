package kms

import (
	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// askPrimaryRegion: the policies of both keys, the primary that was and the one that will be, must allow it. KMS API reference: "UpdatePrimaryRegion".
func (s *Service) askPrimaryRegion(c *service.Call, in *api.UpdatePrimaryRegionInput) ([]service.Question, error) {
	out, err := onKey(s, api.OpUpdatePrimaryRegion, func(_ *service.Call, in *api.UpdatePrimaryRegionInput, a *about) {
		a.id = wire.Text(in.KeyId)
		a.set("kms:PrimaryRegion", wire.Text(in.PrimaryRegion))
	})(c, in)
	if err != nil {
		return nil, err
	}
	f := c.Found.(*found)
	if f.key == nil || !f.key.isPrimary() || f.key.Region == wire.Text(in.PrimaryRegion) {
		return out, nil
	}
	next := &found{account: f.account, arn: arnOf(c.Partition, wire.Text(in.PrimaryRegion), f.account, f.key.ID)}
	if next.key, err = s.keys.get(c.Tx, keyOf(f.account, wire.Text(in.PrimaryRegion), f.key.ID)); err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	a := &about{}
	a.set("kms:PrimaryRegion", wire.Text(in.PrimaryRegion))
	q, err := s.question(c, next, a)
	return append(out, q), err
}

func (s *Service) updatePrimaryRegion(u *use, in *api.UpdatePrimaryRegionInput) (*api.UpdatePrimaryRegionOutput, error) {
	if err := u.key.forPrimary(); err != nil {
		return nil, err
	}
	if err := u.key.refuse(); err != nil {
		return nil, err
	}
	region := *in.PrimaryRegion
	if region == u.key.Region {
		return nil, invalid("%s is the primary key already.", u.key.arn)
	}
	next, err := keyTable.Get(u.Tx, keyOf(u.key.Account, region, u.key.ID))
	if store.IsAbsent(err) {
		return nil, api.NotFoundException.New("Key '%s' does not exist", arnOf(u.Partition, region, u.key.Account, u.key.ID))
	}
	if err != nil {
		return nil, err
	}
	if err := next.refuse(); err != nil {
		return nil, err
	}
	touch(u.Call, next)
	return &api.UpdatePrimaryRegionOutput{}, u.change(func(k *Key) error {
		k.Primary = region
		return s.otherCopies(u.Tx, k, func(o *Key) error {
			o.Primary = region
			if o.Region == region {
				o.Rotation = k.Rotation
			}
			if o.Region == region && o.Pending != nil { // who is primary knows whether a rotation waits for others
				o.Pending.Elsewhere = k.Pending != nil && k.Pending.Elsewhere
			}
			return nil
		})
	})
}
