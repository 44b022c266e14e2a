package pki

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Lifetimes. Certificates begin to be valid a little in the past, for clients whose clocks are behind.
const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	authorityRenewal  = 365 * 24 * time.Hour // before its end
	leafLifetime      = 90 * 24 * time.Hour
	leafRenewal       = 30 * 24 * time.Hour // before its end
	backdate          = 24 * time.Hour
	checkEvery        = time.Hour
)

// Options says what is not obvious. The zero value works.
type Options struct {
	Names    []string         // further DNS names and IP addresses under which clients reach the server
	Hostname string           // "" means os.Hostname
	Clock    func() time.Time // nil means time.Now
	Rand     io.Reader        // nil means crypto/rand
	Logger   *slog.Logger     // told of renewals and of their failures; nil means silence
}

// Authority is a local certificate authority.
type Authority struct {
	dir   string // "" when ephemeral
	opts  Options
	names names
	key   *ecdsa.PrivateKey

	mu          sync.Mutex                       // serialises issuing
	certificate atomic.Pointer[x509.Certificate] // the authority's own
	leaf        atomic.Pointer[tls.Certificate]  // the server's
}

// Open reads the authority in dir, which must exist, or makes one there. With an empty dir it is ephemeral: it lives in memory
// and nobody will trust it again after the process.
func Open(dir string, o Options) (*Authority, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	n, err := newNames(o.Hostname, o.Names)
	if err != nil {
		return nil, err
	}
	a := &Authority{dir: dir, opts: o, names: n}
	if dir == "" {
		a.key, err = ecdsa.GenerateKey(elliptic.P256(), o.Rand)
	} else {
		err = a.load()
	}
	if err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	now := o.Clock()
	if err := a.renewAuthority(now); err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	if err := a.renew(now); err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	return a, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Hostname == "" {
		name, err := os.Hostname()
		if err != nil {
			return o, fmt.Errorf("find the host's name: %w", err)
		}
		o.Hostname = name
	}
	return o, nil
}

// CABundle returns the certificates that a client must trust, in PEM.
func (a *Authority) CABundle() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Load().Raw})
}

// CAPath returns where CABundle lies as a file, "" when the authority is ephemeral.
func (a *Authority) CAPath() string {
	if a.dir == "" {
		return ""
	}
	return filepath.Join(a.dir, bundleFile)
}

// Names returns the DNS names and IP addresses that server certificates carry.
func (a *Authority) Names() []string { return a.names.list() }

// TLSConfig returns the configuration of a server: TLS 1.2 with forward secrecy and up, HTTP/2 and HTTP/1.1, and a certificate
// that is replaced before it expires. Session tickets are left to crypto/tls, which rotates their keys daily.
func (a *Authority) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		CipherSuites:   []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: a.getCertificate,
	}
}

// Run keeps the certificates fresh until ctx ends, so that handshakes find them ready. Without it they are renewed by the first
// handshake that needs it. A failure is logged and tried again: what there is may still be valid for weeks.
func (a *Authority) Run(ctx context.Context) error {
	t := time.NewTicker(checkEvery)
	defer t.Stop()
	a.run(ctx, t.C)
	return nil
}

func (a *Authority) run(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			if err := a.renew(a.opts.Clock()); err != nil {
				a.opts.Logger.Error("renew server certificate", "error", err)
			}
		}
	}
}

// renewAuthority makes the authority's certificate where there is none that is valid now, for a while yet, and permits all names.
// a.mu is held, or nobody else knows a yet.
func (a *Authority) renewAuthority(now time.Time) error {
	old := a.certificate.Load()
	if old != nil && !now.Before(old.NotBefore) && now.Before(old.NotAfter.Add(-authorityRenewal)) && a.names.permittedBy(old) {
		return nil
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Vauban local authority", Organization: []string{"Vauban"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(authorityLifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, // and so for all below
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	a.names.constrain(template)
	if old != nil {
		template.Subject = old.Subject // a chain is found by name and key
	}
	der, err := x509.CreateCertificate(a.opts.Rand, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		return fmt.Errorf("issue the authority's certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("issue the authority's certificate: %w", err)
	}
	if a.dir != "" {
		if err := a.saveBundle(certificate); err != nil {
			return err
		}
	}
	a.certificate.Store(certificate)
	if old != nil {
		a.opts.Logger.Warn("the authority's certificate was renewed: give clients the new bundle", "bundle", a.CAPath(),
			"until", old.NotAfter, "expires", certificate.NotAfter)
	}
	return nil
}
