package e2e

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"vauban/test/keyproxy"
)

// keyStore is the proxy of an external key store, on loopback.
type keyStore struct {
	*keyproxy.Proxy
	url  string
	args []string // with which a server reaches it
}

// The credential of the proxy.
const (
	keyStoreID     = "XKSPROXYXKSPROXY2345"
	keyStoreSecret = "keystore/secret/keystore/secret/keystore/secret"
)

// newKeyStore serves the paths /a/kms/xks/v1 and /b/kms/xks/v1, with the keys hsm-1 and hsm-2. The server gives it more time than AWS would: a machine that
// is busy with tests is none to measure.
func newKeyStore(t *testing.T) *keyStore {
	k := &keyStore{Proxy: &keyproxy.Proxy{Paths: []string{"/a/kms/xks/v1", "/b/kms/xks/v1"}, AccessKeyID: keyStoreID, Secret: keyStoreSecret, Clock: time.Now}}
	k.Put("hsm-1", keyproxy.Key{Material: [32]byte{1}})
	k.Put("hsm-2", keyproxy.Key{Material: [32]byte{2}})
	s := httptest.NewTLSServer(k)
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "keystore.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	k.url, k.args = s.URL, []string{"--allow-private", "127.0.0.0/8", "--endpoint-ca", ca, "--key-store-time", "60s"}
	return k
}

// connect makes a key store of the path /a, connected, with the Go SDK.
func (k *keyStore) connect(t *testing.T, s *running) string {
	keys := kms.NewFromConfig(s.sdk(t, nil))
	made := call(t, keys.CreateCustomKeyStore, kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: aws.String("gopher"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore, XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
		XksProxyUriEndpoint: &k.url, XksProxyUriPath: aws.String("/a/kms/xks/v1"),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: aws.String(keyStoreID), RawSecretAccessKey: aws.String(keyStoreSecret)},
	})
	call(t, keys.ConnectCustomKeyStore, kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: made.CustomKeyStoreId})
	return *made.CustomKeyStoreId
}
