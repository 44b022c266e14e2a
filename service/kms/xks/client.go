package xks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"vauban/carrier"
	"vauban/gateway/sigv4"
)

// Time is how long KMS waits for an answer, connecting included. XKS Proxy API Specification: "KMS Considerations" of each call.
const Time = 250 * time.Millisecond

// Client calls proxies. Its connections stay open between calls.
type Client struct {
	Web     carrier.Web
	Clock   func() time.Time
	Timeout time.Duration // 0 means Time
}

// Proxy is one proxy, as one key store knows it.
type Proxy struct {
	Endpoint string // "https://xks.example.com"
	Path     string // "/prefix/kms/xks/v1"
	Region   string // from which is called

	AccessKeyID string
	Secret      sigv4.SecretKey
}

// maxAnswer bounds an answer: the longest that is allowed, with its data in Base64, has less than 8 KiB.
const maxAnswer = 32 << 10

// Health asks whether the proxy and the key managers behind it work. When none of the latter does, there are both an answer and [AllUnavailable].
func (c *Client) Health(ctx context.Context, p *Proxy, about About) (*Health, error) {
	body, err := c.call(ctx, p, "/health", &request{About: about})
	if err != nil {
		return nil, err
	}
	return parseHealth(body)
}

// Metadata asks what an external key is.
func (c *Client) Metadata(ctx context.Context, p *Proxy, key string, about About) (*Metadata, error) {
	body, err := c.call(ctx, p, "/keys/"+key+"/metadata", &request{About: about})
	if err != nil {
		return nil, err
	}
	return parseMetadata(body)
}

// Encrypt encrypts under an external key. The proxy vouches for what it gives: the integrity value is asked for, and checked.
func (c *Client) Encrypt(ctx context.Context, p *Proxy, key string, about About, plaintext, aad []byte) (*Sealed, error) {
	body, err := c.call(ctx, p, "/keys/"+key+"/encrypt", &request{
		About: about, Plaintext: plaintext, AAD: aad, Algorithm: algorithm, IntegrityAlgorithm: integrityAlgorithm,
	})
	if err != nil {
		return nil, err
	}
	return parseSealed(body, len(plaintext), aad)
}

// Decrypt decrypts what Encrypt gave.
func (c *Client) Decrypt(ctx context.Context, p *Proxy, key string, about About, s *Sealed, aad []byte) ([]byte, error) {
	body, err := c.call(ctx, p, "/keys/"+key+"/decrypt", &request{
		About: about, Ciphertext: s.Ciphertext, Metadata: s.Metadata, IV: s.IV, Tag: s.Tag, AAD: aad, Algorithm: algorithm,
	})
	if err != nil {
		return nil, err
	}
	return parseOpened(body, len(s.Ciphertext))
}

// call sends one request and returns the body of a success.
func (c *Client) call(ctx context.Context, p *Proxy, path string, in *request) ([]byte, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("write a request to the key store proxy: %w", err)
	}
	r, err := c.request(ctx, p, path, text)
	if err != nil {
		return nil, err
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = Time
	}
	res, err := c.Web.Do(r, timeout)
	if err != nil {
		return nil, unanswered(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1)) // to its end, so that the connection can be used again
	switch {
	case err != nil:
		return nil, unanswered(err)
	case len(body) > maxAnswer:
		return nil, malformed("the answer has more than %d bytes", maxAnswer)
	case res.StatusCode != http.StatusOK:
		return nil, parseProblem(res.StatusCode, body)
	}
	return body, nil
}

// request is a signed request. Of its headers only Host and X-Amz-Date are signed, as proxies expect it: "Appendix A".
func (c *Client) request(ctx context.Context, p *Proxy, path string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Endpoint+p.Path+path, bytes.NewReader(body))
	if err != nil {
		return nil, &Problem{Reason: Unreachable, Err: err}
	}
	signer := &sigv4.Signer{AccessKeyID: p.AccessKeyID, Secret: p.Secret, Region: p.Region, Service: "kms-xks-proxy"}
	if err := signer.Sign(r, sigv4.PayloadHash(body), c.Clock()); err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Vauban-KMS")
	// No call changes anything at the proxy, so that one whose connection turns out to be closed may go out on another. Without a value it is not sent.
	r.Header["Idempotency-Key"] = nil
	return r, nil
}
