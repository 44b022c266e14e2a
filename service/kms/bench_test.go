package kms_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vauban/gateway/sigv4"
	"vauban/server"
	"vauban/service/servicetest"
)

// client calls a server without a network, as its administrator.
type client struct {
	s *server.Server
	t testing.TB
}

const (
	benchKeyID  = "AKIAADMINADMINADMIN1"
	benchSecret = "admin/secret"
)

func newClient(t testing.TB) client {
	s, err := server.Open(t.Context(), server.Config{Data: t.TempDir(), Account: servicetest.Account, AdminAccessKeyID: benchKeyID, AdminSecretAccessKey: benchSecret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return client{s, t}
}

// request is a signed call.
func (c client) request(operation, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Host = "vauban.test"
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	signer := &sigv4.Signer{AccessKeyID: benchKeyID, Secret: sigv4.SecretKey(benchSecret), Region: "us-east-1", Service: "kms"}
	if err := signer.Sign(r, sigv4.PayloadHash([]byte(body)), time.Now()); err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c client) call(operation, body string, out any) {
	w := httptest.NewRecorder()
	c.s.ServeHTTP(w, c.request(operation, body))
	if w.Code != http.StatusOK {
		c.t.Fatalf("%s: %d %s", operation, w.Code, w.Body)
	}
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			c.t.Fatal(err)
		}
	}
}

// BenchmarkGenerateDataKey is a whole call: signature, policies, snapshot, cryptography and durable record.
func BenchmarkGenerateDataKey(b *testing.B) {
	c := newClient(b)
	var made struct{ KeyMetadata struct{ KeyId string } }
	c.call("CreateKey", `{}`, &made)
	body := `{"KeyId":"` + made.KeyMetadata.KeyId + `","KeySpec":"AES_256","EncryptionContext":{"app":"bench"}}`
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.call("GenerateDataKey", body, nil)
		}
	})
}
