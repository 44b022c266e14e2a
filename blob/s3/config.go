package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vauban/gateway/sigv4"
)

// Config says where the bucket is. Bucket, AccessKeyID and Secret are needed; the zero value of the others works.
type Config struct {
	Endpoint     string // "https://host[:port]"; "" means AWS in the region
	Region       string // "" means us-east-1, which most compatible stores take
	Bucket       string
	Prefix       string // of all keys, such as "vauban/"; "" means the whole bucket
	AccessKeyID  string
	Secret       sigv4.SecretKey
	SessionToken string // "" for long-term keys
	Client       *http.Client
	Timeout      time.Duration    // of one attempt of one request of at most 8 MiB; 0 means two minutes
	Now          func() time.Time // nil means time.Now
	Rand         io.Reader        // nil means crypto/rand; must be safe for concurrent use
}

// New makes a store on the bucket, which must exist. It sends nothing yet.
func New(c Config) (*Store, error) {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.Endpoint == "" {
		c.Endpoint = "https://s3." + c.Region + ".amazonaws.com"
	}
	base, err := bucketURL(c)
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	s := &Store{base: base, prefix: c.Prefix, timeout: c.Timeout, now: c.Now, rand: c.Rand, pause: pause,
		signer: sigv4.Signer{AccessKeyID: c.AccessKeyID, Secret: c.Secret, SessionToken: c.SessionToken, Region: c.Region, Service: "s3"}}
	if s.timeout <= 0 {
		s.timeout = 2 * time.Minute
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if c.Client == nil {
		s.owned = newTransport()
		s.client.Transport = s.owned
	} else {
		s.client = *c.Client
	}
	// A redirect would carry the signature to a host that it was not made for.
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s, nil
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       time.Minute,
		ForceAttemptHTTP2:     true,
	}
}

func bucketURL(c Config) (*url.URL, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, err
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("the endpoint must be https://host[:port] or http://host[:port]")
	}
	if c.AccessKeyID == "" || c.Secret == "" {
		return nil, errors.New("an access key ID and its secret are needed")
	}
	if len(c.Bucket) < 3 || len(c.Bucket) > 63 || !plain(c.Bucket, "-.") || strings.Contains(c.Bucket, "..") {
		return nil, fmt.Errorf("%q is not the name of a bucket: 3 to 63 of a-z, 0-9, '-' and '.'", c.Bucket)
	}
	if len(c.Prefix) > 512 || !plain(c.Prefix, "-_/") || strings.HasPrefix(c.Prefix, "/") || strings.Contains(c.Prefix, "//") {
		return nil, fmt.Errorf("%q cannot be the prefix: at most 512 of a-z, 0-9, '-', '_' and single '/', such as vauban/", c.Prefix)
	}
	return u.JoinPath(c.Bucket), nil
}

// plain reports whether the name needs no escape anywhere.
func plain(name, more string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte(more, c) < 0 {
			return false
		}
	}
	return true
}

// pause waits, or ends early with the context's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
