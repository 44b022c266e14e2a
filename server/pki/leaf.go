package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"time"
)

// getCertificate answers a handshake. A certificate that is not valid now, since the clock was set or nobody renewed it in time,
// is replaced first.
func (a *Authority) getCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c, now := a.leaf.Load(), a.opts.Clock()
	if valid(c, now) {
		return c, nil
	}
	if err := a.renew(now); err != nil {
		a.opts.Logger.Error("renew server certificate in a handshake", "error", err)
		return nil, err
	}
	return a.leaf.Load(), nil
}

func valid(c *tls.Certificate, now time.Time) bool {
	return c != nil && !now.Before(c.Leaf.NotBefore) && now.Before(c.Leaf.NotAfter)
}

// fresh reports whether the certificate need not be renewed yet. One from the future is as bad as an old one.
func fresh(c *tls.Certificate, now time.Time) bool {
	return valid(c, now) && now.Before(c.Leaf.NotAfter.Add(-leafRenewal))
}

// renew replaces the server's certificate unless it is fresh.
func (a *Authority) renew(now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if fresh(a.leaf.Load(), now) {
		return nil
	}
	if err := a.renewAuthority(now); err != nil {
		// The authority's old certificate may serve for a year yet.
		a.opts.Logger.Error("renew the authority's certificate", "error", err)
	}
	c, err := a.issue(now)
	if err != nil {
		return fmt.Errorf("issue server certificate: %w", err)
	}
	a.leaf.Store(c)
	return nil
}

// issue makes a key and a certificate for all names.
func (a *Authority) issue(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.opts.Rand)
	if err != nil {
		return nil, err
	}
	parent := a.certificate.Load()
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Vauban server", Organization: []string{"Vauban"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(leafLifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              a.names.dns,
		IPAddresses:           a.names.ips,
	}
	der, err := x509.CreateCertificate(a.opts.Rand, template, parent, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: certificate}, nil
}
