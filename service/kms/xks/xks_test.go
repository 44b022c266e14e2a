package xks_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vauban/carrier"
	"vauban/carrier/web"
	"vauban/service/kms/xks"
	"vauban/test/keyproxy"
)

const path = "/shop/kms/xks/v1"

func now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// bench is a client before a proxy that serves on loopback.
type bench struct {
	*xks.Client
	proxy *keyproxy.Proxy
	as    *xks.Proxy
	ca    []byte
}

func newBench(t *testing.T) *bench {
	b := &bench{proxy: &keyproxy.Proxy{Paths: []string{path}, AccessKeyID: "AKIAPROXYPROXYPROXY2", Secret: "proxy/secret", Clock: now}}
	b.proxy.Put("key.1", keyproxy.Key{Material: [32]byte{1}})
	s := httptest.NewTLSServer(b.proxy)
	t.Cleanup(s.Close)
	b.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	b.as = &xks.Proxy{Endpoint: s.URL, Path: path, Region: "eu-west-1", AccessKeyID: b.proxy.AccessKeyID, Secret: "proxy/secret"}
	b.Client = &xks.Client{Web: client(t, b.ca), Clock: now, Timeout: time.Minute}
	return b
}

func client(t *testing.T, ca []byte) *web.Client {
	c, err := web.New(web.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, CA: ca})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var about = xks.About{Principal: "arn:aws:iam::111122223333:user/Alice", Key: "arn:aws:kms:eu-west-1:111122223333:key/k", Operation: "Encrypt", RequestID: "r-1", Via: "s3.eu-west-1.amazonaws.com"}

// reason is why a call failed, "" when it did not.
func reason(t *testing.T, err error) xks.Reason {
	t.Helper()
	var p *xks.Problem
	if err != nil && !errors.As(err, &p) {
		t.Fatalf("%v is no problem of a proxy", err)
	}
	if p == nil {
		return ""
	}
	return p.Reason
}

func TestCalls(t *testing.T) {
	b := newBench(t)
	if h, err := b.Health(t.Context(), b.as, xks.About{Operation: "ConnectCustomKeyStore", RequestID: "r-0"}); err != nil || h.FleetSize != 1 || len(h.Fleet) != 2 || h.Fleet[0].Status != xks.Active {
		t.Errorf("health: %+v, %v", h, err)
	}
	if m, err := b.Metadata(t.Context(), b.as, "key.1", about); err != nil || !m.Encrypts() {
		t.Errorf("metadata: %+v, %v", m, err)
	}
	plain, aad := []byte("hello, key manager"), []byte("aad")
	sealed, err := b.Encrypt(t.Context(), b.as, "key.1", about, plain, aad)
	if err != nil || bytes.Equal(sealed.Ciphertext, plain) || string(sealed.Metadata) != "key_version=1" {
		t.Fatalf("encrypt: %+v, %v", sealed, err)
	}
	if got, err := b.Decrypt(t.Context(), b.as, "key.1", about, sealed, aad); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("decrypt: %q, %v", got, err)
	}
	other := *sealed
	other.Metadata = []byte("key_version=2")
	for name, try := range map[string]func() ([]byte, error){
		"other data":     func() ([]byte, error) { return b.Decrypt(t.Context(), b.as, "key.1", about, sealed, []byte("other")) },
		"other metadata": func() ([]byte, error) { return b.Decrypt(t.Context(), b.as, "key.1", about, &other, aad) },
	} {
		if _, err := try(); reason(t, err) != xks.InvalidCiphertext {
			t.Errorf("%s: %v", name, err)
		}
	}
	asked := b.proxy.Asked()
	if len(asked) != 6 || asked[2].About["awsPrincipalArn"] != about.Principal || asked[2].About["kmsKeyArn"] != about.Key || asked[2].About["kmsOperation"] != "Encrypt" ||
		asked[2].About["kmsRequestId"] != "r-1" || asked[2].About["kmsViaService"] != about.Via || string(asked[2].AAD) != "aad" || asked[2].Bytes != len(plain) {
		t.Errorf("the proxy was asked %+v", asked)
	}
	for _, a := range asked[1:] {
		if a.From != asked[0].From {
			t.Errorf("the connection was not kept: %s, %s", asked[0].From, a.From)
		}
	}
}

// TestFaults: what a proxy does wrong has a name, and none of it is taken for an answer.
func TestFaults(t *testing.T) {
	b := newBench(t)
	sealed, err := b.Encrypt(t.Context(), b.as, "key.1", about, []byte("plain"), nil)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func() error{
		"health":   func() error { _, err := b.Health(t.Context(), b.as, about); return err },
		"metadata": func() error { _, err := b.Metadata(t.Context(), b.as, "key.1", about); return err },
		"encrypt":  func() error { _, err := b.Encrypt(t.Context(), b.as, "key.1", about, []byte("plain"), nil); return err },
		"decrypt":  func() error { _, err := b.Decrypt(t.Context(), b.as, "key.1", about, sealed, nil); return err },
	}
	all := []string{"health", "metadata", "encrypt", "decrypt"}
	for _, c := range []struct {
		fault keyproxy.Fault
		calls []string
		want  xks.Reason
	}{
		{keyproxy.Garbage, all, xks.Malformed},
		{keyproxy.Shape, all, xks.Malformed},
		{keyproxy.Endless, all, xks.Malformed},
		{keyproxy.Redirect, all, xks.Malformed},
		{keyproxy.Flipped, []string{"encrypt"}, xks.Malformed},
		{keyproxy.Unvouched, []string{"encrypt"}, xks.Malformed},
		{keyproxy.Short, []string{"encrypt"}, xks.Malformed},
		{keyproxy.LongTag, []string{"encrypt"}, xks.Malformed},
		{keyproxy.Talkative, []string{"encrypt"}, xks.Malformed},
		{keyproxy.Degraded, all, ""},
		{keyproxy.Unavailable, []string{"health"}, xks.AllUnavailable},
		{keyproxy.NoFleet, []string{"health"}, xks.Malformed},
		{keyproxy.Limping, []string{"health"}, xks.Malformed},
		{"UnheardOfException", all, xks.Malformed},
		{"ThrottlingException", all, xks.Throttled},
		{"InternalException", all, xks.Internal},
		{"AccessDeniedException", all, xks.AccessDenied},
		{"InvalidStateException", all, xks.InvalidState},
		{"DependencyTimeoutException", all, xks.DependencyTimeout},
		{"UnsupportedOperationException", all, xks.Unsupported},
		{"", all, ""},
	} {
		b.proxy.Fail(c.fault)
		for _, name := range c.calls {
			if got := reason(t, calls[name]()); got != c.want {
				t.Errorf("%s, %s: %q, want %q", c.fault, name, got, c.want)
			}
		}
	}
}

