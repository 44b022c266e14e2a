package sigv4

import (
	"net/http"
	"testing"
	"time"
)

// BenchmarkVerify measures a small request of the CLI (IAM, form body) with its signing key in the cache.
func BenchmarkVerify(b *testing.B) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	body := []byte("Action=GetUser&Version=2010-05-08&UserName=alice")
	for _, bench := range []struct {
		name, service string
		presigned     bool
	}{{"header", "iam", false}, {"header-s3", "s3", false}, {"presigned", "sts", true}} {
		k := &Signer{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Region: "us-east-1", Service: bench.service}
		r, err := http.NewRequest(http.MethodPost, "https://localhost:4566/", nil)
		if err != nil {
			b.Fatal(err)
		}
		if bench.presigned {
			err = k.Presign(r, PayloadHash(body), time.Minute, now)
		} else {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
			r.Header.Set("Amz-Sdk-Invocation-Id", "17b39f3d-7f4e-4a1f-8f0a-9d1f1b1c5a52")
			r.Header.Set("Amz-Sdk-Request", "attempt=1")
			err = k.Sign(r, PayloadHash(body), now)
		}
		if err != nil {
			b.Fatal(err)
		}
		keys := NewKeyCache()
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, p := Parse(r)
				if p == nil {
					p = s.Verify(k.Secret, now, keys, body)
				}
				if p != nil {
					b.Fatal(p)
				}
			}
		})
	}
}
