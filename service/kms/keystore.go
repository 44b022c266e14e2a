package kms

import (
	"encoding/hex"
	"fmt"
	"io"
	"time"

	api "vauban/api/kms"
	"vauban/gateway/sigv4"
	"vauban/service"
	"vauban/service/kms/xks"
	"vauban/store"
)

// KeyStore is an external key store: a proxy, before an HSM or another key manager of the owner's, whose keys encrypt for KMS keys. KMS Developer Guide:
// "External key stores".
type KeyStore struct {
	Account     string    `json:"account"`
	Region      string    `json:"region"`
	ID          string    `json:"id"` // "cks-1234567890abcdef0"
	Name        string    `json:"name"`
	Created     time.Time `json:"created"`
	State       string    `json:"state"`             // AWS's name of its connection's state
	Failure     string    `json:"failure,omitempty"` // AWS's code of why it could not be connected
	Endpoint    string    `json:"endpoint"`
	Path        string    `json:"path"`
	AccessKeyID string    `json:"accessKeyId"`
	Secret      []byte    `json:"secret"` // the proxy's secret access key, sealed
}

var keyStores = &store.Table[KeyStore]{
	Name:   "kms.keystore",
	Key:    func(k *KeyStore) store.Key { return keyOf(k.Account, k.Region, k.ID) },
	Cached: true,
	Unique: map[string]func(*KeyStore) store.Key{
		"name": func(k *KeyStore) store.Key { return store.K(k.Account, k.Region, k.Name) },
		"uri":  func(k *KeyStore) store.Key { return store.K(k.Account, k.Region, k.uri()) },
	},
}

func (k *KeyStore) uri() string { return k.Endpoint + k.Path }

func newKeyStoreID(random io.Reader) (string, error) {
	var b [9]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make the ID of a key store: %w", err)
	}
	return "cks-" + hex.EncodeToString(b[:])[:17], nil
}

// credential keeps the credential of the proxy: its secret sealed.
func (s *Service) credential(k *KeyStore, in *api.XksProxyAuthenticationCredentialType) (err error) {
	k.AccessKeyID = *in.AccessKeyId
	if k.Secret, err = s.Seal.Seal(keyStores.Name, keyStores.Key(k), []byte(*in.RawSecretAccessKey)); err != nil {
		return fmt.Errorf("seal the credential of a key store: %w", err)
	}
	return nil
}

// proxy is the proxy of a key store, with its credential in the clear.
func (s *Service) proxy(k *KeyStore) (*xks.Proxy, error) {
	secret, err := s.Seal.Open(keyStores.Name, keyStores.Key(k), k.Secret)
	if err != nil {
		return nil, fmt.Errorf("open the credential of key store %s: %w", k.ID, err)
	}
	return &xks.Proxy{Endpoint: k.Endpoint, Path: k.Path, Region: k.Region, AccessKeyID: k.AccessKeyID, Secret: sigv4.SecretKey(secret)}, nil
}

// heldStore is a key store as calls use it. Many share it, so nothing of it may be changed.
type heldStore struct {
	*KeyStore
	proxy *xks.Proxy
}

// keyStore is the key store of that ID; [store.ErrNotFound] when there is none. Calls without a transaction get it from memory.
func (s *Service) keyStore(c *service.Call, account, region, id string) (*heldStore, error) {
	v, err := s.memory.Recall(c, "kms.keystore", account+" "+region+" "+id, func(tx store.Tx) (any, error) {
		k, err := keyStores.Get(tx, keyOf(account, region, id))
		if err != nil {
			return nil, err
		}
		p, err := s.proxy(k)
		return &heldStore{k, p}, err
	})
	if err != nil {
		return nil, err
	}
	return v.(*heldStore), nil
}

// namedKeyStore is the caller's key store of that ID, or what the client learns when there is none.
func (s *Service) namedKeyStore(c *service.Call, id string) (*heldStore, error) {
	k, err := s.keyStore(c, c.Account, c.Region, id)
	if store.IsAbsent(err) {
		return nil, noKeyStore(id)
	}
	return k, err
}

func noKeyStore(id string) error {
	return api.CustomKeyStoreNotFoundException.New("Custom key store %s does not exist in this account and Region.", id)
}

// entry is the key store as the API shows it: all but the secret.
func (k *KeyStore) entry() api.CustomKeyStoresListEntry {
	e := api.CustomKeyStoresListEntry{
		CustomKeyStoreId: &k.ID, CustomKeyStoreName: &k.Name, CustomKeyStoreType: new(api.CustomKeyStoreTypeExternalKeyStore), ConnectionState: &k.State, CreationDate: &k.Created,
		XksProxyConfiguration: &api.XksProxyConfigurationType{
			AccessKeyId: &k.AccessKeyID, Connectivity: new(api.XksProxyConnectivityTypePublicEndpoint), UriEndpoint: &k.Endpoint, UriPath: &k.Path,
		},
	}
	if k.State == api.ConnectionStateTypeFailed {
		e.ConnectionErrorCode = &k.Failure
	}
	return e
}

// noteStore adds to the record what CloudTrail says of a key store beside its ID.
func noteStore(c *service.Call, k *KeyStore) {
	c.Record().AdditionalData = map[string]any{"customKeyStoreName": k.Name}
}
