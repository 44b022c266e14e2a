package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/gateway"
	"vauban/server"
)

// closedSoon reads until the server closes the connection; what it sent is returned.
func closedSoon(t *testing.T, c net.Conn) (string, bool) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	b, err := io.ReadAll(io.LimitReader(c, 1<<20))
	return string(b), !errors.Is(err, os.ErrDeadlineExceeded)
}

// TestSlowClients: who is slow with the handshake, the header or the body is let go, and others are served meanwhile.
func TestSlowClients(t *testing.T) {
	l := listening(t, server.Config{Limits: gateway.Limits{ReadTimeout: 1800 * time.Millisecond}})
	var slow sync.WaitGroup
	trickle := func(c net.Conn, start string) {
		slow.Go(func() {
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			_, err := io.WriteString(c, start)
			for deadline := time.Now().Add(patience); err == nil; <-tick.C {
				if time.Now().After(deadline) {
					t.Errorf("after %s the server still listens to %.40q", patience, start)
					return
				}
				_, err = io.WriteString(c, "a") // a header, or a body, that grows for ever
			}
		})
	}
	for range 20 {
		c, err := net.Dial("tcp", l.address())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		slow.Go(func() {
			if _, ok := closedSoon(t, c); !ok {
				t.Error("a connection without a handshake stays open")
			}
		})
		trickle(l.dial(), "POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		trickle(l.dial(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nAction=")
	}
	for range 10 {
		if r := l.as(l.admin, "sts", "GetCallerIdentity"); r.status != 200 {
			t.Errorf("meanwhile: %d %s", r.status, r.body)
		}
	}
	slow.Wait()
}

func TestASlowBodyIsAnswered(t *testing.T) {
	l := listening(t, server.Config{Limits: gateway.Limits{ReadTimeout: 900 * time.Millisecond}})
	c := l.dial()
	r := string(raw(t, l.request(l.admin, "iam", "CreateUser", "UserName", "slow")))
	if _, err := io.WriteString(c, r[:len(r)-5]); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	if got := read(res, body); got.status != http.StatusRequestTimeout || got.code != "RequestTimeout" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if r := l.as(l.admin, "iam", "GetUser", "UserName", "slow"); r.code != "NoSuchEntity" {
		t.Errorf("half a request was served: %d %s", r.status, r.body)
	}
}

func TestHugeHeaders(t *testing.T) {
	l := listening(t, server.Config{})
	long := strings.Repeat("x", 100)
	for what, head := range map[string]string{
		"one long field":  "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 1<<20) + "\r\n\r\n",
		"many fields":     "GET /healthz HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Many: "+long+"\r\n", 5000) + "\r\n",
		"a long path":     "GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"a long name":     "GET /healthz HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X", 1<<20) + ": 1\r\n\r\n",
		"an endless line": strings.Repeat("G", 1<<20),
	} {
		c := l.dial()
		go func() { _, _ = io.WriteString(c, head) }() // fails when the server has had enough
		answer, ok := closedSoon(t, c)
		if !ok || answer != "" && !strings.HasPrefix(answer, "HTTP/1.1 431") && !strings.HasPrefix(answer, "HTTP/1.1 400") {
			t.Errorf("%s: closed %v, %.60q", what, ok, answer)
		}
	}
	if r := l.as(l.admin, "sts", "GetCallerIdentity"); r.status != 200 {
		t.Errorf("after that: %d %s", r.status, r.body)
	}
}

// TestConnectionFlood: an address has so many connections and no more, others are served, and places become free.
func TestConnectionFlood(t *testing.T) {
	l := listening(t, server.Config{Limits: gateway.Limits{Connections: 60, PerAddress: 40}})
	open := map[net.Conn]bool{}
	for range 300 {
		c, err := net.Dial("tcp", l.address())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		open[c] = true
	}
	closed := make(chan net.Conn, len(open))
	for c := range open {
		go func() {
			_ = c.SetReadDeadline(time.Now().Add(patience))
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
				closed <- c
			}
		}()
	}
	for range 300 - 40 {
		select {
		case c := <-closed:
			delete(open, c)
		case <-time.After(patience):
			t.Fatalf("%d connections of one address are open, 40 are allowed", len(open))
		}
	}
	other := *l.client
	transport := l.client.Transport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext
	defer transport.CloseIdleConnections()
	other.Transport = transport
	flooded := *l
	flooded.client = &other
	if r := flooded.as(l.admin, "sts", "GetCallerIdentity"); r.status != 200 {
		t.Errorf("from another address: %d %s", r.status, r.body)
	}
	for c := range open {
		c.Close()
	}
	eventually(t, "the address is served again", func() bool {
		r, err := l.do(l.request(l.admin, "sts", "GetCallerIdentity"))
		return err == nil && r.status == 200
	})
}

