package kms

import (
	"time"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/store"
)

// This file deletes keys: after a time in which nobody can use them, so that it shows who still would. KMS Developer Guide: "Delete an AWS KMS key".

func (s *Service) deletionOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpScheduleKeyDeletion, func(_ *service.Call, in *api.ScheduleKeyDeletionInput, a *about) {
			a.id, a.idle = wire.Text(in.KeyId), true
			a.set("kms:ScheduleKeyDeletionPendingWindowInDays", number(val(in.PendingWindowInDays, longestWait)))
		}, s.scheduleKeyDeletion),
		writes(s, api.OpCancelKeyDeletion, byID(func(in *api.CancelKeyDeletionInput) *string { return in.KeyId }), s.cancelKeyDeletion),
	}
}

// The waiting time in days.
const (
	shortestWait = 7
	longestWait  = 30
)

func (s *Service) scheduleKeyDeletion(u *use, in *api.ScheduleKeyDeletionInput) (*api.ScheduleKeyDeletionOutput, error) {
	days := val(in.PendingWindowInDays, longestWait)
	if days < shortestWait || days > longestWait {
		return nil, invalid("PendingWindowInDays must be between %d and %d (inclusive).", shortestWait, longestWait)
	}
	out := &api.ScheduleKeyDeletionOutput{KeyId: &u.key.arn, PendingWindowInDays: &days}
	return out, u.change(func(k *Key) error {
		if err := k.refuseDeleted(); err != nil {
			return err
		}
		replicas, err := replicasOf(u.Tx, k)
		if err != nil {
			return err
		}
		k.State, k.Wait = api.KeyStatePendingDeletion, int(days)
		if len(replicas) > 0 { // the time begins when the last replica is gone
			k.State = api.KeyStatePendingReplicaDeletion
		} else {
			k.Deletion = k.deletionFrom(u.Time)
			out.DeletionDate = &k.Deletion
		}
		out.KeyState = &k.State
		return nil
	})
}

// deletionFrom is when a key goes whose waiting time begins now.
func (k *Key) deletionFrom(now time.Time) time.Time {
	return now.UTC().AddDate(0, 0, k.Wait).Truncate(time.Millisecond)
}

// replicasOf are the other keys of a multi-Region primary key, none for other keys.
func replicasOf(tx store.Tx, k *Key) ([]*Key, error) {
	if k.regionType() != api.MultiRegionKeyTypePrimary {
		return nil, nil
	}
	page, err := keyTable.ListRef(tx, "copies", store.K(k.Account, k.ID), nil, 0)
	var out []*Key
	for _, r := range page.Items {
		if r.Region != k.Region {
			out = append(out, r)
		}
	}
	return out, err
}

func (s *Service) cancelKeyDeletion(u *use, _ *api.CancelKeyDeletionInput) (*api.CancelKeyDeletionOutput, error) {
	return &api.CancelKeyDeletionOutput{KeyId: &u.key.arn}, u.change(func(k *Key) error {
		if k.State != api.KeyStatePendingDeletion && k.State != api.KeyStatePendingReplicaDeletion {
			return api.KMSInvalidStateException.New("%s is not pending deletion.", k.ARN())
		}
		k.State, k.Deletion, k.Wait = api.KeyStateDisabled, time.Time{}, 0
		k.settle() // imported material may be missing
		return nil
	})
}

// remove deletes the key with all that hangs on it. What it encrypted cannot be read any more.
func (s *Service) remove(tx store.Tx, k *Key, now time.Time) error {
	for _, g := range k.everyGeneration() {
		if err := forget(tx, materials, materialKey(k.Account, k.Region, k.ID, g.ID)); err != nil {
			return err
		}
	}
	for _, name := range k.Aliases {
		if err := forget(tx, aliasTable, aliasKey(k.Account, k.Region, name)); err != nil {
			return err
		}
	}
	for g, err := range grantTable.Each(tx, store.K(k.Account, k.Region, k.ID)) {
		if err != nil {
			return err
		}
		if err := grantTable.Delete(tx, grantTable.Key(g)); err != nil {
			return err
		}
	}
	if err := forget(tx, usages, keyTable.Key(k)); err != nil {
		return err
	}
	if a := k.appointment(); a != nil {
		if err := forget(tx, appointments, appointments.Key(a)); err != nil {
			return err
		}
	}
	if err := keyTable.Delete(tx, keyTable.Key(k)); err != nil {
		return err
	}
	s.keys.drop(keyTable.Key(k))
	return releasePrimary(tx, k, now)
}

// forget deletes a document that may be gone.
func forget[T any](tx store.Tx, t *store.Table[T], key store.Key) error {
	if err := t.Delete(tx, key); err != nil && !store.IsAbsent(err) {
		return err
	}
	return nil
}

// releasePrimary begins the waiting time of a primary key whose last replica is gone.
func releasePrimary(tx store.Tx, gone *Key, now time.Time) error {
	if gone.regionType() != api.MultiRegionKeyTypeReplica {
		return nil
	}
	key := keyOf(gone.Account, gone.Primary, gone.ID)
	k, err := keyTable.Get(tx, key)
	if store.IsAbsent(err) || err == nil && k.State != api.KeyStatePendingReplicaDeletion {
		return nil
	}
	if err != nil {
		return err
	}
	replicas, err := replicasOf(tx, k)
	if err != nil || len(replicas) > 0 {
		return err
	}
	return changeKey(tx, key, func(k *Key) error {
		k.State, k.Deletion = api.KeyStatePendingDeletion, k.deletionFrom(now)
		return nil
	})
}
