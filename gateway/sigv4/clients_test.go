package sigv4

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// verifier is a server that verifies what real clients send, and answers 403 with the reason to what it refuses.
type verifier struct {
	mu      sync.Mutex
	seen    map[string]int // what was verified, by form and payload
	refused []string
}

func (v *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	claim, err := v.verify(r)
	v.mu.Lock()
	defer v.mu.Unlock()
	if err != nil {
		v.refused = append(v.refused, fmt.Sprintf("%s %s: %v", r.Method, r.RequestURI, err))
		w.WriteHeader(http.StatusForbidden)
		return
	}
	v.seen[fmt.Sprintf("%s %s %s %s", r.Proto, claim.Service, [...]string{"header", "query"}[claim.Form], claim.Payload)]++
	answer(w, claim)
}

func (v *verifier) verify(r *http.Request) (*Signed, error) {
	s, p := Parse(r)
	if p != nil {
		return nil, p
	}
	if !s.IsS3() {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if p := s.Verify(testSecret, time.Now(), nil, body); p != nil {
			return nil, fmt.Errorf("%s", p.In(FamilyREST).Message)
		}
		return s, nil
	}
	body, p := s.VerifyStream(testSecret, time.Now(), nil, r.Body)
	if p != nil {
		return nil, fmt.Errorf("%w: %s", p, p.canonical)
	}
	n, err := io.Copy(io.Discard, body)
	if err == nil && body.Length() >= 0 && n != body.Length() {
		err = fmt.Errorf("%d bytes of %d", n, body.Length())
	}
	if err == nil && s.Payload.trailer() && len(body.Trailer()) == 0 {
		err = fmt.Errorf("no trailer")
	}
	return s, err
}

// answer is the least that satisfies botocore's parsers.
func answer(w http.ResponseWriter, s *Signed) {
	switch s.Service {
	case "sts":
		io.WriteString(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	case "iam":
		io.WriteString(w, `<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult><IsTruncated>false</IsTruncated><Users/></ListUsersResult></ListUsersResponse>`)
	case "kms", "lambda":
		io.WriteString(w, "{}")
	}
}

func (v *verifier) check(t *testing.T, want ...string) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range v.refused {
		t.Errorf("refused: %s", r)
	}
	for _, w := range want {
		if v.seen[w] == 0 {
			t.Errorf("never seen: %q in %v", w, v.seen)
		}
	}
}

func serve(t *testing.T) (v *verifier, plain, tls *httptest.Server) {
	v = &verifier{seen: map[string]int{}}
	plain = httptest.NewServer(v)
	t.Cleanup(plain.Close)
	tls = httptest.NewUnstartedServer(v)
	tls.EnableHTTP2 = true
	tls.StartTLS()
	t.Cleanup(tls.Close)
	return v, plain, tls
}

// TestBotocoreClients verifies the requests of unmodified botocore over real connections: query, JSON and REST services, S3 in
// both addressing styles with awkward keys, checksums in trailers, streams, presigned URLs, session tokens.
func TestBotocoreClients(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import botocore").Run() != nil {
		t.Skip("python3 with botocore is not installed")
	}
	v, plain, tls := serve(t)
	endpoint := func(s *httptest.Server) string { return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) }
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "-W", "ignore", "testdata/clients.py", endpoint(plain), endpoint(tls))
	cmd.Env = append(os.Environ(), "NO_PROXY=*", "no_proxy=*", "AWS_CONFIG_FILE=/dev/null")
	out, err := cmd.CombinedOutput()
	v.check(t, "HTTP/1.1 sts header ", "HTTP/1.1 iam header ", "HTTP/1.1 kms header ", "HTTP/1.1 lambda header ", "HTTP/1.1 s3 header ",
		"HTTP/1.1 s3 header STREAMING-UNSIGNED-PAYLOAD-TRAILER", "HTTP/1.1 s3 query UNSIGNED-PAYLOAD", "HTTP/1.1 sts query ")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestGoSDKSigner verifies what the AWS SDK for Go signs, over HTTP/1.1 and HTTP/2.
func TestGoSDKSigner(t *testing.T) {
	v, plain, tls := serve(t)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = false })
	signerS3 := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	creds := aws.Credentials{AccessKeyID: testKey, SecretAccessKey: string(testSecret), SessionToken: "session/token+="}
	body := []byte("Action=ListUsers&Version=2010-05-08")
	sum := sha256.Sum256(body)
	for _, server := range []*httptest.Server{plain, tls} {
		for _, path := range []string{"/", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af?a=b%20c&a=b&Z", "/a/../b//c/"} {
			for _, service := range []string{"lambda", "s3"} {
				r, err := http.NewRequest(http.MethodPost, server.URL+path, bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				sign := signer
				if service == "s3" {
					sign = signerS3
					r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
				}
				r.Header.Set("X-Amz-Meta-Note", " two  spaces ")
				if err := sign.SignHTTP(t.Context(), creds, r, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
					t.Fatal(err)
				}
				send(t, server, r)

				r, err = http.NewRequest(http.MethodGet, server.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				hash := emptyHash
				if service == "s3" {
					hash = UnsignedPayload
				}
				query := r.URL.Query()
				query.Set("X-Amz-Expires", "60")
				r.URL.RawQuery = query.Encode()
				url, header, err := sign.PresignHTTP(t.Context(), creds, r, hash, service, "us-east-1", time.Now())
				if err != nil {
					t.Fatal(err)
				}
				if r, err = http.NewRequest(http.MethodGet, url, nil); err != nil {
					t.Fatal(err)
				}
				r.Header = header.Clone()
				r.Header.Del("Host")
				send(t, server, r)
			}
		}
	}
	v.check(t, "HTTP/1.1 lambda header ", "HTTP/2.0 lambda header ", "HTTP/2.0 s3 header ", "HTTP/1.1 s3 query UNSIGNED-PAYLOAD", "HTTP/2.0 lambda query ")
}

func send(t *testing.T, server *httptest.Server, r *http.Request) {
	t.Helper()
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s %s: %s", r.Method, r.URL, resp.Status)
	}
}
