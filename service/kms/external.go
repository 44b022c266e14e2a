package kms

import (
	"crypto/sha256"
	"errors"
	"time"

	api "vauban/api/kms"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/service/kms/material"
	"vauban/service/kms/xks"
	"vauban/store"
)

// This file is what holds for keys in external key stores: they encrypt twice, with material of KMS inside and with the external key, by its proxy, outside.
// Each use is one call of the proxy, in no transaction. KMS Developer Guide: "How external key stores work".

// isExternal reports whether the key is in an external key store.
func (k *Key) isExternal() bool { return k.Store != "" }

// storeOf is the key store of an external key.
func (s *Service) storeOf(c *service.Call, k *Key) (*heldStore, error) {
	return s.keyStore(c, k.Account, k.Region, k.Store)
}

// refuseUnconnected refuses the use of a key whose key store is not connected.
func (s *Service) refuseUnconnected(u *use) error {
	if !u.key.isExternal() {
		return nil
	}
	k, err := s.storeOf(u.Call, u.key.Key)
	if err != nil || k.State == api.ConnectionStateTypeConnected {
		return err
	}
	return api.KMSInvalidStateException.New("%s", notConnected)
}

// shownState is the state of a key as it is shown: one whose key store was disconnected on purpose is unavailable. KMS Developer Guide: "Key states of AWS
// KMS keys".
func (s *Service) shownState(c *service.Call, k *Key) (string, error) {
	if !k.isExternal() || k.State != api.KeyStateEnabled && k.State != api.KeyStateDisabled {
		return k.State, nil
	}
	held, err := s.storeOf(c, k)
	if err == nil && held.State == api.ConnectionStateTypeDisconnected {
		return api.KeyStateUnavailable, nil
	}
	return k.State, err
}

// boundOutside is the additional data of the outer encryption: a digest, because a header and an encryption context may be longer than what all proxies take.
func boundOutside(head []byte, context map[string]string) []byte {
	sum := sha256.Sum256(appendContext(append(make([]byte, 0, len(head)+maxContextForm(context)), head...), context))
	return sum[:]
}

// sealOutside encrypts once more, with the external key.
func (s *Service) sealOutside(u *use, head, inner []byte, context map[string]string) (sealed *xks.Sealed, err error) {
	k, err := s.storeOf(u.Call, u.key.Key)
	if err != nil {
		return nil, err
	}
	err = s.asking(u.Call, k.Account, k.Region, k.ID, u.operation, "Encrypt", func() error {
		sealed, err = s.external.Encrypt(u, k.proxy, u.key.External, u.told(), inner, boundOutside(head, context))
		return err
	})
	return sealed, refusedUse(err)
}

// openOutside undoes sealOutside.
func (s *Service) openOutside(u *use, b *blob, context map[string]string) (inner []byte, err error) {
	k, err := s.storeOf(u.Call, u.key.Key)
	if err != nil {
		return nil, err
	}
	err = s.asking(u.Call, k.Account, k.Region, k.ID, u.operation, "Decrypt", func() error {
		inner, err = s.external.Decrypt(u, k.proxy, u.key.External, u.told(), b.outer, boundOutside(b.header, context))
		return err
	})
	return inner, refusedUse(err)
}

// told is what the proxy learns of a use.
func (u *use) told() xks.About {
	a := aboutCall(u.Call, u.operation)
	a.Key = u.key.arn
	return a
}

// aboutCall is what the proxy learns of a call: who makes it, through which service, and what the trail calls it.
func aboutCall(c *service.Call, operation string) xks.About {
	a := xks.About{Principal: principalOf(c.Caller), Operation: operation, RequestID: c.RequestID}
	if n := len(c.Caller.CalledVia); n > 0 {
		a.Via = viaService(c.Caller.CalledVia[n-1], c.Region)
	}
	return a
}

