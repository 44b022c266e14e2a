package material

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"io"
)

type mac struct {
	raw []byte
	sum func() hash.Hash
}

// longestMAC bounds an imported key, in bytes ("Requirements for imported key material"); the shortest is as long as the digest.
const longestMAC = 128

func macHash(spec string) (sum func() hash.Hash, size int) {
	switch spec {
	case HMAC224:
		return sha256.New224, sha256.Size224
	case HMAC256:
		return sha256.New, sha256.Size
	case HMAC384:
		return sha512.New384, sha512.Size384
	}
	return sha512.New, sha512.Size
}

func generateMAC(random io.Reader, spec string) (form, error) {
	_, size := macHash(spec)
	b, err := read(random, size)
	if err != nil {
		return nil, err
	}
	return parseMAC(spec, b)
}

func parseMAC(spec string, b []byte) (form, error) {
	sum, size := macHash(spec)
	if len(b) < size || len(b) > longestMAC {
		return nil, fmt.Errorf("%w: an %s key has %d to %d bytes, this one %d", ErrMaterial, spec, size, longestMAC, len(b))
	}
	return &mac{append([]byte(nil), b...), sum}, nil
}

func (m *mac) private() ([]byte, error) { return append([]byte(nil), m.raw...), nil }

// MAC returns the message's authentication code.
func (k *Key) MAC(algorithm string, message []byte) ([]byte, error) {
	m, ok := k.form.(*mac)
	if !ok {
		return nil, &AlgorithmError{algorithm, k.spec}
	}
	if err := k.algorithm(MACAlgorithms(k.spec, GenerateVerifyMAC), algorithm); err != nil {
		return nil, err
	}
	h := hmac.New(m.sum, m.raw)
	h.Write(message)
	return h.Sum(nil), nil
}

// VerifyMAC answers ErrMAC unless code is the message's.
func (k *Key) VerifyMAC(algorithm string, message, code []byte) error {
	want, err := k.MAC(algorithm, message)
	if err != nil {
		return err
	}
	if !hmac.Equal(want, code) {
		return ErrMAC
	}
	return nil
}
