package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// UnsignedPayload is the payload hash of an S3 request whose body is not signed.
const UnsignedPayload = "UNSIGNED-PAYLOAD"

// PayloadHash returns the hexadecimal SHA-256 of a body.
func PayloadHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Signer signs outgoing requests with AWS4-HMAC-SHA256.
type Signer struct {
	AccessKeyID  string
	Secret       SecretKey
	SessionToken string // "" for long-term keys
	Region       string
	Service      string // the signing name
}

// Sign adds X-Amz-Date, the session token and the Authorization header. payloadHash is [PayloadHash] of the body or, for S3,
// any value of x-amz-content-sha256. Headers set afterwards are not signed.
func (k *Signer) Sign(r *http.Request, payloadHash string, now time.Time) error {
	s := k.claim(r, Header, now)
	r.Header.Set("X-Amz-Date", s.timestamp)
	if k.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", k.SessionToken)
	}
	if s.IsS3() {
		r.Header.Set("X-Amz-Content-Sha256", payloadHash)
	}
	r.Header.Del("Authorization")
	names := []string{"host"}
	for name := range r.Header {
		if name = strings.ToLower(name); signable(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	s.SignedHeaders = strings.Join(names, ";")
	if err := s.wellFormed(); err != nil {
		return err
	}
	signature := s.sign(k.Secret, payloadHash)
	r.Header.Set("Authorization", algorithmHMAC+" Credential="+s.credential()+", SignedHeaders="+s.SignedHeaders+", Signature="+signature)
	return nil
}

// Presign adds the signature to the query of the request's URL, valid for the given time. Only Host and the x-amz-* headers
// already set are signed; whoever uses the URL must send the latter.
func (k *Signer) Presign(r *http.Request, payloadHash string, expires time.Duration, now time.Time) error {
	s := k.claim(r, Query, now)
	names := []string{"host"}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	s.SignedHeaders = strings.Join(names, ";")
	if err := s.wellFormed(); err != nil {
		return err
	}
	q := r.URL.RawQuery
	for _, p := range [...]struct{ name, value string }{
		{"Algorithm", algorithmHMAC}, {"Credential", s.credential()}, {"Date", s.timestamp}, {"Expires", strconv.Itoa(int(expires / time.Second))},
		{"SignedHeaders", s.SignedHeaders}, {"Security-Token", k.SessionToken}} {
		if p.value == "" {
			continue
		}
		if q != "" {
			q += "&"
		}
		q += "X-Amz-" + p.name + "=" + string(appendEscaped(nil, p.value, false))
	}
	r.URL.RawQuery = q
	r.URL.RawQuery += "&X-Amz-Signature=" + s.sign(k.Secret, payloadHash)
	return nil
}

// claim begins what the request will say of itself.
func (k *Signer) claim(r *http.Request, form Form, now time.Time) *Signed {
	timestamp := now.UTC().Format(timeFormat)
	return &Signed{Form: form, AccessKeyID: k.AccessKeyID, Date: timestamp[:8], Region: k.Region, Service: k.Service, r: r, timestamp: timestamp}
}

func (s *Signed) credential() string {
	return string(s.appendScope([]byte(s.AccessKeyID + "/")))
}

func (s *Signed) wellFormed() error {
	for _, part := range [...]struct{ name, value string }{{"access key ID", s.AccessKeyID}, {"region", s.Region}, {"service", s.Service}} {
		if part.value == "" || strings.ContainsAny(part.value, "/, ") {
			return fmt.Errorf("sign request: %q cannot be the %s", part.value, part.name)
		}
	}
	return nil
}

func (s *Signed) sign(secret SecretKey, payloadHash string) string {
	key := deriveKey(HMAC, keyScope{s.AccessKeyID, s.Date, s.Region, s.Service}, secret)
	sum := mac(key.hmac[:], s.appendStringToSign(nil, s.appendCanonicalRequest(nil, payloadHash, variant{})))
	return hex.EncodeToString(sum[:])
}

// signable leaves out the headers that proxies and net/http change on the way.
func signable(name string) bool {
	switch name {
	case "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id", "accept-encoding", "content-length", "te", "trailer", "upgrade":
		return false
	}
	return true
}
