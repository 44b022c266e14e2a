package kms

import (
	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
)

// This file is the state machine of keys. KMS Developer Guide: "Key states of AWS KMS keys".

func (s *Service) stateOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpEnableKey, byID(func(in *api.EnableKeyInput) *string { return in.KeyId }), s.enableKey),
		writes(s, api.OpDisableKey, func(_ *service.Call, in *api.DisableKeyInput, a *about) { a.id, a.idle = wire.Text(in.KeyId), true }, s.disableKey),
	}
}

// refuse says why a key in its state cannot be used, or changed: nil when it is enabled. Of the states, pending deletion says more than disabled.
func (k *Key) refuse() error {
	if err := k.refusePending(); err != nil {
		return err
	}
	if k.State == api.KeyStateDisabled {
		return api.DisabledException.New("%s is disabled.", k.ARN())
	}
	return nil
}

// refusePending is refuse for what can also be done to disabled keys.
func (k *Key) refusePending() error {
	switch k.State {
	case api.KeyStateEnabled, api.KeyStateDisabled:
		return nil
	case api.KeyStatePendingImport:
		return k.pendingImport()
	}
	return k.refuseDeleted()
}

func (k *Key) pendingImport() error {
	return api.KMSInvalidStateException.New("%s is pending import.", k.ARN())
}

// refuseDeleted is refuse for what can also be done to keys that wait for material.
func (k *Key) refuseDeleted() error {
	switch k.State {
	case api.KeyStatePendingDeletion:
		return api.KMSInvalidStateException.New("%s is pending deletion.", k.ARN())
	case api.KeyStatePendingReplicaDeletion:
		return api.KMSInvalidStateException.New("%s is pending replica deletion.", k.ARN())
	case api.KeyStateUnavailable:
		return api.KMSInvalidStateException.New("%s is unavailable.", k.ARN())
	}
	return nil
}

// refuseUse says why a key cannot be used for an operation that wants keys of a usage.
func (k *Key) refuseUse(usage, operation string) error {
	if err := k.refuse(); err != nil {
		return err
	}
	if k.Usage != usage {
		return api.InvalidKeyUsageException.New("%s key usage is %s which is not valid for %s.", k.ARN(), k.Usage, operation)
	}
	return nil
}

func (s *Service) enableKey(u *use, _ *api.EnableKeyInput) (*api.EnableKeyOutput, error) {
	return &api.EnableKeyOutput{}, u.change(func(k *Key) error {
		if err := k.refusePending(); err != nil {
			return err
		}
		k.State = api.KeyStateEnabled
		return nil
	})
}

func (s *Service) disableKey(u *use, _ *api.DisableKeyInput) (*api.DisableKeyOutput, error) {
	return &api.DisableKeyOutput{}, u.change(func(k *Key) error {
		if err := k.refusePending(); err != nil {
			return err
		}
		k.State = api.KeyStateDisabled
		return nil
	})
}
