package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"vauban/carrier"
)

// Config says what the client may reach. The zero value reaches public addresses.
type Config struct {
	Allow []netip.Prefix // private networks that customers' endpoints may be in
	CA    []byte         // PEM: authorities that are trusted beside the system's
	Bytes int64          // of an answer's body: what is beyond is cut off; 0 means 1 MiB

	Resolver *net.Resolver // nil means the system's
}

// Client implements [carrier.Web].
type Client struct {
	http  *http.Client
	bytes int64
}

// New returns a client.
func New(cfg Config) (*Client, error) {
	roots, err := x509.SystemCertPool()
	if err != nil { // a host without any: only the operator's are trusted
		roots = x509.NewCertPool()
	}
	if len(cfg.CA) > 0 && !roots.AppendCertsFromPEM(cfg.CA) {
		return nil, errors.New("the authorities for customers' endpoints hold no certificate in PEM")
	}
	if cfg.Bytes == 0 {
		cfg.Bytes = 1 << 20
	}
	return &Client{bytes: cfg.Bytes, http: &http.Client{
		Transport:     transport(newDialer(newJudge(cfg.Allow), cfg.Resolver), roots),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func newDialer(j *judge, resolver *net.Resolver) *net.Dialer {
	return &net.Dialer{
		Timeout: 10 * time.Second, Resolver: resolver,
		Control: func(_, address string, _ syscall.RawConn) error { // for each address that a name resolved to
			a, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("%w: %w", carrier.ErrForbiddenAddress, err)
			}
			return j.check(a.Addr())
		},
	}
}

func transport(d *net.Dialer, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		DialContext: d.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 10 * time.Second,
		DisableCompression: true, // an answer unpacks to no more than was sent
		ForceAttemptHTTP2:  true, MaxIdleConns: 256, MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
}

// Do implements [carrier.Web]. An answer that redirects comes back as it is.
func (c *Client) Do(r *http.Request, timeout time.Duration) (*http.Response, error) {
	if s := r.URL.Scheme; s != "http" && s != "https" {
		return nil, fmt.Errorf("%w: scheme %q", carrier.ErrForbiddenAddress, s)
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	res, err := c.http.Do(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, withoutAddress(err, r.URL.Host)
	}
	res.Body = &body{Reader: io.LimitReader(res.Body, c.bytes), under: res.Body, cancel: cancel}
	return res, nil
}

// withoutAddress names the host alone: errors are shown and stored, and the query of an address may hold secrets.
func withoutAddress(err error, host string) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s %s: %w", u.Op, host, u.Err)
	}
	return err
}

// Close ends the connections that wait for further requests.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// body is an answer's body, cut off at its bound. The time of the call goes on until it is closed.
type body struct {
	io.Reader
	under  io.Closer
	cancel context.CancelFunc
}

func (b *body) Close() error {
	defer b.cancel()
	return b.under.Close()
}
