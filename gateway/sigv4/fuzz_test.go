package sigv4

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func FuzzParseHeader(f *testing.F) {
	r := signedRequest(f, "s3", http.MethodGet, "http://b.s3.localhost/k", emptyHash)
	f.Add(r.Header.Get("Authorization"), r.Header.Get("X-Amz-Date"), emptyHash)
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=host,Signature=f", "", "")
	f.Add("AWS4-ECDSA-P256-SHA256 Credential=a/20261124/s3/aws4_request SignedHeaders=host Signature=3045", "20261124T120000Z", "UNSIGNED-PAYLOAD")
	f.Fuzz(func(t *testing.T, authorization, date, hash string) {
		r := newRequest(t, http.MethodGet, "http://localhost/", "Authorization", authorization, "X-Amz-Date", date, "X-Amz-Content-Sha256", hash)
		checkParsed(t, r)
	})
}

func FuzzParseQuery(f *testing.F) {
	f.Add(presignedRequest(f, "s3", "http://b.s3.localhost/k?list-type=2", time.Hour).URL.RawQuery, "/k")
	f.Add("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=a/20261124/s3/aws4_request&X-Amz-Date=20261124T120000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=30&X-Amz-Expires=1", "//../%zz")
	f.Add("a=%&%=b&&=&%58-Amz-Signature=1;x", "/%2F/./..")
	f.Fuzz(func(t *testing.T, query, path string) {
		r := &http.Request{Method: http.MethodGet, Host: "localhost", Header: http.Header{}, URL: &url.URL{Path: path, RawPath: path, RawQuery: query}}
		checkParsed(t, r)
	})
}

// checkParsed holds what must be true of any input: a claim or a problem with words, and no proof without the secret.
func checkParsed(t *testing.T, r *http.Request) {
	s, p := Parse(r)
	if (s == nil) == (p == nil) {
		t.Fatalf("not one of a claim and a problem")
	}
	if p != nil {
		for f := FamilyQuery; f <= FamilyS3; f++ {
			if a := p.In(f); a.Code == "" || a.Status < 400 {
				t.Fatalf("no words for %+v", p)
			}
		}
		return
	}
	if !s.Signs("host") || s.AccessKeyID == "" || s.Date != s.Time.Format("20060102") {
		t.Fatalf("half a claim: %+v", s)
	}
	if s.Verify("not the secret", s.Time, nil, nil) == nil {
		t.Fatal("verified without the secret")
	}
	if canonical := s.appendCanonicalRequest(nil, emptyHash, variant{}); bytes.Count(canonical, []byte{'\n'}) < 6 {
		t.Fatalf("canonical request: %q", canonical)
	}
}

// FuzzChunks reads arbitrary bodies: a signed form accepts nothing but the payload that was signed, the unsigned one nothing but
// as many bytes as were announced.
func FuzzChunks(f *testing.F) {
	for i, payload := range chunkedPayloads {
		_, c, _ := upload(f, payload)
		f.Add(c.buf.Bytes(), byte(i))
	}
	f.Add([]byte("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n"), byte(2))
	f.Fuzz(func(t *testing.T, body []byte, form byte) {
		r, _, data := upload(t, chunkedPayloads[int(form)%len(chunkedPayloads)])
		s, p := Parse(r)
		if p != nil {
			t.Fatal(p)
		}
		payload, _, err := readStream(r, bytes.NewReader(body))
		switch {
		case err != nil:
		case len(payload) != len(data):
			t.Fatalf("%d bytes accepted, %d announced", len(payload), len(data))
		case s.Payload.signed() && string(payload) != data:
			t.Fatal("a payload is accepted that was not signed")
		}
	})
}

// FuzzEscapes: the canonical form is a fixed point and means what the input meant.
func FuzzEscapes(f *testing.F) {
	for _, seed := range []string{"a b", "%2f%2F/", "%", "%zz%4", "é世", "+~'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := canonicalEscapes(s)
		if again := canonicalEscapes(once); again != once {
			t.Fatalf("%q became %q, then %q", s, once, again)
		}
		if got := string(appendCanonicalEscapes(nil, s, false)); got != once {
			t.Fatalf("%q: %q and %q", s, once, got)
		}
		want, err := url.PathUnescape(s)
		if err != nil {
			return
		}
		if got, err := url.PathUnescape(once); err != nil || got != want {
			t.Fatalf("%q means %q, its canonical form %q means %q", s, want, once, got)
		}
		if strings.ContainsAny(once, " /&=+") {
			t.Fatalf("%q is not encoded", once)
		}
	})
}
