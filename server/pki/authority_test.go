package pki

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// clock is a clock that tests set.
type clock struct{ atomic.Int64 }

func newClock(t time.Time) *clock        { c := &clock{}; c.set(t); return c }
func (c *clock) set(t time.Time)         { c.Store(t.UnixNano()) }
func (c *clock) now() time.Time          { return time.Unix(0, c.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.Add(int64(d)) }
func (c *clock) options(n ...string) Options {
	return Options{Hostname: "builder-7", Names: n, Clock: c.now}
}

func open(t *testing.T, dir string, o Options) *Authority {
	t.Helper()
	a, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// handshake connects to the authority's server under a name with a client that trusts the bundle, and returns what it saw.
func handshake(t *testing.T, a *Authority, bundle []byte, name string, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		t.Fatal("the bundle holds no certificate")
	}
	client = client.Clone()
	client.RootCAs, client.ServerName, client.Time = roots, name, a.opts.Clock
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	config := a.TLSConfig()
	config.Time = a.opts.Clock
	server := tls.Server(there, config)
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	c := tls.Client(here, client)
	err := c.Handshake()
	here.Close()
	<-done
	return c.ConnectionState(), err
}

func mustConnect(t *testing.T, a *Authority, bundle []byte, name string) tls.ConnectionState {
	t.Helper()
	state, err := handshake(t, a, bundle, name, &tls.Config{NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return state
}

func TestFirstStart(t *testing.T) {
	dir, c := t.TempDir(), newClock(start)
	a := open(t, dir, c.options("vauban.example.com", "203.0.113.9", "2001:db8::1", "*.wild.example.org"))
	for file, mode := range map[string]os.FileMode{keyFile: 0o600, bundleFile: 0o644} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
	saved, err := os.ReadFile(a.CAPath())
	if err != nil || !bytes.Equal(saved, a.CABundle()) {
		t.Errorf("%s differs from the bundle: %v", a.CAPath(), err)
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "builder-7", "iam.localhost", "bucket.s3.localhost", "bucket.s3.builder-7",
		"vauban.example.com", "bucket.s3.vauban.example.com", "203.0.113.9", "2001:db8::1", "any.wild.example.org"} {
		if state := mustConnect(t, a, saved, name); state.NegotiatedProtocol != "h2" || state.Version != tls.VersionTLS13 {
			t.Errorf("%s: %s, version %x", name, state.NegotiatedProtocol, state.Version)
		}
	}
	for _, name := range []string{"example.com", "192.0.2.1", "a.b.localhost", "wild.example.org"} {
		if _, err := handshake(t, a, saved, name, &tls.Config{}); err == nil {
			t.Errorf("%s is served", name)
		}
	}
	again := open(t, dir, c.options())
	if !again.key.Equal(a.key) {
		t.Error("the second start has another key")
	}
	if now, _ := os.ReadFile(a.CAPath()); !bytes.Equal(now, saved) {
		t.Error("the second start changed the bundle")
	}
	mustConnect(t, again, saved, "localhost")
}

func TestProtocolVersions(t *testing.T) {
	a := open(t, "", newClock(start).options())
	if a.CAPath() != "" {
		t.Errorf("an ephemeral authority has a file %s", a.CAPath())
	}
	for _, test := range []struct {
		client *tls.Config
		ok     bool
	}{
		{&tls.Config{MaxVersion: tls.VersionTLS12}, true},
		{&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}, false},
		{&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
	} {
		if _, err := handshake(t, a, a.CABundle(), "localhost", test.client); (err == nil) != test.ok {
			t.Errorf("up to %x: %v", test.client.MaxVersion, err)
		}
	}
	if state, err := handshake(t, a, a.CABundle(), "localhost", &tls.Config{NextProtos: []string{"http/1.1"}}); err != nil || state.NegotiatedProtocol != "http/1.1" {
		t.Errorf("%q, %v", state.NegotiatedProtocol, err)
	}
}

// TestForeignNamesAreNotPermitted: what the authority's key signs for names that are not the server's, no client believes.
func TestForeignNamesAreNotPermitted(t *testing.T) {
	a := open(t, "", newClock(start).options())
	a.names.dns, a.names.ips = []string{"www.example.com"}, nil
	c, err := a.issue(start)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate.Load())
	_, err = c.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: start, DNSName: "www.example.com"})
	if err == nil || !strings.Contains(err.Error(), "not permitted") {
		t.Errorf("got %v", err)
	}
}

