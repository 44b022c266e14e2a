package material

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"

	"filippo.io/mldsa"
	pkix "filippo.io/mldsa/x509"
)

// maxPrivate bounds a PKCS #8 private key, in bytes: an RSA_4096 one has less than 2,500.
const maxPrivate = 8 << 10

// public is implemented by the forms that have a public key.
type public interface {
	spki() ([]byte, error)
}

// PublicKey returns the public key as a DER SubjectPublicKeyInfo (RFC 5280), or an AlgorithmError for a key that has none.
func (k *Key) PublicKey() ([]byte, error) {
	p, ok := k.form.(public)
	if !ok {
		return nil, &AlgorithmError{"public key", k.spec}
	}
	return p.spki()
}

// parsePair reads a PKCS #8 private key of the spec, other than secp256k1's.
func parsePair(spec string, der []byte) (form, error) {
	if len(der) > maxPrivate {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrMaterial, maxPrivate)
	}
	parsed, err := pkix.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: not a PKCS #8 private key", ErrMaterial)
	}
	var f form
	var actual string
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		f, actual = &rsaPair{spec, key}, rsaSpec(key)
	case *ecdsa.PrivateKey:
		f, actual = &nistPair{spec, key}, nistSpec(key.Curve)
	case ed25519.PrivateKey:
		f, actual = edwardsPair{key}, Ed25519
	case *mldsa.PrivateKey:
		f, actual = &latticePair{key}, latticeSpec(key.PublicKey().Parameters())
	}
	if actual != spec {
		return nil, fmt.Errorf("%w: a private key of another kind or size than %s", ErrMaterial, spec)
	}
	return f, nil
}
