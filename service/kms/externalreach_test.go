package kms_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"vauban/test/keyproxy"
)

// TestRecordsTellNoNetwork: an owner may name any endpoint, and learns of what is there no more than what kind of failure it was.
func TestRecordsTellNoNetwork(t *testing.T) {
	h := newHouse(t)
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.StartTLS()
	defer stranger.Close()
	for endpoint, want := range map[string]string{
		"https://127.0.0.1:1":     "key store proxy: Unreachable",
		"https://10.255.255.1":    "key store proxy: ForbiddenAddress",
		stranger.URL:              "key store proxy: MalformedResponse (404)",
		inNameOf(t, stranger.URL): "key store proxy: TLSFailure",
	} {
		h.no(map[bool]string{true: "XksProxyInvalidResponseException", false: "XksProxyUriUnreachableException"}[strings.Contains(want, "Malformed")], "", "CreateCustomKeyStore", with(h.settings("hsm"), values{"XksProxyUriEndpoint": endpoint}))
		if got := fmt.Sprint(h.record("CreateCustomKeyStore").AdditionalEventData["xksProxyError"]); got != want {
			t.Errorf("%s: the record says %q, want %q", endpoint, got, want)
		}
	}
}

// inNameOf is the endpoint under a name that its certificate does not have.
func inNameOf(t *testing.T, endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	return "https://localhost:" + u.Port()
}

// TestNoMetricsOfNoStore: a key store that does not come to be leaves no metrics.
func TestNoMetricsOfNoStore(t *testing.T) {
	h := newHouse(t)
	h.proxy.Fail(keyproxy.Unavailable)
	h.no("XksProxyUriUnreachableException", "", "CreateCustomKeyStore", h.settings("hsm"))
	h.turn("cloudwatch.fresh")
	form := url.Values{"Action": {"ListMetrics"}, "Version": {"2010-08-01"}, "Namespace": {"AWS/KMS"}}
	w := h.send("monitoring", http.MethodPost, "/", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, []byte(form.Encode()))
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "CustomKeyStoreId") {
		t.Errorf("metrics: %d %s", w.Code, w.Body)
	}
}

// TestKeyStoresAreCountedFirst: who has all key stores that there may be has no proxy asked for one more.
func TestKeyStoresAreCountedFirst(t *testing.T) {
	h := newHouse(t)
	in := func(i int) values {
		path := fmt.Sprintf("/p%d%s", i, proxyPath)
		h.proxy.Paths = append(h.proxy.Paths, path)
		return with(h.settings(fmt.Sprintf("hsm-%d", i)), values{"XksProxyUriPath": path})
	}
	var all []values
	for i := range 11 {
		all = append(all, in(i))
	}
	for _, one := range all[:10] {
		h.ok("CreateCustomKeyStore", one)
	}
	h.asked()
	h.no("LimitExceededException", "10 custom key stores", "CreateCustomKeyStore", all[10])
	if asked := h.asked(); len(asked) != 0 {
		t.Errorf("the proxy was asked %+v", asked)
	}
}

// TestAskingHasAPace: an account has proxies that it names at will asked only so often, and those of its keys as often as it likes.
func TestAskingHasAPace(t *testing.T) {
	h := newHouse(t)
	id := h.connected()
	key := h.key(id, "hsm-1")
	wrong := with(h.settings("other"), values{"XksProxyUriPath": "/elsewhere/kms/xks/v1"})
	for range 28 { // two turns made and connected the key store
		h.no("XksProxyInvalidConfigurationException", "", "CreateCustomKeyStore", wrong)
	}
	h.asked()
	h.no("ThrottlingException", "Reduce the frequency", "CreateCustomKeyStore", wrong)
	h.no("ThrottlingException", "", "UpdateCustomKeyStore", values{"CustomKeyStoreId": id, "XksProxyAuthenticationCredential": credential(proxySecret)})
	h.ok("DisconnectCustomKeyStore", values{"CustomKeyStoreId": id})
	h.no("ThrottlingException", "", "ConnectCustomKeyStore", values{"CustomKeyStoreId": id})
	if asked := h.asked(); len(asked) != 0 {
		t.Errorf("the proxy was asked %+v", asked)
	}
	h.pass(2e9)
	h.ok("ConnectCustomKeyStore", values{"CustomKeyStoreId": id})
	h.ok("Encrypt", values{"KeyId": key, "Plaintext": b64("text")})
	h.no("ThrottlingException", "", "CreateCustomKeyStore", wrong)
}
