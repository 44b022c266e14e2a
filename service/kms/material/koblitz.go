package material

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"io"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// koblitzPair is a key pair on secp256k1 (SEC 2), which the standard library does not have.
type koblitzPair struct{ key *secp256k1.PrivateKey }

func generateKoblitz(random io.Reader) (form, error) {
	for range maxDraws {
		b, err := read(random, secp256k1.PrivKeyBytesLen)
		if err != nil {
			return nil, err
		}
		key, ok := koblitzScalar(b)
		clear(b)
		if ok {
			return &koblitzPair{key}, nil
		}
	}
	return nil, errors.New("no scalar in range: the source of randomness does not work")
}

// koblitzScalar refuses zero and what is not below the order.
func koblitzScalar(b []byte) (*secp256k1.PrivateKey, bool) {
	var s secp256k1.ModNScalar
	if len(b) != secp256k1.PrivKeyBytesLen || s.SetByteSlice(b) || s.IsZero() {
		return nil, false
	}
	return secp256k1.NewPrivateKey(&s), true
}

// The ASN.1 of RFC 5480 (public keys), RFC 5958 and RFC 5915 (private keys).
type (
	curveIdentifier struct{ Algorithm, Curve asn1.ObjectIdentifier }
	curvePublic     struct {
		Algorithm curveIdentifier
		Point     asn1.BitString
	}
	curvePrivate struct {
		Version   int
		Algorithm curveIdentifier
		Key       []byte
	}
	curveScalar struct {
		Version int
		Scalar  []byte
		Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
		Point   asn1.BitString        `asn1:"optional,explicit,tag:1"`
	}
)

func koblitzIdentifier() curveIdentifier {
	return curveIdentifier{
		Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, // id-ecPublicKey
		Curve:     asn1.ObjectIdentifier{1, 3, 132, 0, 10},       // secp256k1
	}
}

func (p *koblitzPair) point() asn1.BitString {
	b := p.key.PubKey().SerializeUncompressed()
	return asn1.BitString{Bytes: b, BitLength: len(b) * 8}
}

func (p *koblitzPair) spki() ([]byte, error) {
	return asn1.Marshal(curvePublic{koblitzIdentifier(), p.point()})
}

func (p *koblitzPair) private() ([]byte, error) {
	inner, err := asn1.Marshal(curveScalar{Version: 1, Scalar: p.key.Serialize(), Point: p.point()})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(curvePrivate{Algorithm: koblitzIdentifier(), Key: inner})
}

// parseKoblitz reads a PKCS #8 private key on secp256k1. If it holds the public key too, that must be the scalar's.
func parseKoblitz(der []byte) (form, error) {
	wrong := fmt.Errorf("%w: not a PKCS #8 private key on secp256k1", ErrMaterial)
	var outer curvePrivate
	if len(der) > maxPrivate {
		return nil, wrong
	}
	rest, err := asn1.Unmarshal(der, &outer)
	want := koblitzIdentifier()
	if err != nil || len(rest) > 0 || outer.Version > 1 || !outer.Algorithm.Algorithm.Equal(want.Algorithm) || !outer.Algorithm.Curve.Equal(want.Curve) {
		return nil, wrong
	}
	var inner curveScalar
	rest, err = asn1.Unmarshal(outer.Key, &inner)
	if err != nil || len(rest) > 0 || inner.Version != 1 || len(inner.Curve) > 0 && !inner.Curve.Equal(want.Curve) {
		return nil, wrong
	}
	key, ok := koblitzScalar(inner.Scalar)
	if !ok {
		return nil, wrong
	}
	if inner.Point.BitLength > 0 {
		pub, err := secp256k1.ParsePubKey(inner.Point.RightAlign())
		if err != nil || !pub.IsEqual(key.PubKey()) {
			return nil, wrong
		}
	}
	return &koblitzPair{key}, nil
}

func (p *koblitzPair) sign(algorithm, messageType string, message []byte) ([]byte, error) {
	digest, err := digest(algorithm, messageType, message)
	if err != nil {
		return nil, err
	}
	return ecdsa.Sign(p.key, digest).Serialize(), nil
}

func (p *koblitzPair) verify(algorithm, messageType string, message, signature []byte) error {
	digest, err := digest(algorithm, messageType, message)
	if err != nil {
		return err
	}
	s, err := ecdsa.ParseDERSignature(signature)
	if err != nil || !s.Verify(digest, p.key.PubKey()) {
		return ErrSignature
	}
	return nil
}
