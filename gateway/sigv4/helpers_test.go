package sigv4

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	testKey    = "AKIAIOSFODNN7EXAMPLE"
	testSecret = SecretKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
)

var testNow = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func testSigner(service string) *Signer {
	return &Signer{AccessKeyID: testKey, Secret: testSecret, Region: "us-east-1", Service: service}
}

func newRequest(t testing.TB, method, url string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// signedRequest is a request signed by header at testNow.
func signedRequest(t testing.TB, service, method, url, payloadHash string, header ...string) *http.Request {
	t.Helper()
	r := newRequest(t, method, url, header...)
	if err := testSigner(service).Sign(r, payloadHash, testNow); err != nil {
		t.Fatal(err)
	}
	return r
}

// presignedRequest is a request signed in its query at testNow.
func presignedRequest(t testing.TB, service, url string, expires time.Duration) *http.Request {
	t.Helper()
	r := newRequest(t, http.MethodGet, url)
	payloadHash := emptyHash
	if isS3(service) {
		payloadHash = UnsignedPayload
	}
	if err := testSigner(service).Presign(r, payloadHash, expires, testNow); err != nil {
		t.Fatal(err)
	}
	return r
}

// verify parses and verifies, with the body as a stream for S3.
func verify(r *http.Request, now time.Time, body []byte) *Problem {
	s, p := Parse(r)
	if p != nil {
		return p
	}
	return s.Verify(testSecret, now, nil, body)
}

func sorted(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(names, ";")
}

// chunkSigner makes aws-chunked bodies as clients do, in all five forms.
type chunkSigner struct {
	s    *Signed
	key  *signingKey
	priv *ecdsa.PrivateKey
	prev string
	buf  bytes.Buffer
	rand io.Reader
}

func (c *chunkSigner) signature(toSign string) (plain, padded string) {
	if c.s.Algorithm == HMAC {
		sum := mac(c.key.hmac[:], []byte(toSign))
		plain = hex.EncodeToString(sum[:])
		return plain, plain
	}
	sum := sha256.Sum256([]byte(toSign))
	der, err := ecdsa.SignASN1(c.rand, c.priv, sum[:])
	if err != nil {
		panic(err)
	}
	plain = hex.EncodeToString(der)
	return plain, plain + strings.Repeat("*", 144-len(plain))
}

func (c *chunkSigner) prefix(kind string) string {
	return c.s.Algorithm.String() + kind + "\n" + c.s.timestamp + "\n" + string(c.s.appendScope(nil)) + "\n" + c.prev + "\n"
}

func (c *chunkSigner) chunk(data string) {
	fmt.Fprintf(&c.buf, "%x", len(data))
	if c.s.Payload.signed() {
		plain, padded := c.signature(c.prefix("-PAYLOAD") + emptyHash + "\n" + PayloadHash([]byte(data)))
		c.prev = plain
		c.buf.WriteString(";chunk-signature=" + padded)
	}
	c.buf.WriteString("\r\n")
	if data != "" {
		c.buf.WriteString(data + "\r\n")
	}
}

func (c *chunkSigner) trailers(lines ...string) {
	for _, l := range lines {
		c.buf.WriteString(l + "\r\n")
	}
	if c.s.Payload.trailer() && c.s.Payload.signed() {
		_, padded := c.signature(c.prefix("-TRAILER") + PayloadHash([]byte(strings.Join(lines, "\n")+"\n")))
		c.buf.WriteString("x-amz-trailer-signature:" + padded + "\r\n")
	}
	c.buf.WriteString("\r\n")
}

// chunkedRequest returns a streaming PutObject and the encoder of its body.
func chunkedRequest(t testing.TB, payload Payload, length int, header ...string) (*http.Request, *chunkSigner) {
	t.Helper()
	header = append(header, "X-Amz-Decoded-Content-Length", fmt.Sprint(length), "Content-Encoding", "aws-chunked")
	if payload == ChunkedECDSA || payload == ChunkedECDSATrailer {
		return ecdsaRequest(t, payload.String(), header...)
	}
	r := signedRequest(t, "s3", http.MethodPut, "http://bucket.s3.localhost:4566/key", payload.String(), header...)
	s, p := Parse(r)
	if p != nil {
		t.Fatal(p)
	}
	key := deriveKey(HMAC, keyScope{s.AccessKeyID, s.Date, s.Region, s.Service}, testSecret)
	return r, &chunkSigner{s: s, key: key, prev: s.signature}
}

// ecdsaRequest signs a PutObject with SigV4A.
func ecdsaRequest(t testing.TB, payloadHash string, header ...string) (*http.Request, *chunkSigner) {
	t.Helper()
	r := newRequest(t, http.MethodPut, "http://bucket.s3.localhost:4566/key", header...)
	timestamp := testNow.Format(timeFormat)
	r.Header.Set("X-Amz-Date", timestamp)
	r.Header.Set("X-Amz-Region-Set", "us-*,eu-west-1")
	r.Header.Set("X-Amz-Content-Sha256", payloadHash)
	names := []string{"host"}
	for name := range r.Header {
		names = append(names, strings.ToLower(name))
	}
	s := &Signed{Algorithm: ECDSA, AccessKeyID: testKey, Date: timestamp[:8], Service: "s3", SignedHeaders: sorted(names), r: r, timestamp: timestamp}
	private, err := deriveECDSA(testKey, testSecret)
	if err != nil {
		t.Fatal(err)
	}
	c := &chunkSigner{s: s, priv: private, rand: zeroes{}}
	c.prev, _ = c.signature(string(s.appendStringToSign(nil, s.appendCanonicalRequest(nil, payloadHash, variant{}))))
	r.Header.Set("Authorization", algorithmECDSA+" Credential="+s.credential()+", SignedHeaders="+s.SignedHeaders+", Signature="+c.prev)
	parsed, p := Parse(r)
	if p != nil {
		t.Fatal(p)
	}
	c.s = parsed
	return r, c
}

// zeroes stands in for randomness where only the format of a signature matters.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func hexMAC(key *signingKey, message string) string {
	sum := mac(key.hmac[:], []byte(message))
	return hex.EncodeToString(sum[:])
}