// TestWrongSettings: what is wrong on our side.
func TestWrongSettings(t *testing.T) {
	b := newBench(t)
	ask := func(change func(*xks.Proxy)) xks.Reason {
		p := *b.as
		change(&p)
		_, err := b.Metadata(t.Context(), &p, "key.1", about)
		return reason(t, err)
	}
	for name, c := range map[string]struct {
		change func(*xks.Proxy)
		want   xks.Reason
	}{
		"nothing":               {func(*xks.Proxy) {}, ""},
		"secret":                {func(p *xks.Proxy) { p.Secret = "another" }, xks.AuthenticationFailed},
		"access key":            {func(p *xks.Proxy) { p.AccessKeyID = "AKIAANOTHERANOTHER22" }, xks.AuthenticationFailed},
		"path":                  {func(p *xks.Proxy) { p.Path = "/kms/xks/v1" }, xks.InvalidURIPath},
		"port":                  {func(p *xks.Proxy) { p.Endpoint = "https://127.0.0.1:1" }, xks.Unreachable},
		"a name without a cert": {func(p *xks.Proxy) { p.Endpoint = strings.Replace(p.Endpoint, "127.0.0.1", "localhost", 1) }, xks.TLS},
		"a private address":     {func(p *xks.Proxy) { p.Endpoint = "https://10.255.255.1" }, xks.Forbidden},
	} {
		if got := ask(c.change); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if _, err := b.Metadata(t.Context(), b.as, "key.2", about); reason(t, err) != xks.KeyNotFound {
		t.Errorf("an unknown key: %v", err)
	}
	b.Web = client(t, nil)
	if got := ask(func(*xks.Proxy) {}); got != xks.TLS {
		t.Errorf("an unknown authority: %q", got)
	}
}

// TestHang: a call ends at its time, whatever the proxy does.
func TestHang(t *testing.T) {
	b := newBench(t)
	b.proxy.Fail(keyproxy.Hang)
	b.Timeout = 20 * time.Millisecond
	if _, err := b.Encrypt(t.Context(), b.as, "key.1", about, []byte("plain"), nil); reason(t, err) != xks.TimedOut {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Encrypt(ctx, b.as, "key.1", about, []byte("plain"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who asked is gone: %v", err)
	}
}

// timed is a client that notes how long a call may last.
type timed struct {
	carrier.Web
	last time.Duration
}

func (w *timed) Do(r *http.Request, timeout time.Duration) (*http.Response, error) {
	w.last = timeout
	return w.Web.Do(r, time.Minute)
}

func TestTime(t *testing.T) {
	b := newBench(t)
	w := &timed{Web: b.Web}
	b.Web, b.Timeout = w, 0
	if _, err := b.Health(t.Context(), b.as, about); err != nil || w.last != 250*time.Millisecond {
		t.Errorf("a call may last %v: %v", w.last, err)
	}
}

// TestIntegrityValue is the example of the specification's Appendix C.
func TestIntegrityValue(t *testing.T) {
	bytesOf := func(s string) []byte {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	s := &xks.Sealed{IV: bytesOf("HMrlRw85cAJUd5Ax"), Tag: bytesOf("vBxN2ncH1oEkR8WVXpmyYQ=="), Metadata: bytesOf("a2V5X3ZlcnNpb249MQ=="), Ciphertext: bytesOf("ghxkK1txeDNn3q8Y")}
	if got := base64.StdEncoding.EncodeToString(s.Integrity([]byte("project=nile,department=marketing"))); got != "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=" {
		t.Error(got)
	}
}

// TestMetadataIsShort: what clients may see of a proxy's words has a bound.
func TestMetadataIsShort(t *testing.T) {
	long := strings.Repeat("x", 33)
	for body, want := range map[string]xks.Reason{
		`{"keySpec":"AES_256","keyUsage":["ENCRYPT","` + long[1:] + `"],"keyStatus":"ENABLED"}`: "",
		`{"keySpec":"` + long + `","keyUsage":["ENCRYPT"],"keyStatus":"ENABLED"}`:               xks.Malformed,
		`{"keySpec":"AES_256","keyUsage":["ENCRYPT","` + long + `"],"keyStatus":"ENABLED"}`:     xks.Malformed,
	} {
		b := newBench(t)
		p := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		b.as.Endpoint = p.URL
		if _, err := b.Metadata(t.Context(), b.as, "key.1", about); reason(t, err) != want {
			t.Errorf("%s: %v", body, err)
		}
		p.Close()
	}
}
