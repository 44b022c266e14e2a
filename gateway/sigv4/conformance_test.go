package sigv4

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// conformance returns the folder of the public signature suites.
func conformance(t *testing.T) string {
	dir := os.Getenv("VAUBAN_CONFORMANCE")
	if dir == "" {
		t.Skip("VAUBAN_CONFORMANCE is not set: the folder with sigv4/aws-c-auth-signing-test-suite and its siblings")
	}
	return filepath.Join(dir, "sigv4")
}

// parseRaw reads a request as it stands in the suites, which hold request targets that no HTTP server accepts (spaces, raw UTF-8).
func parseRaw(t *testing.T, raw string) (*http.Request, []byte) {
	t.Helper()
	head, body, _ := strings.Cut(strings.ReplaceAll(raw, "\r\n", "\n"), "\n\n")
	line, fields, _ := strings.Cut(head, "\n")
	method, rest, _ := strings.Cut(line, " ")
	target := strings.TrimSuffix(rest, " HTTP/1.1")
	path, query, _ := strings.Cut(target, "?")
	decoded, err := url.PathUnescape(path)
	if err != nil {
		t.Fatal(err)
	}
	r := &http.Request{Method: method, URL: &url.URL{Path: decoded, RawPath: path, RawQuery: query}, Header: http.Header{}, ContentLength: int64(len(body))}
	last := ""
	for sc := bufio.NewScanner(strings.NewReader(fields)); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), " ") { // folded: joined with one space, as net/textproto does
			values := r.Header[last]
			values[len(values)-1] += " " + strings.TrimSpace(sc.Text())
			continue
		}
		name, value, ok := strings.Cut(sc.Text(), ":")
		if !ok {
			continue
		}
		last = http.CanonicalHeaderKey(name)
		r.Header.Add(last, strings.TrimSpace(value))
	}
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host")
	return r, []byte(body)
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func text(t *testing.T, elem ...string) string { return strings.TrimRight(read(t, elem...), "\n") }

// checkCase fails the test when a case that is not applicable passes, or another fails.
func checkCase(t *testing.T, notApplicable map[string]string, name string, err error) {
	t.Helper()
	reason, listed := notApplicable[name]
	switch {
	case listed && err == nil:
		t.Errorf("%s passes, but is listed as not applicable: %s", name, reason)
	case !listed && err != nil:
		t.Errorf("%s: %v", name, err)
	}
}

type awscContext struct {
	Credentials struct {
		AccessKeyID string    `json:"access_key_id"`
		Secret      SecretKey `json:"secret_access_key"`
		Token       string    `json:"token"`
	} `json:"credentials"`
	Normalize bool      `json:"normalize"`
	OmitToken bool      `json:"omit_session_token"`
	Time      time.Time `json:"timestamp"`
}

// TestAWSCAuthSuite verifies every signed request of the suite of aws-c-auth, header and query form, SigV4 and SigV4A, and
// compares canonical request and string to sign.
func TestAWSCAuthSuite(t *testing.T) {
	root := filepath.Join(conformance(t), "aws-c-auth-signing-test-suite")
	const incomplete = "the suite holds the request only, nothing signed"
	notApplicable := map[string]string{
		"v4a/get-vanilla-query-order-key/header": incomplete, "v4a/get-vanilla-query-order-key/query": incomplete,
		"v4a/get-vanilla-query-order-value/header": incomplete, "v4a/get-vanilla-query-order-value/query": incomplete,
	}
	for _, version := range []string{"v4", "v4a"} {
		cases, err := os.ReadDir(filepath.Join(root, version))
		if err != nil {
			t.Fatal(err)
		}
		if len(cases) < 38 {
			t.Fatalf("only %d cases in %s", len(cases), version)
		}
		for _, c := range cases {
			dir := filepath.Join(root, version, c.Name())
			var ctx awscContext
			if err := json.Unmarshal([]byte(read(t, dir, "context.json")), &ctx); err != nil {
				t.Fatal(err)
			}
			for _, form := range []string{"header", "query"} {
				err := awscCase(t, dir, form, &ctx)
				checkCase(t, notApplicable, version+"/"+c.Name()+"/"+form, err)
			}
		}
	}
}

