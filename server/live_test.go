package server_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vauban/gateway/sigv4"
	"vauban/server"
)

const (
	account   = "111122223333"
	adminKey  = "AKIAADMINADMINADMIN1"
	adminPass = "admin/secret"
	patience  = 20 * time.Second // how long a condition may take to come true on a busy machine
)

// live is a server of a test with its administrator.
type live struct {
	*server.Server
	t      testing.TB
	client *http.Client // of a live listener
	clock  func() time.Time
	admin  *sigv4.Signer
}

func configured(cfg server.Config) server.Config {
	cfg.Account, cfg.AdminAccessKeyID, cfg.AdminSecretAccessKey = account, adminKey, adminPass
	if cfg.API == "" {
		cfg.API = "https://127.0.0.1:0"
	}
	if cfg.Grace == 0 {
		cfg.Grace = patience
	}
	return cfg
}

func newLive(t testing.TB, s *server.Server, cfg server.Config) *live {
	l := &live{Server: s, t: t, clock: time.Now, admin: &sigv4.Signer{AccessKeyID: adminKey, Secret: adminPass, Region: "us-east-1"}}
	if cfg.Clock != nil {
		l.clock = cfg.Clock
	}
	return l
}

// listening starts a server with a listener, and checks at the end that nothing of it is left.
func listening(t testing.TB, cfg server.Config) *live {
	t.Helper()
	before := goleak.IgnoreCurrent()
	cfg = configured(cfg)
	s, err := server.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	l := newLive(t, s, cfg)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CA())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	l.client = &http.Client{Transport: transport, Timeout: patience}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		goleak.VerifyNone(t, before)
	})
	return l
}

// opened is a server without a listener.
func opened(t testing.TB, cfg server.Config) *live {
	t.Helper()
	cfg = configured(cfg)
	s, err := server.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return newLive(t, s, cfg)
}

// reply is what came back.
type reply struct {
	status int
	code   string // error code, "" on success
	body   string
}

var codePattern = regexp.MustCompile(`<Code>([^<]*)</Code>`)

func read(res *http.Response, body []byte) reply {
	r := reply{status: res.StatusCode, body: string(body)}
	if m := codePattern.FindStringSubmatch(r.body); m != nil {
		r.code = m[1]
	}
	return r
}

// request is a signed call of IAM or STS. pairs are names and values.
func (l *live) request(who *sigv4.Signer, service, action string, pairs ...string) *http.Request {
	l.t.Helper()
	form := url.Values{"Action": {action}, "Version": {map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	base := "https://vauban.test"
	if l.client != nil {
		base = l.URL()
	}
	body := form.Encode()
	r, err := http.NewRequest(http.MethodPost, base+"/", strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s := *who
	s.Service = service
	if err := s.Sign(r, sigv4.PayloadHash([]byte(body)), l.clock()); err != nil {
		l.t.Fatal(err)
	}
	return r
}

// do performs the call, over the network where there is a listener.
func (l *live) do(r *http.Request) (reply, error) {
	if l.client == nil {
		w := httptest.NewRecorder()
		r.RemoteAddr = "192.0.2.10:4711"
		l.ServeHTTP(w, r)
		return read(w.Result(), w.Body.Bytes()), nil
	}
	res, err := l.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return read(res, b), err
}

// as performs a call for somebody.
func (l *live) as(who *sigv4.Signer, service, action string, pairs ...string) reply {
	l.t.Helper()
	r, err := l.do(l.request(who, service, action, pairs...))
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// eventually waits until the condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal(what)
		}
	}
}

// dial opens a connection and makes the TLS handshake.
func (l *live) dial(protocols ...string) *tls.Conn {
	l.t.Helper()
	u, err := url.Parse(l.URL())
	if err != nil {
		l.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(l.CA())
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", u.Host, &tls.Config{RootCAs: pool, NextProtos: protocols})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

func (l *live) address() string {
	u, err := url.Parse(l.URL())
	if err != nil {
		l.t.Fatal(err)
	}
	return u.Host
}

// raw is the request as HTTP/1.1 writes it.
func raw(t testing.TB, r *http.Request) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
