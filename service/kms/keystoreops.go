package kms

import (
	"errors"
	"time"

	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/xks"
	"vauban/store"
)

func (s *Service) keyStoreOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpDescribeCustomKeyStores, onAll[api.DescribeCustomKeyStoresInput](nil), s.describeKeyStores),
		service.Acts(api.OpCreateCustomKeyStore, onAll[api.CreateCustomKeyStoreInput](nil), s.createKeyStore),
		service.Acts(api.OpUpdateCustomKeyStore, onAll[api.UpdateCustomKeyStoreInput](nil), s.updateKeyStore),
		service.Acts(api.OpConnectCustomKeyStore, onAll[api.ConnectCustomKeyStoreInput](nil), s.connectKeyStore),
		service.Writes(api.OpDisconnectCustomKeyStore, onAll[api.DisconnectCustomKeyStoreInput](nil), s.disconnectKeyStore),
		service.Writes(api.OpDeleteCustomKeyStore, onAll[api.DeleteCustomKeyStoreInput](nil), s.deleteKeyStore),
	}
}

// maxKeyStores is the quota of an account and Region. KMS Developer Guide: "Resource quotas".
const maxKeyStores = 10

func (s *Service) describeKeyStores(c *service.Call, in *api.DescribeCustomKeyStoresInput) (*api.DescribeCustomKeyStoresOutput, error) {
	p, err := pageOf(in.Marker, in.Limit, 100)
	if err != nil {
		return nil, err
	}
	if in.CustomKeyStoreId != nil && in.CustomKeyStoreName != nil {
		return nil, invalid("Specify CustomKeyStoreId or CustomKeyStoreName, but not both.")
	}
	var list store.Page[KeyStore]
	var one *KeyStore
	switch {
	case in.CustomKeyStoreId != nil:
		one, err = keyStores.Get(c.Tx, keyOf(c.Account, c.Region, *in.CustomKeyStoreId))
	case in.CustomKeyStoreName != nil:
		one, err = keyStores.ByUnique(c.Tx, "name", store.K(c.Account, c.Region, *in.CustomKeyStoreName))
	default:
		list, err = keyStores.List(c.Tx, store.K(c.Account, c.Region), p.after, p.limit)
	}
	switch {
	case store.IsAbsent(err):
		return nil, noKeyStore(wire.Text(in.CustomKeyStoreId) + wire.Text(in.CustomKeyStoreName))
	case err != nil:
		return nil, err
	case one != nil:
		list.Items = []*KeyStore{one}
	}
	out := &api.DescribeCustomKeyStoresOutput{CustomKeyStores: []api.CustomKeyStoresListEntry{}, NextMarker: marker(list.Next), Truncated: new(list.Next != nil)}
	for _, k := range list.Items {
		out.CustomKeyStores = append(out.CustomKeyStores, k.entry())
	}
	return out, nil
}

// createKeyStore asks the proxy how it is before anything is stored, as AWS does for proxies with a public endpoint.
func (s *Service) createKeyStore(c *service.Call, in *api.CreateCustomKeyStoreInput) (*api.CreateCustomKeyStoreOutput, error) {
	if err := checkNewStore(in); err != nil {
		return nil, err
	}
	k := &KeyStore{
		Account: c.Account, Region: c.Region, Name: *in.CustomKeyStoreName, Created: c.Time.UTC().Truncate(time.Millisecond), State: api.ConnectionStateTypeDisconnected,
		Endpoint: *in.XksProxyUriEndpoint, Path: *in.XksProxyUriPath,
	}
	var err error
	if k.ID, err = newKeyStoreID(s.Rand); err != nil {
		return nil, err
	}
	if err := s.credential(k, in.XksProxyAuthenticationCredential); err != nil {
		return nil, err
	}
	if err := s.Store.Read(c, k.refuseNew); err != nil { // before a proxy is asked that is another's, or for nothing
		return nil, err
	}
	if err := s.askable(c, k); err != nil {
		return nil, refusedStore(err)
	}
	out := &api.CreateCustomKeyStoreOutput{CustomKeyStoreId: &k.ID}
	return out, c.Commit(func(tx store.Tx) error {
		if err := k.refuseNew(tx); err != nil {
			return err
		}
		c.Record().Response = out
		return keyStores.Insert(tx, k)
	})
}

// checkNewStore refuses what is missing, and what is not built.
func checkNewStore(in *api.CreateCustomKeyStoreInput) error {
	if val(in.CustomKeyStoreType, api.CustomKeyStoreTypeAwsCloudhsm) == api.CustomKeyStoreTypeAwsCloudhsm {
		if in.CloudHsmClusterId != nil {
			return api.CloudHsmClusterNotFoundException.New("CloudHSM cluster %s does not exist: this server has no CloudHSM clusters. An external key store reaches any HSM through a proxy.", *in.CloudHsmClusterId)
		}
		return api.UnsupportedOperationException.New("Custom key stores of type AWS_CLOUDHSM are not supported: this server has no CloudHSM clusters. Use CustomKeyStoreType EXTERNAL_KEY_STORE, whose proxy can stand before any HSM.")
	}
	if in.CloudHsmClusterId != nil || in.KeyStorePassword != nil || in.TrustAnchorCertificate != nil {
		return invalid("CloudHsmClusterId, KeyStorePassword and TrustAnchorCertificate are not valid for a custom key store of type EXTERNAL_KEY_STORE.")
	}
	if err := refuseVPC(in.XksProxyConnectivity, in.XksProxyVpcEndpointServiceName, in.XksProxyVpcEndpointServiceOwner); err != nil {
		return err
	}
	missing := ""
	switch {
	case in.XksProxyConnectivity == nil:
		missing = "XksProxyConnectivity"
	case in.XksProxyUriEndpoint == nil:
		missing = "XksProxyUriEndpoint"
	case in.XksProxyUriPath == nil:
		missing = "XksProxyUriPath"
	case in.XksProxyAuthenticationCredential == nil:
		missing = "XksProxyAuthenticationCredential"
	default:
		return nil
	}
	return invalid("%s is required for a custom key store of type EXTERNAL_KEY_STORE.", missing)
}

