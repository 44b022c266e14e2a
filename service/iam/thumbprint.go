package iam

import (
	"context"
	"crypto/sha1" //nolint:gosec // thumbprints are SHA-1 by definition
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"
)

// handshakeTime bounds how long an identity provider may take to show its certificates.
const handshakeTime = 5 * time.Second

// thumbprint asks the server of the URL for its certificates and returns the SHA-1 hash of the last one that it shows: the top
// intermediate CA. The chain is not verified, because private CAs are common; that the thumbprint is the right one is for the
// customer to check. IAM User Guide: "Obtain the thumbprint for an OpenID Connect identity provider".
//
// It asks only addresses that are allowed. There is a handshake and no request: nothing is sent that could have an effect, no redirect
// is followed, and package tls bounds what it reads.
func thumbprint(ctx context.Context, issuer string, allowed func(netip.Addr) bool) (string, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return "", err
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	d := tls.Dialer{NetDialer: &net.Dialer{Control: only(allowed)}, Config: &tls.Config{ServerName: u.Hostname(), InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}} //nolint:gosec // see above
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return "", fmt.Errorf("ask %s for its certificates: %w", u.Host, err)
	}
	defer conn.Close()
	chain := conn.(*tls.Conn).ConnectionState().PeerCertificates
	if len(chain) == 0 {
		return "", errors.New("the server shows no certificate")
	}
	sum := sha1.Sum(chain[len(chain)-1].Raw) //nolint:gosec // see above
	return hex.EncodeToString(sum[:]), nil
}