func awscCase(t *testing.T, dir, form string, ctx *awscContext) error {
	signed, err := os.ReadFile(filepath.Join(dir, form+"-signed-request.txt"))
	if err != nil {
		return err
	}
	r, body := parseRaw(t, string(signed))
	s, p := Parse(r)
	if p != nil {
		return p
	}
	if s.AccessKeyID != ctx.Credentials.AccessKeyID || s.SessionToken != ctx.Credentials.Token || !s.Time.Equal(ctx.Time) {
		return fmt.Errorf("claims %q, token %q, %v", s.AccessKeyID, s.SessionToken, s.Time)
	}
	v := variant{plainPath: !ctx.Normalize, noToken: ctx.OmitToken}
	canonical := s.appendCanonicalRequest(nil, PayloadHash(body), v)
	if diff := cmp.Diff(text(t, dir, form+"-canonical-request.txt"), string(canonical)); diff != "" {
		return fmt.Errorf("canonical request:\n%s", diff)
	}
	toSign := s.appendStringToSign(nil, canonical)
	if diff := cmp.Diff(text(t, dir, form+"-string-to-sign.txt"), string(toSign)); diff != "" {
		return fmt.Errorf("string to sign:\n%s", diff)
	}
	keys := NewKeyCache()
	if p := s.Verify(ctx.Credentials.Secret, ctx.Time, keys, body); p != nil {
		return p
	}
	key := keys.signingKey(s.Algorithm, keyScope{s.AccessKeyID, s.Date, s.Region, s.Service}, ctx.Credentials.Secret)
	if !s.signatureIs(key, toSign, text(t, dir, form+"-signature.txt")) {
		return fmt.Errorf("the signature beside the request is not accepted")
	}
	if s.Algorithm == ECDSA {
		var want struct{ X, Y string }
		if err := json.Unmarshal([]byte(read(t, dir, "public-key.json")), &want); err != nil {
			return err
		}
		point, err := key.ecdsa.Bytes()
		if err != nil {
			return err
		}
		if got := fmt.Sprintf("%x", point); got != "04"+want.X+want.Y {
			return fmt.Errorf("public key %s, want %s %s", got, want.X, want.Y)
		}
	}
	if s.Verify(ctx.Credentials.Secret+"x", ctx.Time, keys, body) == nil || s.Verify(ctx.Credentials.Secret, ctx.Time, keys, append(body, 'x')) == nil {
		return fmt.Errorf("another secret or body is accepted")
	}
	return nil
}

// TestBotocoreSuite verifies the original suite of AWS as botocore keeps it.
func TestBotocoreSuite(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	root := filepath.Join(conformance(t), "botocore-aws4_testsuite")
	notApplicable := map[string]string{
		"get-vanilla-with-session-token": "the signature is that of get-vanilla: the suite's .sreq was never recomputed for the token that its canonical request holds",
	}
	n := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".sreq" {
			return err
		}
		n++
		name := strings.TrimSuffix(d.Name(), ".sreq")
		base := strings.TrimSuffix(path, ".sreq")
		checkCase(t, notApplicable, name, botocoreCase(t, base, secret))
		return nil
	})
	if err != nil || n < 34 {
		t.Fatalf("%d cases, %v", n, err)
	}
}

func botocoreCase(t *testing.T, base string, secret SecretKey) error {
	r, body := parseRaw(t, read(t, base+".sreq"))
	s, p := Parse(r)
	if p != nil {
		return p
	}
	canonical := s.appendCanonicalRequest(nil, PayloadHash(body), variant{})
	if diff := cmp.Diff(text(t, base+".creq"), string(canonical)); diff != "" {
		return fmt.Errorf("canonical request:\n%s", diff)
	}
	if diff := cmp.Diff(text(t, base+".sts"), string(s.appendStringToSign(nil, canonical))); diff != "" {
		return fmt.Errorf("string to sign:\n%s", diff)
	}
	if p := s.Verify(secret, s.Time, nil, body); p != nil {
		return p
	}
	return nil
}

type s3Vectors struct {
	AccessKey string    `json:"access_key"`
	Secret    SecretKey `json:"secret_key"`
	Date      string    `json:"date"`
	Scope     string    `json:"scope"`
	Cases     []s3Vector
}

