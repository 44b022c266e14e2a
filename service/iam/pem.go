package iam

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

// maxChain bounds the certificates of a chain.
const maxChain = 20

// parseCertificate reads exactly one certificate in PEM form (RFC 7468).
func parseCertificate(text string) (*x509.Certificate, error) {
	list, err := parseCertificates(text)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, errors.New("more than one certificate")
	}
	return list[0], nil
}

// parseCertificates reads one certificate and more, with nothing else between them.
func parseCertificates(text string) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	rest := []byte(strings.TrimSpace(text))
	for len(rest) > 0 {
		block, after := pem.Decode(rest)
		if block == nil || block.Type != "CERTIFICATE" || !strings.HasPrefix(string(rest), "-----BEGIN") {
			return nil, errors.New("not a certificate in PEM form")
		}
		if len(out) == maxChain {
			return nil, errors.New("too many certificates")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		rest = []byte(strings.TrimSpace(string(after)))
	}
	if len(out) == 0 {
		return nil, errors.New("no certificate")
	}
	return out, nil
}

// parsePrivateKey reads an unencrypted RSA, ECDSA or Ed25519 key in PEM form: PKCS #1, SEC 1 or PKCS #8.
func parsePrivateKey(text string) (crypto.Signer, error) {
	rest := []byte(text)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("no private key in PEM form")
		}
		switch block.Type {
		case "RSA PRIVATE KEY":
			return x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			return x509.ParseECPrivateKey(block.Bytes)
		case "PRIVATE KEY":
			k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, err
			}
			switch k := k.(type) {
			case *rsa.PrivateKey:
				return k, nil
			case *ecdsa.PrivateKey:
				return k, nil
			case ed25519.PrivateKey:
				return k, nil
			}
			return nil, errors.New("a private key of a kind that certificates do not use")
		case "EC PARAMETERS": // OpenSSL puts them before the key
		default:
			return nil, errors.New("a PEM block of type " + block.Type + " is no private key")
		}
	}
}

// fits says that the key is the certificate's.
func fits(c *x509.Certificate, k crypto.Signer) bool {
	public, ok := k.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}
