package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vauban/eventlog"
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

// must performs a call of IAM for the administrator, which has to succeed.
func (l *live) must(action string, pairs ...string) reply {
	l.t.Helper()
	r := l.as(l.admin, "iam", action, pairs...)
	if r.status != http.StatusOK {
		l.t.Fatalf("%s: %d %s", action, r.status, r.body)
	}
	return r
}

// element is the text of the first element of that name.
func (r reply) element(name string) string {
	if m := regexp.MustCompile("<" + name + ">([^<]*)</" + name + ">").FindStringSubmatch(r.body); m != nil {
		return m[1]
	}
	return ""
}

// user makes a user with an access key and, unless doc is "", an inline policy.
func (l *live) user(name, doc string) *sigv4.Signer {
	l.t.Helper()
	l.must("CreateUser", "UserName", name)
	if doc != "" {
		l.must("PutUserPolicy", "UserName", name, "PolicyName", "own", "PolicyDocument", doc)
	}
	k := l.must("CreateAccessKey", "UserName", name)
	return &sigv4.Signer{AccessKeyID: k.element("AccessKeyId"), Secret: sigv4.SecretKey(k.element("SecretAccessKey")), Region: "us-east-1"}
}

// trail is the event names of the log, newest first.
func (l *live) trail() []*eventlog.Entry {
	l.t.Helper()
	entries, _, err := l.Log().Lookup(context.Background(), eventlog.Query{Account: account, Limit: 50})
	if err != nil {
		l.t.Fatal(err)
	}
	return entries
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

// turning is a clock that tests turn.
type turning struct{ at atomic.Int64 }

func newTurning() *turning {
	c := &turning{}
	c.at.Store(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).UnixNano())
	return c
}

func (c *turning) Now() time.Time { return time.Unix(0, c.at.Load()).UTC() }

func (c *turning) turn(d time.Duration) { c.at.Add(int64(d)) }

const (
	mayAll  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	mayNone = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
)

func numbered(prefix string, n int) string { return fmt.Sprintf("%s-%03d", prefix, n) }
