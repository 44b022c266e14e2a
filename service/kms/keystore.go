package kms

import (
	api "vauban/api/kms"
	"vauban/service"
)

// This file answers for custom key stores, of which there are none: neither CloudHSM clusters nor external key managers can be reached from here. A root
// key in an HSM is what package seal has for that.

func (s *Service) keyStoreOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpDescribeCustomKeyStores, onAll[api.DescribeCustomKeyStoresInput](nil), s.describeKeyStores),
		service.Writes(api.OpCreateCustomKeyStore, onAll[api.CreateCustomKeyStoreInput](nil), s.createKeyStore),
		service.Writes(api.OpConnectCustomKeyStore, onAll[api.ConnectCustomKeyStoreInput](nil), func(_ *service.Call, in *api.ConnectCustomKeyStoreInput) (*api.ConnectCustomKeyStoreOutput, error) {
			return nil, noKeyStore(*in.CustomKeyStoreId)
		}),
		service.Writes(api.OpDisconnectCustomKeyStore, onAll[api.DisconnectCustomKeyStoreInput](nil), func(_ *service.Call, in *api.DisconnectCustomKeyStoreInput) (*api.DisconnectCustomKeyStoreOutput, error) {
			return nil, noKeyStore(*in.CustomKeyStoreId)
		}),
		service.Writes(api.OpUpdateCustomKeyStore, onAll[api.UpdateCustomKeyStoreInput](nil), func(_ *service.Call, in *api.UpdateCustomKeyStoreInput) (*api.UpdateCustomKeyStoreOutput, error) {
			return nil, noKeyStore(*in.CustomKeyStoreId)
		}),
		service.Writes(api.OpDeleteCustomKeyStore, onAll[api.DeleteCustomKeyStoreInput](nil), func(_ *service.Call, in *api.DeleteCustomKeyStoreInput) (*api.DeleteCustomKeyStoreOutput, error) {
			return nil, noKeyStore(*in.CustomKeyStoreId)
		}),
	}
}

func (s *Service) describeKeyStores(_ *service.Call, in *api.DescribeCustomKeyStoresInput) (*api.DescribeCustomKeyStoresOutput, error) {
	switch {
	case in.Marker != nil:
		return nil, badMarker()
	case in.CustomKeyStoreId != nil:
		return nil, noKeyStore(*in.CustomKeyStoreId)
	case in.CustomKeyStoreName != nil:
		return nil, noKeyStore(*in.CustomKeyStoreName)
	}
	return &api.DescribeCustomKeyStoresOutput{CustomKeyStores: []api.CustomKeyStoresListEntry{}, Truncated: new(false)}, nil
}

func (s *Service) createKeyStore(_ *service.Call, in *api.CreateCustomKeyStoreInput) (*api.CreateCustomKeyStoreOutput, error) {
	if in.CloudHsmClusterId != nil {
		return nil, api.CloudHsmClusterNotFoundException.New("CloudHSM cluster %s does not exist: this server has no CloudHSM clusters and no custom key stores.", *in.CloudHsmClusterId)
	}
	return nil, api.UnsupportedOperationException.New("Custom key stores are not supported by this server.")
}