// principalOf is the caller as aws:PrincipalArn has it: of a session of a role, the role.
func principalOf(w *service.Caller) string {
	switch {
	case w.ServiceName != "":
		return w.ServiceName
	case w.Session != nil && w.Session.Issuer.Kind == policy.RoleSession && w.Session.Issuer.ARN != "":
		return w.Session.Issuer.ARN
	}
	return w.ARN
}

// asking calls a proxy, and measures how that goes. KMS Developer Guide: "Monitor KMS keys with Amazon CloudWatch".
func (s *Service) asking(c *service.Call, account, region, id, operation, call string, fn func() error) error {
	began := s.Clock()
	err := fn()
	note := func(name, unit string, value float64, more ...service.Dimension) {
		s.Meter.Measure(service.Measurement{
			Account: account, Region: region, Namespace: "AWS/KMS", Name: name, Value: value, Unit: unit, Time: s.Clock(),
			Dimensions: append([]service.Dimension{{Name: "CustomKeyStoreId", Value: id}, {Name: "KmsOperation", Value: operation}, {Name: "XksOperation", Value: call}, {Name: "KeySpec", Value: material.Symmetric}}, more...),
		})
	}
	var p *xks.Problem
	switch {
	case err == nil:
		note("XksProxyLatency", "Milliseconds", float64(s.Clock().Sub(began))/float64(time.Millisecond))
	case errors.As(err, &p):
		kind := "Non-retryable errors"
		if p.Retryable() {
			kind = "Retryable errors"
		}
		if c.Account == account { // others need not know what is between us and the proxy
			noteProblem(c, p)
		}
		note("XksProxyErrors", "Count", 1, service.Dimension{Name: "ErrorType", Value: kind}, service.Dimension{Name: "ExceptionName", Value: string(p.Reason)})
	}
	return err
}

// noteProblem adds to the record what the client is not told: the proxy's own words. What the network said is for the server's log only.
func noteProblem(c *service.Call, p *xks.Problem) {
	r := c.Record()
	if r.AdditionalData == nil {
		r.AdditionalData = map[string]any{}
	}
	r.AdditionalData["xksProxyError"] = p.Told()
}

// connectedStore is the key store in which a key is to be made.
func (s *Service) connectedStore(c *service.Call, id string) (*heldStore, error) {
	k, err := s.namedKeyStore(c, id)
	if err != nil {
		return nil, err
	}
	if k.State != api.ConnectionStateTypeConnected {
		return nil, api.CustomKeyStoreInvalidStateException.New("%s", notConnected)
	}
	return k, nil
}

// checkExternal asks the proxy whether the key that is to be made can encrypt.
func (s *Service) checkExternal(c *service.Call, in *api.CreateKeyInput) error {
	k, err := s.connectedStore(c, *in.CustomKeyStoreId)
	if err != nil {
		return err
	}
	var m *xks.Metadata
	err = s.asking(c, k.Account, k.Region, k.ID, "CreateKey", "GetKeyMetadata", func() error {
		m, err = s.external.Metadata(c, k.proxy, *in.XksKeyId, aboutCall(c, "CreateKey"))
		return err
	})
	switch {
	case err != nil:
		return refusedKey(err)
	case !m.Encrypts():
		return api.XksKeyInvalidConfigurationException.New("The external key %s must be an enabled AES_256 key for ENCRYPT and DECRYPT; its proxy says that it is an AES key of spec %q, status %s, for %q.", *in.XksKeyId, m.Spec, m.Status, m.Usage)
	}
	return nil
}

// refuseTakenKey refuses an external key that another key of the key store has, in the transaction that makes the key.
func (k *Key) refuseTakenKey(tx store.Tx) error {
	taken, err := keyTable.HasRef(tx, "external", store.K(k.Account, k.Region, k.Store, k.External))
	if err != nil || !taken {
		return err
	}
	return api.XksKeyAlreadyInUseException.New("The external key %s is already associated with another KMS key in custom key store %s.", k.External, k.Store)
}
