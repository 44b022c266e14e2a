package kms_test

import (
	"maps"
	"testing"

	"vauban/test/keyproxy"
)

// with is a copy of the values with some others.
func with(in values, more values) values {
	out := maps.Clone(in)
	maps.Copy(out, more)
	return out
}

// TestKeyStoreLife: a key store from its creation to its end, and what is refused on the way.
func TestKeyStoreLife(t *testing.T) {
	h := newHouse(t)
	in := h.settings("hsm")
	for _, c := range []struct{ code, words, member string }{
		{"ValidationException", "XksProxyConnectivity is required", "XksProxyConnectivity"}, {"ValidationException", "XksProxyUriEndpoint is required", "XksProxyUriEndpoint"},
		{"ValidationException", "XksProxyUriPath is required", "XksProxyUriPath"}, {"ValidationException", "XksProxyAuthenticationCredential is required", "XksProxyAuthenticationCredential"},
		{"UnsupportedOperationException", "no CloudHSM clusters", "CustomKeyStoreType"},
	} {
		without := maps.Clone(in)
		delete(without, c.member)
		h.no(c.code, c.words, "CreateCustomKeyStore", without)
	}
	h.no("UnsupportedOperationException", "--allow-private", "CreateCustomKeyStore", with(in, values{"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE", "XksProxyVpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"}))
	h.no("ValidationException", "CloudHsmClusterId", "CreateCustomKeyStore", with(in, values{"CloudHsmClusterId": "cluster-abcdefghijk"}))
	h.no("ValidationException", "", "CreateCustomKeyStore", with(in, values{"XksProxyUriEndpoint": "http://127.0.0.1"}))
	if asked := h.asked(); len(asked) != 0 {
		t.Errorf("the proxy was asked %+v", asked)
	}
	h.no("XksProxyIncorrectAuthenticationCredentialException", "could not authenticate", "CreateCustomKeyStore", with(in, values{"XksProxyAuthenticationCredential": credential("another/secret/another/secret/another/secret+")}))
	h.no("XksProxyInvalidConfigurationException", "URI path", "CreateCustomKeyStore", with(in, values{"XksProxyUriPath": "/elsewhere/kms/xks/v1"}))
	h.no("XksProxyUriUnreachableException", "cannot communicate", "CreateCustomKeyStore", with(in, values{"XksProxyUriEndpoint": "https://127.0.0.1:1"}))
	h.no("XksProxyUriUnreachableException", "--allow-private", "CreateCustomKeyStore", with(in, values{"XksProxyUriEndpoint": "https://10.255.255.1"}))
	for fault, code := range map[keyproxy.Fault]string{
		keyproxy.Garbage: "XksProxyInvalidResponseException", keyproxy.Unavailable: "XksProxyUriUnreachableException", "ThrottlingException": "XksProxyUriUnreachableException",
		"InternalException": "XksProxyInvalidResponseException", keyproxy.NoFleet: "XksProxyInvalidResponseException",
	} {
		h.proxy.Fail(fault)
		h.no(code, "", "CreateCustomKeyStore", in)
	}
	h.proxy.Fail(keyproxy.Degraded)
	id := h.ok("CreateCustomKeyStore", in)["CustomKeyStoreId"]
	h.proxy.Fail("")
	r := h.record("CreateCustomKeyStore")
	if r.ResponseElements["customKeyStoreId"] != id || r.RequestParameters["customKeyStoreName"] != "hsm" || r.RequestParameters["xksProxyUriEndpoint"] != h.url {
		t.Errorf("record: %+v", r)
	}
	one := values{"CustomKeyStoreId": id}
	h.no("CustomKeyStoreNameInUseException", "hsm", "CreateCustomKeyStore", in)
	h.no("XksProxyUriInUseException", h.url, "CreateCustomKeyStore", h.settings("other"))
	h.no("CustomKeyStoreInvalidStateException", "nothing to disconnect", "DisconnectCustomKeyStore", one)

	// It does not connect: that is its state, not an error.
	h.proxy.Fail("AccessDeniedException")
	h.ok("ConnectCustomKeyStore", one)
	if got := h.state(id.(string)); got != "FAILED XKS_PROXY_ACCESS_DENIED" {
		t.Error(got)
	}
	h.proxy.Fail("")
	h.no("CustomKeyStoreInvalidStateException", "FAILED", "ConnectCustomKeyStore", one)
	h.no("CustomKeyStoreInvalidStateException", "FAILED", "DeleteCustomKeyStore", one)
	h.no("CustomKeyStoreInvalidStateException", "FAILED", "UpdateCustomKeyStore", with(one, values{"NewCustomKeyStoreName": "x"}))
	h.ok("DisconnectCustomKeyStore", one)
	h.ok("ConnectCustomKeyStore", one)
	h.ok("ConnectCustomKeyStore", one)
	if got := h.state(id.(string)); got != "CONNECTED" {
		t.Error(got)
	}
	if r := h.record("ConnectCustomKeyStore"); r.AdditionalEventData["customKeyStoreName"] != "hsm" || r.ResponseElements != nil {
		t.Errorf("record: %+v", r)
	}

	// Name, path and credential change while it is connected; the endpoint does not. What does not work is not stored.
	h.ok("UpdateCustomKeyStore", with(one, values{"NewCustomKeyStoreName": "renamed"}))
	h.no("CustomKeyStoreInvalidStateException", "CONNECTED", "UpdateCustomKeyStore", with(one, values{"XksProxyUriEndpoint": h.url}))
	h.no("XksProxyIncorrectAuthenticationCredentialException", "", "UpdateCustomKeyStore", with(one, values{"XksProxyAuthenticationCredential": credential("another/secret/another/secret/another/secret+")}))
	h.no("XksProxyInvalidConfigurationException", "", "UpdateCustomKeyStore", with(one, values{"XksProxyUriPath": "/elsewhere/kms/xks/v1"}))
	h.ok("UpdateCustomKeyStore", with(one, values{"XksProxyAuthenticationCredential": credential(proxySecret)}))
	h.no("CustomKeyStoreInvalidStateException", "CONNECTED", "DeleteCustomKeyStore", one)
	h.no("UnsupportedOperationException", "no random bytes", "GenerateRandom", with(one, values{"NumberOfBytes": 8}))
	h.ok("DisconnectCustomKeyStore", one)
	h.ok("UpdateCustomKeyStore", with(one, values{"XksProxyUriEndpoint": h.url, "XksProxyConnectivity": "PUBLIC_ENDPOINT"}))
	if e := h.ok("DescribeCustomKeyStores", values{"CustomKeyStoreName": "renamed"})["CustomKeyStores"].([]any)[0].(values); e["CustomKeyStoreId"] != id || e["XksProxyConfiguration"].(values)["AccessKeyId"] != proxyID {
		t.Errorf("shown: %v", e)
	}
	h.no("ValidationException", "not both", "DescribeCustomKeyStores", with(one, values{"CustomKeyStoreName": "renamed"}))
	h.ok("DeleteCustomKeyStore", one)
	for _, operation := range []string{"DescribeCustomKeyStores", "ConnectCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore", "DeleteCustomKeyStore"} {
		h.no("CustomKeyStoreNotFoundException", "", operation, one)
	}
}
