package kms

import (
	"errors"

	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/xks"
	"vauban/store"
)

// This file connects key stores, and changes them. The proxy is asked in no transaction: each operation asks first, and commits then what it found.

// connectKeyStore answers when it is known whether the key store is connected: the state CONNECTING is never seen. That it is not is no error of the
// operation, but its state.
func (s *Service) connectKeyStore(c *service.Call, in *api.ConnectCustomKeyStoreInput) (*api.ConnectCustomKeyStoreOutput, error) {
	held, err := s.namedKeyStore(c, *in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	noteStore(c, held.KeyStore)
	switch held.State {
	case api.ConnectionStateTypeConnected:
		return &api.ConnectCustomKeyStoreOutput{}, nil
	case api.ConnectionStateTypeFailed:
		return nil, held.inState("Disconnect it, correct what was wrong, and connect it again.")
	}
	failure, err := connectionError(s.healthy(c, held.KeyStore, "ConnectCustomKeyStore"))
	if err != nil {
		return nil, err
	}
	err = s.changeStore(c, held.ID, func(k *KeyStore) error {
		if k.State != api.ConnectionStateTypeDisconnected || k.uri() != held.uri() || k.AccessKeyID != held.AccessKeyID {
			return k.inState("It was changed while it was being connected. Try again.")
		}
		k.State, k.Failure = api.ConnectionStateTypeConnected, failure
		if failure != "" {
			k.State = api.ConnectionStateTypeFailed
		}
		return nil
	})
	return &api.ConnectCustomKeyStoreOutput{}, err
}

// changeStore commits a change of a key store.
func (s *Service) changeStore(c *service.Call, id string, fn func(*KeyStore) error) error {
	return c.Commit(func(tx store.Tx) error {
		k, err := keyStores.Get(tx, keyOf(c.Account, c.Region, id))
		if store.IsAbsent(err) {
			return noKeyStore(id)
		}
		if err != nil {
			return err
		}
		if err := fn(k); err != nil {
			return err
		}
		if err := k.refuseTaken(tx); err != nil {
			return err
		}
		return keyStores.Update(tx, k)
	})
}

func (s *Service) disconnectKeyStore(c *service.Call, in *api.DisconnectCustomKeyStoreInput) (*api.DisconnectCustomKeyStoreOutput, error) {
	k, err := keyStores.Get(c.Tx, keyOf(c.Account, c.Region, *in.CustomKeyStoreId))
	if store.IsAbsent(err) {
		return nil, noKeyStore(*in.CustomKeyStoreId)
	}
	if err != nil {
		return nil, err
	}
	noteStore(c, k)
	if k.State == api.ConnectionStateTypeDisconnected {
		return nil, k.inState("There is nothing to disconnect.")
	}
	k.State, k.Failure = api.ConnectionStateTypeDisconnected, ""
	return &api.DisconnectCustomKeyStoreOutput{}, keyStores.Update(c.Tx, k)
}

// updateKeyStore changes name, path and credential of a key store that is connected or disconnected, and its endpoint when it is disconnected. New settings
// are tried before they are stored.
func (s *Service) updateKeyStore(c *service.Call, in *api.UpdateCustomKeyStoreInput) (*api.UpdateCustomKeyStoreOutput, error) {
	if in.CloudHsmClusterId != nil || in.KeyStorePassword != nil {
		return nil, invalid("CloudHsmClusterId and KeyStorePassword are not valid for a custom key store of type EXTERNAL_KEY_STORE.")
	}
	if err := refuseVPC(in.XksProxyConnectivity, in.XksProxyVpcEndpointServiceName, in.XksProxyVpcEndpointServiceOwner); err != nil {
		return nil, err
	}
	held, err := s.namedKeyStore(c, *in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	noteStore(c, held.KeyStore)
	tried := *held.KeyStore
	if err := s.revise(&tried, in); err != nil {
		return nil, err
	}
	if in.XksProxyUriEndpoint != nil || in.XksProxyUriPath != nil || in.XksProxyAuthenticationCredential != nil {
		if err := s.Store.Read(c, tried.refuseTaken); err != nil {
			return nil, err
		}
		if err := s.healthy(c, &tried, "UpdateCustomKeyStore"); err != nil {
			return nil, refusedStore(err)
		}
	}
	return &api.UpdateCustomKeyStoreOutput{}, s.changeStore(c, held.ID, func(k *KeyStore) error { return s.revise(k, in) })
}

// revise takes over what an update asks for.
func (s *Service) revise(k *KeyStore, in *api.UpdateCustomKeyStoreInput) error {
	connected := k.State == api.ConnectionStateTypeConnected
	if !connected && k.State != api.ConnectionStateTypeDisconnected || connected && (in.XksProxyUriEndpoint != nil || in.XksProxyConnectivity != nil) {
		return k.inState("Disconnect it before it is changed.")
	}
	k.Name, k.Endpoint, k.Path = val(in.NewCustomKeyStoreName, k.Name), val(in.XksProxyUriEndpoint, k.Endpoint), val(in.XksProxyUriPath, k.Path)
	if in.XksProxyAuthenticationCredential == nil {
		return nil
	}
	return s.credential(k, in.XksProxyAuthenticationCredential)
}

// connectionError is AWS's code of why a proxy cannot be connected: "" when it can. AWS KMS API reference: CustomKeyStoresListEntry.
func connectionError(err error) (string, error) {
	var p *xks.Problem
	switch {
	case err == nil:
		return "", nil
	case !errors.As(err, &p):
		return "", err
	}
	switch p.Reason {
	case xks.AuthenticationFailed:
		return api.ConnectionErrorCodeTypeInvalidCredentials, nil
	case xks.AccessDenied:
		return api.ConnectionErrorCodeTypeXksProxyAccessDenied, nil
	case xks.InvalidURIPath:
		return api.ConnectionErrorCodeTypeXksProxyInvalidConfiguration, nil
	case xks.TLS:
		return api.ConnectionErrorCodeTypeXksProxyInvalidTlsConfiguration, nil
	case xks.TimedOut, xks.DependencyTimeout, xks.Throttled:
		return api.ConnectionErrorCodeTypeXksProxyTimedOut, nil
	case xks.Unreachable, xks.Forbidden, xks.AllUnavailable, xks.InvalidState:
		return api.ConnectionErrorCodeTypeXksProxyNotReachable, nil
	}
	return api.ConnectionErrorCodeTypeXksProxyInvalidResponse, nil
}

// refusedStore is what a client learns of a proxy that does not work with new settings. XKS Proxy API Specification: "Error codes".
func refusedStore(err error) error {
	var p *xks.Problem
	if !errors.As(err, &p) {
		return err
	}
	shape := api.XksProxyInvalidResponseException
	switch p.Reason {
	case xks.AuthenticationFailed:
		shape = api.XksProxyIncorrectAuthenticationCredentialException
	case xks.InvalidURIPath, xks.AccessDenied:
		shape = api.XksProxyInvalidConfigurationException
	case xks.Unreachable, xks.Forbidden, xks.TLS, xks.TimedOut, xks.DependencyTimeout, xks.Throttled, xks.AllUnavailable, xks.InvalidState:
		shape = api.XksProxyUriUnreachableException
	}
	return told(shape, p)
}

// told is an error with the words for a problem.
func told(shape *wire.ErrorShape, p *xks.Problem) error {
	return shape.New("%s", wordsOf(p)).Because(p)
}
