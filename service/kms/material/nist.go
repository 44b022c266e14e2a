package material

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
)

// nistPair is a key pair on a curve of NIST's (FIPS 186-5).
type nistPair struct {
	spec string
	key  *ecdsa.PrivateKey
}

func nistCurves(spec string) (elliptic.Curve, ecdh.Curve) {
	switch spec {
	case P256:
		return elliptic.P256(), ecdh.P256()
	case P384:
		return elliptic.P384(), ecdh.P384()
	}
	return elliptic.P521(), ecdh.P521()
}

func nistSpec(c elliptic.Curve) string {
	switch c {
	case elliptic.P256():
		return P256
	case elliptic.P384():
		return P384
	case elliptic.P521():
		return P521
	}
	return ""
}

// maxDraws bounds how often a scalar is drawn. One draw fails with at most one in two (P-521: its top bits are masked), so a source of
// randomness that is one never gets there.
const maxDraws = 128

// generateNIST draws scalars until one is in range (FIPS 186-5 A.2.2).
func generateNIST(random io.Reader, spec string) (form, error) {
	curve, agreement := nistCurves(spec)
	bits := curve.Params().N.BitLen()
	for range maxDraws {
		b, err := read(random, (bits+7)/8)
		if err != nil {
			return nil, err
		}
		b[0] &= byte(0xff >> (len(b)*8 - bits))
		if _, err := agreement.NewPrivateKey(b); err != nil { // zero, or not below the order
			continue
		}
		key, err := ecdsa.ParseRawPrivateKey(curve, b)
		clear(b)
		if err != nil {
			return nil, err
		}
		return &nistPair{spec, key}, nil
	}
	return nil, errors.New("no scalar in range: the source of randomness does not work")
}

func (p *nistPair) private() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(p.key) }
func (p *nistPair) spki() ([]byte, error)    { return x509.MarshalPKIXPublicKey(&p.key.PublicKey) }

func (p *nistPair) sign(algorithm, messageType string, message []byte) ([]byte, error) {
	digest, err := digest(algorithm, messageType, message)
	if err != nil {
		return nil, err
	}
	return ecdsa.SignASN1(rand.Reader, p.key, digest)
}

func (p *nistPair) verify(algorithm, messageType string, message, signature []byte) error {
	digest, err := digest(algorithm, messageType, message)
	if err != nil {
		return err
	}
	if !ecdsa.VerifyASN1(&p.key.PublicKey, digest, signature) {
		return ErrSignature
	}
	return nil
}

// maxPublic bounds a peer's public key, in bytes, as the model does.
const maxPublic = 8 << 10

// Agree returns the ECDH shared secret with a peer's public key, a DER SubjectPublicKeyInfo on the same curve: the x coordinate (NIST SP 800-56A
// section 5.7.1.2).
func (k *Key) Agree(peer []byte) ([]byte, error) {
	p, ok := k.form.(*nistPair)
	if !ok {
		return nil, &AlgorithmError{ECDH, k.spec}
	}
	if len(peer) > maxPublic {
		return nil, ErrPublicKey
	}
	parsed, err := x509.ParsePKIXPublicKey(peer)
	if err != nil {
		return nil, ErrPublicKey
	}
	pub, ok := parsed.(*ecdsa.PublicKey)
	if !ok || pub.Curve != p.key.Curve {
		return nil, ErrPublicKey
	}
	theirs, err := pub.ECDH()
	if err != nil {
		return nil, ErrPublicKey
	}
	mine, err := p.key.ECDH()
	if err != nil {
		return nil, fmt.Errorf("use the key for ECDH: %w", err)
	}
	secret, err := mine.ECDH(theirs)
	if err != nil {
		return nil, ErrPublicKey
	}
	return secret, nil
}
