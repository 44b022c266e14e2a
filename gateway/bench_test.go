package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vauban/gateway"
	"vauban/gateway/sigv4"
)

// BenchmarkRead is one signed read through all steps, with its record durable in a store in memory. Signing and the test's own HTTP
// objects are outside of the measure as far as they can be.
func BenchmarkRead(b *testing.B) {
	h := newHouse(b, gateway.Limits{PerCaller: 1e9, PerSource: 1e9})
	h.as(b, "root", "PutNote", "Name", "a", "Text", "hello")
	body := "Action=GetNote&Version=2026-01-01&Name=a"
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	r.RemoteAddr = "192.0.2.7:1234"
	s := &sigv4.Signer{AccessKeyID: "AKIATESTTESTTESTROOT", Secret: "secret", Region: "us-east-1", Service: "notes"}
	if err := s.Sign(r, sigv4.PayloadHash([]byte(body)), h.now); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			q := r.Clone(r.Context())
			q.Body = readCloser{strings.NewReader(body)}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, q)
			if w.Code != 200 {
				b.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