func TestTLSVersionsAndCiphers(t *testing.T) {
	l := listening(t, server.Config{})
	base := l.client.Transport.(*http.Transport).TLSClientConfig
	for _, c := range []struct {
		what     string
		min, max uint16
		ciphers  []uint16
		ok       bool
	}{
		{"TLS 1.0", tls.VersionTLS10, tls.VersionTLS10, nil, false},
		{"TLS 1.1", tls.VersionTLS11, tls.VersionTLS11, nil, false},
		{"TLS 1.2", tls.VersionTLS12, tls.VersionTLS12, nil, true},
		{"TLS 1.3", tls.VersionTLS13, tls.VersionTLS13, nil, true},
		{"CBC", tls.VersionTLS12, tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}, false},
		{"RSA key exchange", tls.VersionTLS12, tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}, false},
	} {
		conn, err := tls.Dial("tcp", l.address(), &tls.Config{RootCAs: base.RootCAs, MinVersion: c.min, MaxVersion: c.max, CipherSuites: c.ciphers})
		if err == nil {
			conn.Close()
		}
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	res, err := http.Get("http://" + l.address() + "/healthz")
	if err == nil {
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("plain HTTP on the TLS port: %s", res.Status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestPlainHTTPIsForLoopback(t *testing.T) {
	for _, api := range []string{"http://0.0.0.0:0", "http://[::]:0", "http://192.0.2.1:0", "http://example.com", "http://:0", "ftp://127.0.0.1:0", "127.0.0.1:0", "https://", "http://127.0.0.1.example.com:0"} {
		s, err := server.Start(t.Context(), configured(server.Config{API: api}))
		if err == nil {
			s.Close()
			t.Errorf("%s is served", api)
			continue
		}
		if !strings.Contains(err.Error(), api) && !strings.Contains(err.Error(), "listen") {
			t.Errorf("%s: the error does not say what is wrong: %v", api, err)
		}
	}
	l := listening(t, server.Config{API: "http://127.0.0.1:0"})
	if r := l.as(l.admin, "sts", "GetCallerIdentity"); r.status != 200 {
		t.Errorf("on loopback: %d %s", r.status, r.body)
	}
	for _, admin := range []string{"0.0.0.0:0", ":0", "example.com:1", "9090"} {
		if s, err := server.Start(t.Context(), configured(server.Config{Admin: admin})); err == nil {
			s.Close()
			t.Errorf("metrics and profiles are served on %s", admin)
		}
	}
}

// TestLyingLengths: what Content-Length says and what follows differ.
func TestLyingLengths(t *testing.T) {
	l := listening(t, server.Config{API: "http://127.0.0.1:0"})
	whole := string(raw(t, l.request(l.admin, "iam", "CreateUser", "UserName", "liar")))
	head, body, _ := strings.Cut(whole, "\r\n\r\n")
	length := fmt.Sprintf("Content-Length: %d", len(body))
	if !strings.Contains(head, length) {
		t.Fatalf("no %s in %q", length, head)
	}
	with := func(header, body string) string { return strings.Replace(head, length, header, 1) + "\r\n\r\n" + body }
	for _, c := range []struct{ what, request, want string }{
		{"the body ends early", with(fmt.Sprintf("Content-Length: %d", len(body)+10), body), "40"}, // 400, or 408 when its end is seen first
		{"the length is short", with(fmt.Sprintf("Content-Length: %d", len(body)-2), body), "40"},  // 403, or 408 likewise
		{"two lengths", with(length+"\r\nContent-Length: 3", body), "400"},
		{"a negative length", with("Content-Length: -1", body), "400"},
		{"no number", with("Content-Length: ten", body), "400"},
		{"an enormous length", with("Content-Length: 99999999999999999999", body), "400"},
		{"no length", with("X-No: length", body), "40"}, // likewise
		{"a broken chunk", with("Transfer-Encoding: chunked", "zz\r\n"+body), "400"},
		{"an unknown coding", with("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), "501"},
		{"a space before the colon", strings.Replace(whole, "\r\nContent-Type:", "\r\nContent-Type :", 1), "400"},
		{"a control character", strings.Replace(whole, "\r\nContent-Type:", "\r\nX-A: \x01\r\nContent-Type:", 1), "400"},
		{"no host", strings.Replace(whole, "\r\nHost: ", "\r\nX-Host: ", 1), "400"},
		{"two hosts", strings.Replace(whole, "\r\nContent-Type:", "\r\nHost: elsewhere\r\nContent-Type:", 1), "400"},
		{"no HTTP", "\x16\x03\x01\x00\x00hello\r\n\r\n", "400"},
	} {
		t.Run(c.what, func(t *testing.T) {
			conn, err := net.Dial("tcp", l.address())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, c.request); err != nil {
				t.Fatal(err)
			}
			_ = conn.(*net.TCPConn).CloseWrite()
			answer, ok := closedSoon(t, conn)
			if !ok || !strings.HasPrefix(answer, "HTTP/1.1 "+c.want) {
				t.Errorf("closed %v, %.300q, want %s", ok, answer, c.want)
			}
			if strings.Contains(answer, "HTTP/1.1 200") {
				t.Errorf("something was served: %q", answer)
			}
		})
	}
	if r := l.as(l.admin, "iam", "GetUser", "UserName", "liar"); r.code != "NoSuchEntity" {
		t.Errorf("a request that lies was served: %d %s", r.status, r.body)
	}
}

// TestHealthUnderLoad: the health paths answer when every place inside the door is taken and the address has guessed too often.
func TestHealthUnderLoad(t *testing.T) {
	l := listening(t, server.Config{Limits: gateway.Limits{InFlight: 1, Unproven: 1}})
	stranger := *l.admin
	stranger.Secret = "wrong"
	for range 15 {
		l.as(&stranger, "sts", "GetCallerIdentity")
	}
	c := l.dial()
	r := raw(t, l.request(l.admin, "sts", "GetCallerIdentity"))
	if _, err := c.Write(r[:len(r)-1]); err != nil {
		t.Fatal(err)
	}
	if r := l.as(l.admin, "sts", "GetCallerIdentity"); r.code != "ThrottlingException" {
		t.Errorf("the API: %d %s", r.status, r.body)
	}
	var load sync.WaitGroup
	for range 16 {
		load.Go(func() {
			for i := range 20 {
				path := []string{"/healthz", "/readyz"}[i%2]
				res, err := l.client.Get(l.URL() + path)
				if err != nil {
					t.Error(err)
					return
				}
				b, _ := io.ReadAll(res.Body)
				res.Body.Close()
				if res.StatusCode != 200 || strings.TrimSpace(string(b)) != `{"status":"ok"}` {
					t.Errorf("%s: %s %s", path, res.Status, b)
				}
			}
		})
	}
	load.Wait()
}

// TestCloseFinishesWhatIsUnderWay: a request that has begun is served to its end, new ones are not taken, and what was answered is there
// after the next start.
func TestCloseFinishesWhatIsUnderWay(t *testing.T) {
	cfg := server.Config{Data: t.TempDir()}
	l := listening(t, cfg)
	c := l.dial()
	r := raw(t, l.request(l.admin, "iam", "CreateUser", "UserName", "last"))
	if _, err := c.Write(r[:len(r)-1]); err != nil {
		t.Fatal(err)
	}
	// The server has read the header when it has answered a request behind it on another connection.
	l.as(l.admin, "sts", "GetCallerIdentity")
	l.client.CloseIdleConnections()
	ended := make(chan error, 1)
	go func() { ended <- l.Close() }()
	eventually(t, "no new connections are taken", func() bool {
		c, err := net.Dial("tcp", l.address())
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case err := <-ended:
		t.Fatalf("closed with a request under way: %v", err)
	default:
	}
	if _, err := c.Write(r[len(r)-1:]); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("the request under way: %v, %v", res, err)
	}
	res.Body.Close()
	if err := <-ended; err != nil {
		t.Fatalf("close: %v", err)
	}
	again := opened(t, cfg)
	if r := again.as(again.admin, "iam", "GetUser", "UserName", "last"); r.status != 200 {
		t.Errorf("after the next start: %d %s", r.status, r.body)
	}
}

// TestCloseEndsInTime although a client never ends its request.
func TestCloseEndsInTime(t *testing.T) {
	l := listening(t, server.Config{Grace: 200 * time.Millisecond})
	c := l.dial()
	r := raw(t, l.request(l.admin, "iam", "CreateUser", "UserName", "never"))
	if _, err := c.Write(r[:len(r)-1]); err != nil {
		t.Fatal(err)
	}
	l.as(l.admin, "sts", "GetCallerIdentity")
	ended := make(chan error, 1)
	go func() { ended <- l.Close() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("close: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Close waits for a client that never ends")
	}
	if err := l.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

// TestStartThatFails leaves nothing behind.
func TestStartThatFails(t *testing.T) {
	l := listening(t, server.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	data := t.TempDir()
	for range 2 {
		if s, err := server.Start(ctx, configured(server.Config{Data: data, API: "https://" + l.address()})); err == nil {
			s.Close()
			t.Fatal("two servers on one port")
		} else if !strings.Contains(err.Error(), "another server") {
			t.Errorf("the error gives no advice: %v", err)
		}
	}
}
