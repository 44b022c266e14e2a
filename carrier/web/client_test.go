package web

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"vauban/carrier"
)

func TestAddresses(t *testing.T) {
	strict := newJudge(nil)
	lenient := newJudge([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::ffff:192.168.1.0/120"), netip.MustParsePrefix("fd00::/8")})
	for _, c := range []struct {
		address         string
		strict, lenient bool
	}{
		{"93.184.215.14", true, true},
		{"2606:4700::6810:84e5", true, true},
		{"64:ff9b::5db8:d70e", true, true}, // NAT64 of a public address
		{"0.0.0.0", false, false},
		{"10.1.2.3", false, true},
		{"::ffff:10.1.2.3", false, true},
		{"64:ff9b::a01:203", false, true}, // NAT64 of 10.1.2.3
		{"100.64.0.1", false, false},
		{"127.0.0.1", false, false},
		{"127.255.255.254", false, false},
		{"::ffff:127.0.0.1", false, false},
		{"64:ff9b::7f00:1", false, false},
		{"169.254.169.254", false, false},
		{"172.31.255.255", false, false},
		{"172.32.0.1", true, true},
		{"192.168.1.7", false, true},
		{"192.168.2.7", false, false},
		{"224.0.0.1", false, false},
		{"255.255.255.255", false, false},
		{"::", false, false},
		{"::1", false, false},
		{"::127.0.0.1", false, false}, // IPv4-compatible
		{"fe80::1%eth0", false, false},
		{"fc00::1", false, false},
		{"fd00:ec2::254", false, true},
		{"ff02::1", false, false},
		{"2002:7f00:1::", false, false},
		{"2001:0:1::", false, false},
		{"64:ff9b:1::7f00:1", false, false},
	} {
		a := netip.MustParseAddr(c.address)
		for j, want := range map[*judge]bool{strict: c.strict, lenient: c.lenient} {
			err := j.check(a)
			if (err == nil) != want || err != nil && !errors.Is(err, carrier.ErrForbiddenAddress) {
				t.Errorf("%s: %v, want allowed %t", a, err, want)
			}
		}
	}
}

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

func get(t *testing.T, c *Client, url string, timeout time.Duration) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(r, timeout)
	if err == nil {
		t.Cleanup(func() { res.Body.Close() })
	}
	return res, err
}

func client(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestLoopbackNeedsTheOperator(t *testing.T) {
	reached := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "127.1"} {
		if _, err := get(t, client(t, Config{}), "http://"+host+":"+port, time.Minute); err == nil || reached {
			t.Errorf("%s was reached: %v", host, err)
		} else if host != "127.1" && !errors.Is(err, carrier.ErrForbiddenAddress) { // which is no address for Go, and no name for most resolvers
			t.Errorf("%s: %v", host, err)
		}
	}
	res, err := get(t, client(t, Config{Allow: loopback()}), s.URL, time.Minute)
	if err != nil || res.StatusCode != http.StatusOK || !reached {
		t.Errorf("allowed: %v, %v", res, err)
	}
}

// TestRebinding: a name that resolves to a public address when it is looked at, and to loopback when it is connected to.
func TestRebinding(t *testing.T) {
	dns, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer dns.Close()
	go answerLoopback(dns)
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", dns.LocalAddr().String())
	}}
	_, err = get(t, client(t, Config{Resolver: resolver}), "http://rebound.example.com/", time.Minute)
	if !errors.Is(err, carrier.ErrForbiddenAddress) {
		t.Errorf("the name resolved to loopback: %v", err)
	}
}

// answerLoopback answers each question with 127.0.0.1, or with nothing for another type than A.
func answerLoopback(c net.PacketConn) {
	buf := make([]byte, 512)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		q := buf[:n]
		end := 12
		for end < n && q[end] != 0 {
			end += int(q[end]) + 1
		}
		if end+5 > n {
			continue
		}
		question := q[12 : end+5]
		answer := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
		if q[end+2] == 1 { // A
			answer[7] = 1
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
		}
		_, _ = c.WriteTo(answer, from)
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Errorf("the redirect to %s was followed", r.URL)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	res, err := get(t, client(t, Config{Allow: loopback()}), s.URL, time.Minute)
	if err != nil || res.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("%v, %v", res, err)
	}
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	if _, err := get(t, client(t, Config{}), "http://10.0.0.1/", time.Minute); !errors.Is(err, carrier.ErrForbiddenAddress) {
		t.Errorf("%v", err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 1000 {
			if _, err := w.Write(make([]byte, 1000)); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	res, err := get(t, client(t, Config{Allow: loopback(), Bytes: 5000}), s.URL, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(res.Body); len(b) != 5000 || err != nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestTimeoutCoversTheBody(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
		}
		<-release
	}))
	defer s.Close()
	defer close(release)
	c := client(t, Config{Allow: loopback()})
	if _, err := get(t, c, s.URL+"/head", 20*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("before the answer: %v", err)
	}
	res, err := get(t, c, s.URL+"/body", 200*time.Millisecond)
	if err == nil { // unless the machine is so busy that the head did not come in time
		_, err = io.ReadAll(res.Body)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("within the body: %v", err)
	}
}

// TestErrorsHoldNoAddress: what fails says where, not with what.
func TestErrorsHoldNoAddress(t *testing.T) {
	c := client(t, Config{Allow: loopback()})
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer silent.Close()
	defer close(release)
	for address, want := range map[string]error{
		"http://me:hush@10.0.0.1/hush?key=hush": carrier.ErrForbiddenAddress, closed.URL + "/hush?key=hush": syscall.ECONNREFUSED, silent.URL + "/hush?key=hush": context.DeadlineExceeded,
	} {
		_, err := get(t, c, address, 20*time.Millisecond)
		if want == syscall.ECONNREFUSED {
			_, err = get(t, c, address, time.Minute)
		}
		if !errors.Is(err, want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", address, err)
		}
		var timed interface{ Timeout() bool }
		if want == context.DeadlineExceeded && (!errors.As(err, &timed) || !timed.Timeout()) {
			t.Errorf("%v is no timeout", err)
		}
	}
}

func TestCertificates(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	var unknown *tls.CertificateVerificationError
	if _, err := get(t, client(t, Config{Allow: loopback()}), s.URL, time.Minute); !errors.As(err, &unknown) {
		t.Errorf("an unknown authority: %v", err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if _, err := get(t, client(t, Config{Allow: loopback(), CA: ca}), s.URL, time.Minute); err != nil {
		t.Errorf("the operator's authority: %v", err)
	}
	if _, err := New(Config{CA: []byte("no certificate")}); err == nil {
		t.Error("a CA file without certificates was taken")
	}
}

func TestOnlyHTTP(t *testing.T) {
	for _, url := range []string{"file:///etc/passwd", "ftp://example.com/", "gopher://example.com/"} {
		if _, err := get(t, client(t, Config{}), url, time.Minute); !errors.Is(err, carrier.ErrForbiddenAddress) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
