package s3_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/gateway/sigv4"
	"vauban/server"
)

const (
	shopAccount = "111122223333"
	shopKey     = "AKIAADMINADMINADMIN1"
	shopSecret  = "admin/secret"
)

// shop is a whole server behind a real HTTP listener.
type shop struct {
	*server.Server
	url string
	now *atomic.Int64
}

// openShop opens a server on a directory, or in memory.
func openShop(t *testing.T, data string, now *atomic.Int64) *shop {
	t.Helper()
	s, err := server.Open(context.Background(), server.Config{
		Data: data, Account: shopAccount, AdminAccessKeyID: shopKey, AdminSecretAccessKey: shopSecret,
		Clock: func() time.Time { return time.Unix(0, now.Load()).UTC() }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &shop{s, h.URL, now}
}

func (s *shop) close(t *testing.T) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func newClock() *atomic.Int64 {
	now := new(atomic.Int64)
	now.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	return now
}

// signed sends a signed request and answers status and body.
func (s *shop) signed(t *testing.T, method, path, body string, header ...string) (int, string, http.Header) {
	t.Helper()
	r := s.request(t, method, path, body, header...)
	signer := &sigv4.Signer{AccessKeyID: shopKey, Secret: sigv4.SecretKey(shopSecret), Region: "us-east-1", Service: "s3"}
	if err := signer.Sign(r, sigv4.PayloadHash([]byte(body)), time.Unix(0, s.now.Load())); err != nil {
		t.Fatal(err)
	}
	return send(t, r)
}

func (s *shop) request(t *testing.T, method, path, body string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func send(t *testing.T, r *http.Request) (int, string, http.Header) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func (s *shop) ok(t *testing.T, method, path, body string, header ...string) string {
	t.Helper()
	status, answer, _ := s.signed(t, method, path, body, header...)
	if status >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

// element is the text of the first element of that name.
func element(doc, name string) string {
	_, rest, _ := strings.Cut(doc, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return text
}