func TestRenewalWhileRunning(t *testing.T) {
	c := newClock(start)
	a := open(t, t.TempDir(), c.options())
	bundle := a.CABundle()
	ctx, cancel := context.WithCancel(t.Context())
	ticks := make(chan time.Time)
	var done sync.WaitGroup
	done.Go(func() { a.run(ctx, ticks) })
	tick := func() { ticks <- c.now(); ticks <- c.now() } // when the second is taken, the first has been worked off
	first := mustConnect(t, a, bundle, "localhost").PeerCertificates[0]

	c.advance(59 * day)
	tick()
	if got := mustConnect(t, a, bundle, "localhost").PeerCertificates[0]; !got.Equal(first) {
		t.Error("renewed too early")
	}
	c.advance(2 * day)
	tick()
	second := mustConnect(t, a, bundle, "localhost").PeerCertificates[0]
	if second.Equal(first) || second.NotAfter.Sub(c.now()) < 89*day {
		t.Errorf("not renewed: valid until %v", second.NotAfter)
	}
	cancel()
	done.Wait()
}

// TestClockJumps: whatever happens to the clock, the next handshake has a certificate that is valid then.
func TestClockJumps(t *testing.T) {
	c := newClock(start)
	a := open(t, t.TempDir(), c.options())
	for _, jump := range []time.Duration{100 * day, -100 * day, -5 * 365 * day, 8 * 365 * day, 40 * 365 * day, -55 * 365 * day} {
		c.advance(jump)
		state, err := handshake(t, a, a.CABundle(), "localhost", &tls.Config{})
		if err != nil { // the bundle may have been renewed in this handshake
			state, err = handshake(t, a, a.CABundle(), "localhost", &tls.Config{})
		}
		if err != nil {
			t.Fatalf("after %v: %v", jump, err)
		}
		if leaf := state.PeerCertificates[0]; c.now().Before(leaf.NotBefore) || c.now().After(leaf.NotAfter) {
			t.Errorf("after %v: valid from %v to %v at %v", jump, leaf.NotBefore, leaf.NotAfter, c.now())
		}
	}
}

// TestAuthorityIsRenewedWithItsKey: a client with the old bundle goes on until that expires.
func TestAuthorityIsRenewedWithItsKey(t *testing.T) {
	dir, c := t.TempDir(), newClock(start)
	old := open(t, dir, c.options()).CABundle()
	c.advance(authorityLifetime - 300*day)
	var log bytes.Buffer
	o := c.options()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	a := open(t, dir, o)
	if bytes.Equal(a.CABundle(), old) || !strings.Contains(log.String(), "give clients the new bundle") {
		t.Fatalf("not renewed: %s", log.String())
	}
	mustConnect(t, a, old, "localhost")
	mustConnect(t, a, a.CABundle(), "localhost")
	c.advance(310 * day)
	mustConnect(t, a, a.CABundle(), "localhost")
	if _, err := handshake(t, a, old, "localhost", &tls.Config{}); err == nil {
		t.Error("an expired bundle is still trusted")
	}
}

func TestNamesOfTheNetworkNeedNoNewTrust(t *testing.T) {
	dir, c := t.TempDir(), newClock(start)
	old := open(t, dir, c.options()).CABundle()
	moved := open(t, dir, c.options("vauban.corp.internal", "10.1.2.3", "fd00::7"))
	mustConnect(t, moved, old, "vauban.corp.internal")
	mustConnect(t, moved, old, "10.1.2.3")
	public := open(t, dir, c.options("vauban.example.com"))
	if bytes.Equal(public.CABundle(), old) {
		t.Error("the authority does not permit its server's name")
	}
	mustConnect(t, public, public.CABundle(), "vauban.example.com")
	back := open(t, dir, c.options())
	if !bytes.Equal(public.CABundle(), back.CABundle()) {
		t.Error("a name less changes the bundle")
	}
}

