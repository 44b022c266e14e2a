package material

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"io"
)

// edwardsPair is a key pair on edwards25519 (RFC 8032).
type edwardsPair struct{ key ed25519.PrivateKey }

func generateEdwards(random io.Reader) (form, error) {
	seed, err := read(random, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	return edwardsPair{ed25519.NewKeyFromSeed(seed)}, nil
}

func (p edwardsPair) private() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(p.key) }
func (p edwardsPair) spki() ([]byte, error)    { return x509.MarshalPKIXPublicKey(p.key.Public()) }

// edwardsOptions: the pure algorithm takes whole messages, the pre-hashed one takes their SHA-512.
func edwardsOptions(algorithm, messageType string, message []byte) (*ed25519.Options, error) {
	switch {
	case algorithm == Ed25519Pure && messageType == TypeRaw:
		return &ed25519.Options{}, nil
	case algorithm == Ed25519Hash && messageType == TypeDigest:
		if len(message) != sha512.Size {
			return nil, &MessageError{algorithm, messageType, sha512.Size}
		}
		return &ed25519.Options{Hash: crypto.SHA512}, nil
	}
	return nil, &MessageError{Algorithm: algorithm, Type: messageType}
}

func (p edwardsPair) sign(algorithm, messageType string, message []byte) ([]byte, error) {
	opts, err := edwardsOptions(algorithm, messageType, message)
	if err != nil {
		return nil, err
	}
	return p.key.Sign(rand.Reader, message, opts)
}

func (p edwardsPair) verify(algorithm, messageType string, message, signature []byte) error {
	opts, err := edwardsOptions(algorithm, messageType, message)
	if err != nil {
		return err
	}
	if ed25519.VerifyWithOptions(p.key.Public().(ed25519.PublicKey), message, signature, opts) != nil {
		return ErrSignature
	}
	return nil
}