// refuseVPC refuses connectivity through a VPC: there are none here, and a proxy at a private address is reached at that.
func refuseVPC(connectivity, name, owner *string) error {
	if val(connectivity, "") != api.XksProxyConnectivityTypeVpcEndpointService && wire.Text(name) == "" && owner == nil {
		return nil
	}
	return api.UnsupportedOperationException.New("XksProxyConnectivity VPC_ENDPOINT_SERVICE is not supported: this server has no VPC endpoint services. Use PUBLIC_ENDPOINT; a proxy at a private address is reached when the operator has allowed its network with --allow-private.")
}

// refuseNew refuses one more key store than the quota, and what refuseTaken refuses.
func (k *KeyStore) refuseNew(tx store.Tx) error {
	have, err := keyStores.Count(tx, store.K(k.Account, k.Region), maxKeyStores)
	if err != nil {
		return err
	}
	if have >= maxKeyStores {
		return api.LimitExceededException.New("This account has %d custom key stores in this Region, which is the limit.", maxKeyStores)
	}
	return k.refuseTaken(tx)
}

// refuseTaken refuses a name or an address that another key store has.
func (k *KeyStore) refuseTaken(tx store.Tx) error {
	other, err := keyStores.ByUnique(tx, "name", store.K(k.Account, k.Region, k.Name))
	switch {
	case err == nil && other.ID != k.ID:
		return api.CustomKeyStoreNameInUseException.New("The custom key store name %s is already in use in this account and Region.", k.Name)
	case err != nil && !store.IsAbsent(err):
		return err
	}
	other, err = keyStores.ByUnique(tx, "uri", store.K(k.Account, k.Region, k.uri()))
	switch {
	case err == nil && other.ID != k.ID:
		return api.XksProxyUriInUseException.New("The external key store proxy at %s is already associated with custom key store %s.", k.uri(), other.ID)
	case err != nil && !store.IsAbsent(err):
		return err
	}
	return nil
}

// probe asks the proxy how it is. When all its key managers are unavailable there are both an answer and an error.
func (s *Service) probe(c *service.Call, k *KeyStore, operation string) (*xks.Health, error) {
	p, err := s.proxy(k)
	if err != nil {
		return nil, err
	}
	return s.external.Health(c, p, xks.About{Operation: operation, RequestID: c.RequestID})
}

// health is a probe of a key store that there is, and measured.
func (s *Service) health(c *service.Call, k *KeyStore, operation string) (h *xks.Health, err error) {
	err = s.asking(c, k.Account, k.Region, k.ID, operation, "GetHealthStatus", func() error {
		h, err = s.probe(c, k, operation)
		return err
	})
	return h, err
}

// healthy reports to a client why a proxy cannot be used: nil when it can.
func (s *Service) healthy(c *service.Call, k *KeyStore, operation string) error {
	if err := s.asks.take(c); err != nil {
		return err
	}
	_, err := s.health(c, k, operation)
	return err
}

// askable is healthy for a key store that there is not yet: it has no metrics.
func (s *Service) askable(c *service.Call, k *KeyStore) error {
	if err := s.asks.take(c); err != nil {
		return err
	}
	_, err := s.probe(c, k, "CreateCustomKeyStore")
	if p, ok := errors.AsType[*xks.Problem](err); ok {
		noteProblem(c, p)
	}
	return err
}

func (s *Service) deleteKeyStore(c *service.Call, in *api.DeleteCustomKeyStoreInput) (*api.DeleteCustomKeyStoreOutput, error) {
	held, err := s.namedKeyStore(c, *in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	k := held.KeyStore
	noteStore(c, k)
	if k.State != api.ConnectionStateTypeDisconnected {
		return nil, k.inState("Disconnect it before it is deleted.")
	}
	switch used, err := keyTable.HasRef(c.Tx, "store", keyStores.Key(k)); {
	case err != nil:
		return nil, err
	case used:
		return nil, api.CustomKeyStoreHasCMKsException.New("Custom key store %s has KMS keys, which may be pending deletion. It can be deleted when they are gone.", k.ID)
	}
	return &api.DeleteCustomKeyStoreOutput{}, keyStores.Delete(c.Tx, keyStores.Key(k))
}

// inState refuses what the state of the connection does not allow.
func (k *KeyStore) inState(next string) error {
	return api.CustomKeyStoreInvalidStateException.New("The connection state of custom key store %s is %s. %s", k.ID, k.State, next)
}
