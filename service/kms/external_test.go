package kms_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/eventlog"
	"vauban/gateway/sigv4"
	"vauban/server"
	"vauban/test/keyproxy"
)

// house is a server with an external key store proxy beside it, on loopback.
type house struct {
	t     *testing.T
	s     *server.Server
	proxy *keyproxy.Proxy
	url   string // of the proxy
	time  atomic.Int64
}

func (h *house) now() time.Time { return time.Unix(0, h.time.Load()).UTC() }

// pass moves the time, which stands still otherwise.
func (h *house) pass(d time.Duration) { h.time.Add(int64(d)) }

// turn does one turn of a job.
func (h *house) turn(job string) {
	h.t.Helper()
	if err := h.s.Turn(h.t.Context(), job); err != nil {
		h.t.Fatal(err)
	}
}

// asked are the calls of the proxy since it was asked last, but those by which the server watches it.
func (h *house) asked() []keyproxy.Asked {
	return slices.DeleteFunc(h.proxy.Asked(), func(a keyproxy.Asked) bool { return a.About["kmsOperation"] == "KmsHealthCheck" })
}

type values = map[string]any

const (
	proxyPath   = "/kms/xks/v1"
	proxyID     = "AKIAPROXYPROXYPROXY2"
	proxySecret = "proxy/secret/proxy/secret/proxy/secret/proxy+"
)

func newHouse(t *testing.T) *house {
	h := &house{t: t, proxy: &keyproxy.Proxy{Paths: []string{proxyPath}, AccessKeyID: proxyID, Secret: proxySecret}}
	h.time.Store(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC).UnixNano())
	h.proxy.Clock = h.now
	for i := range 4 {
		h.proxy.Put(fmt.Sprintf("hsm-%d", i), keyproxy.Key{Material: [32]byte{byte(i)}})
	}
	p := httptest.NewTLSServer(h.proxy)
	t.Cleanup(p.Close)
	h.url = p.URL
	ca := filepath.Join(t.TempDir(), "proxy.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := server.Open(context.Background(), server.Config{
		Account: "111122223333", AdminAccessKeyID: "AKIAADMINADMINADMIN1", AdminSecretAccessKey: "admin/secret", Clock: h.now, KeyStoreTime: time.Minute,
		Carriers: server.Carriers{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, EndpointCA: ca},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	h.s = s
	return h
}

// send makes a signed request.
func (h *house) send(service, method, uri string, header map[string]string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, uri, bytes.NewReader(body))
	r.Host, r.RemoteAddr = "vauban.test", "192.0.2.10:4711"
	for k, v := range header {
		r.Header.Set(k, v)
	}
	signer := &sigv4.Signer{AccessKeyID: "AKIAADMINADMINADMIN1", Secret: "admin/secret", Region: "us-east-1", Service: service}
	if err := signer.Sign(r, sigv4.PayloadHash(body), h.now()); err != nil {
		h.t.Error(err)
	}
	w := httptest.NewRecorder()
	h.s.ServeHTTP(w, r)
	return w
}

// ask calls KMS. code is "" when it succeeds.
func (h *house) ask(operation string, in values) (out values, code string) {
	body, err := json.Marshal(in)
	if err != nil {
		h.t.Error(err)
	}
	w := h.send("kms", http.MethodPost, "/", map[string]string{"X-Amz-Target": "TrentService." + operation, "Content-Type": "application/x-amz-json-1.1"}, body)
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		h.t.Errorf("%s: %d %q: %v", operation, w.Code, w.Body, err)
	}
	code, _ = out["__type"].(string)
	if strings.Contains(w.Body.String(), proxySecret) {
		h.t.Errorf("%s gives the secret out: %s", operation, w.Body)
	}
	return out, code
}

// ok is ask of what must succeed.
func (h *house) ok(operation string, in values) values {
	h.t.Helper()
	out, code := h.ask(operation, in)
	if code != "" {
		h.t.Fatalf("%s %v: %v", operation, in, out)
	}
	return out
}

// no is ask of what must fail, with words that hold some text.
func (h *house) no(code, words, operation string, in values) {
	h.t.Helper()
	out, got := h.ask(operation, in)
	if text, _ := out["message"].(string); got != code || !strings.Contains(text, words) {
		h.t.Errorf("%s %v: %v, want %s … %s", operation, in, out, code, words)
	}
}

func credential(secret string) values {
	return values{"AccessKeyId": proxyID, "RawSecretAccessKey": secret}
}

func (h *house) settings(name string) values {
	return values{
		"CustomKeyStoreName": name, "CustomKeyStoreType": "EXTERNAL_KEY_STORE", "XksProxyConnectivity": "PUBLIC_ENDPOINT", "XksProxyUriEndpoint": h.url,
		"XksProxyUriPath": proxyPath, "XksProxyAuthenticationCredential": credential(proxySecret),
	}
}

// connected is a connected key store.
func (h *house) connected() string {
	id, _ := h.ok("CreateCustomKeyStore", h.settings("hsm"))["CustomKeyStoreId"].(string)
	h.ok("ConnectCustomKeyStore", values{"CustomKeyStoreId": id})
	return id
}

func (h *house) key(store, external string) string {
	out := h.ok("CreateKey", values{"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": external})
	id, _ := out["KeyMetadata"].(values)["KeyId"].(string)
	return id
}

// state is the connection state of a key store, with its error.
func (h *house) state(id string) string {
	h.t.Helper()
	list, _ := h.ok("DescribeCustomKeyStores", values{"CustomKeyStoreId": id})["CustomKeyStores"].([]any)
	if len(list) != 1 {
		h.t.Fatalf("key stores: %v", list)
	}
	e := list[0].(values)
	if e["ConnectionErrorCode"] != nil {
		return fmt.Sprint(e["ConnectionState"], " ", e["ConnectionErrorCode"])
	}
	return e["ConnectionState"].(string)
}

// record is the trail's record of the last call of an operation.
func (h *house) record(operation string) (out struct {
	ErrorCode, ErrorMessage             string
	RequestID                           string
	RequestParameters, ResponseElements values
	AdditionalEventData                 values
}) {
	h.t.Helper()
	entries, _, err := h.s.Log().Lookup(h.t.Context(), eventlog.Query{Account: "111122223333", Limit: 50})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(string(e.Record), proxySecret) {
			h.t.Errorf("the log holds the secret: %s", e.Record)
		}
	}
	for _, e := range entries {
		if e.Name == operation {
			if err := json.Unmarshal(e.Record, &out); err != nil {
				h.t.Fatal(err)
			}
			return out
		}
	}
	h.t.Fatalf("there is no record of %s", operation)
	return out
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