func TestManyFirstStarts(t *testing.T) {
	dir, c := t.TempDir(), newClock(start)
	authorities := make([]*Authority, 8)
	var wg sync.WaitGroup
	for i := range authorities {
		wg.Go(func() {
			a, err := Open(dir, c.options())
			if err != nil {
				t.Error(err)
				return
			}
			authorities[i] = a
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	bundle, err := os.ReadFile(filepath.Join(dir, bundleFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range authorities {
		if !a.key.Equal(authorities[0].key) {
			t.Fatal("two keys")
		}
		mustConnect(t, a, bundle, "localhost")
	}
}

func TestBrokenFiles(t *testing.T) {
	c := newClock(start)
	write := func(name, content string, mode os.FileMode) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			os.Remove(path)
			if err := os.WriteFile(path, []byte(content), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name  string
		spoil func(*testing.T, string)
		want  []string // parts of the message; nil when it must open
	}{
		{"bundle gone", remove(bundleFile), nil},
		{"key gone", remove(keyFile), []string{"its key", "restore the key from a backup", "trust anew"}},
		{"key empty", write(keyFile, "", 0o600), []string{"ca.key is damaged", "no PEM block", "restore it from a backup"}},
		{"key garbage", write(keyFile, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0o600), []string{"ca.key is damaged"}},
		{"key open to all", func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, keyFile), 0o644); err != nil {
				t.Fatal(err)
			}
		}, []string{"mode 0644", "chmod 600"}},
		{"key a directory", func(t *testing.T, dir string) {
			remove(keyFile)(t, dir)
			if err := os.Mkdir(filepath.Join(dir, keyFile), 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"ca.key is damaged"}},
		{"bundle garbage", write(bundleFile, "hello", 0o644), []string{"ca.pem is damaged"}},
		{"bundle of another authority", func(t *testing.T, dir string) {
			write(bundleFile, string(open(t, "", c.options()).CABundle()), 0o644)(t, dir)
		}, []string{"does not belong to", "delete ca.pem to have it made again"}},
		{"no directory", func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, []string{"the data directory must exist"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			open(t, dir, c.options())
			test.spoil(t, dir)
			_, err := Open(dir, c.options())
			if (err == nil) != (test.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	n, err := newNames("Host.Example.COM.", []string{"10.0.0.1", "[::1]", "::ffff:10.0.0.1", "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	want := "localhost *.localhost *.s3.localhost host.example.com *.host.example.com *.s3.host.example.com 127.0.0.1 ::1 10.0.0.1"
	if got := strings.Join(n.list(), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n, err := newNames("not a name!", nil); err != nil || len(n.base) != 1 {
		t.Errorf("a host's strange name: %v, %v", n, err)
	}
	for _, bad := range []string{"", "https://x.example.com", "x.example.com:443", "10.0.0", "10.0.0.1/8", "fe80::1%eth0", "-a.example.com", "é.example.com", "a..b", strings.Repeat("a.", 200) + "a", "*.*.example.com"} {
		if _, err := newNames("h", []string{bad}); err == nil || !strings.Contains(err.Error(), "neither a DNS name nor an IP address") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{"a.example.com", "10.0.0.1", "*.x", "::1", "xn--bcher-kva.example"} {
		f.Add(seed)
	}
	c := newClock(start)
	f.Fuzz(func(t *testing.T, name string) {
		a, err := Open("", c.options(name))
		if err != nil {
			return
		}
		roots := x509.NewCertPool()
		roots.AddCert(a.certificate.Load())
		if _, err := a.leaf.Load().Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: start, DNSName: "localhost"}); err != nil {
			t.Fatalf("with the name %q: %v", name, err)
		}
	})
}