type s3Vector struct {
	Name, Method, Path, Query, Body, Signature, Trailer string

	Headers          map[string]string
	PayloadHash      string `json:"payload_hash"`
	CanonicalRequest string `json:"canonical_request"`
	StringToSign     string `json:"string_to_sign"`
	TrailerSignature string `json:"trailer_signature"`
	ChunkByte        string `json:"chunk_byte"`
	Chunks           []struct {
		Size      int
		Signature string
	}
}

func (v *s3Vector) request(t *testing.T, all *s3Vectors) (*http.Request, []byte) {
	t.Helper()
	raw := v.Method + " " + v.Path
	names := []string{}
	query := v.Query
	if strings.Contains(query, "X-Amz-Algorithm") {
		query += "&X-Amz-Signature=" + v.Signature
	}
	if query != "" {
		raw += "?" + query
	}
	raw += " HTTP/1.1\n"
	for name, value := range v.Headers {
		raw += name + ": " + value + "\n"
		names = append(names, name)
	}
	if !strings.Contains(query, "X-Amz-Algorithm") {
		raw += "Authorization: AWS4-HMAC-SHA256 Credential=" + all.AccessKey + "/" + all.Scope + ",SignedHeaders=" + sorted(names) + ",Signature=" + v.Signature + "\n"
	}
	var body bytes.Buffer
	body.WriteString(v.Body)
	for _, c := range v.Chunks {
		fmt.Fprintf(&body, "%x;chunk-signature=%s\r\n", c.Size, c.Signature)
		if c.Size > 0 {
			body.WriteString(strings.Repeat(v.ChunkByte, c.Size) + "\r\n")
		}
	}
	if v.Trailer != "" {
		body.WriteString(strings.TrimRight(v.Trailer, "\n") + "\r\nx-amz-trailer-signature:" + v.TrailerSignature + "\r\n")
	}
	if v.Chunks != nil {
		body.WriteString("\r\n")
	}
	r, _ := parseRaw(t, raw)
	return r, body.Bytes()
}

func readS3Vectors(t *testing.T) *s3Vectors {
	t.Helper()
	all := &s3Vectors{}
	if err := json.Unmarshal([]byte(read(t, conformance(t), "s3-documented-vectors.json")), all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 7 {
		t.Fatalf("only %d vectors", len(all.Cases))
	}
	return all
}

// TestS3Vectors verifies the examples of the S3 documentation, streamed payloads and trailers included.
func TestS3Vectors(t *testing.T) {
	all := readS3Vectors(t)
	now, err := time.Parse(timeFormat, all.Date)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all.Cases {
		r, body := v.request(t, all)
		s, p := Parse(r)
		if p != nil {
			t.Errorf("%s: %v", v.Name, p)
			continue
		}
		canonical := s.appendCanonicalRequest(nil, s.payloadHash(), variant{})
		if diff := cmp.Diff(v.CanonicalRequest, string(canonical)); diff != "" {
			t.Errorf("%s: canonical request:\n%s", v.Name, diff)
		}
		if diff := cmp.Diff(v.StringToSign, string(s.appendStringToSign(nil, canonical))); diff != "" {
			t.Errorf("%s: string to sign:\n%s", v.Name, diff)
		}
		stream, p := s.VerifyStream(all.Secret, now, NewKeyCache(), io.NopCloser(bytes.NewReader(body)))
		if p != nil {
			t.Errorf("%s: %v", v.Name, p)
			continue
		}
		payload, err := io.ReadAll(stream)
		if err != nil {
			t.Errorf("%s: read payload: %v", v.Name, err)
		}
		want := v.Body
		for _, c := range v.Chunks {
			want += strings.Repeat(v.ChunkByte, c.Size)
		}
		if string(payload) != want {
			t.Errorf("%s: payload of %d bytes, want %d", v.Name, len(payload), len(want))
		}
		if v.Trailer != "" {
			if got := stream.Trailer().Get("x-amz-checksum-crc32c"); got != "sOO8/Q==" {
				t.Errorf("%s: trailer %q", v.Name, got)
			}
		}
	}
}
