package kms

import (
	"slices"
	"time"

	api "vauban/api/kms"
	"vauban/store"
)

// Appointment is when something is to be done to a key by itself. They are in the order of time, so that the job that keeps them reads no others.
type Appointment struct {
	At      time.Time `json:"at"`
	Account string    `json:"account"`
	Region  string    `json:"region"`
	Key     string    `json:"key"`
}

var appointments = &store.Table[Appointment]{
	Name: "kms.appointment",
	Key:  func(a *Appointment) store.Key { return store.K(a.At, a.Account, a.Region, a.Key) },
}

// due is when something happens to the key by itself next: it is deleted or rotated, or imported material expires; zero for never. Disabled keys are not
// rotated: one that is enabled again may be overdue. KMS Developer Guide: "Rotate AWS KMS keys".
func (k *Key) due() time.Time {
	switch {
	case k.State == api.KeyStatePendingDeletion:
		return earlier(k.Deletion, k.expiry())
	case k.State == api.KeyStateEnabled && k.Rotation.Days > 0 && !k.isReplica():
		return earlier(k.Rotation.Next, k.expiry())
	}
	return k.expiry()
}

// earlier is the earlier of two times of which the zero one never comes.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (k *Key) appointment() *Appointment {
	if k == nil || k.due().IsZero() {
		return nil
	}
	return &Appointment{At: k.due(), Account: k.Account, Region: k.Region, Key: k.ID}
}

// save stores the key with its appointment; was is the document that it replaces, nil for a new key.
func save(tx store.Tx, was, k *Key) error {
	old, now := was.appointment(), k.appointment()
	if old != nil && (now == nil || *now != *old) {
		if err := appointments.Delete(tx, appointments.Key(old)); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	if now != nil && (old == nil || *now != *old) {
		if err := appointments.Put(tx, now); err != nil {
			return err
		}
	}
	if was == nil {
		return keyTable.Insert(tx, k)
	}
	return keyTable.Update(tx, k)
}

// changeKey changes the document of a key, which must exist.
func changeKey(tx store.Tx, key store.Key, fn func(k *Key) error) error {
	k, err := keyTable.Get(tx, key)
	if err != nil {
		return err
	}
	was := k.appointed()
	if err := fn(k); err != nil {
		return err
	}
	return save(tx, was, k)
}

// appointed is a copy of the key that keeps when it is due, whatever is changed in the key.
func (k *Key) appointed() *Key {
	was := *k
	was.Generations = slices.Clone(k.Generations)
	if k.Pending != nil {
		was.Pending = new(*k.Pending)
	}
	return &was
}
