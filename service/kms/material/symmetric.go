package material

import (
	"fmt"
	"io"

	"vauban/seal/xaes"
)

// Overhead is how much longer a sealed message is than its plaintext, in bytes.
const Overhead = xaes.NonceSize + xaes.TagSize

type symmetric struct {
	raw [xaes.KeySize]byte
	key *xaes.Key
}

func generateSymmetric(random io.Reader) (form, error) {
	b, err := read(random, xaes.KeySize)
	if err != nil {
		return nil, err
	}
	return parseSymmetric(b)
}

func parseSymmetric(b []byte) (form, error) {
	if len(b) != xaes.KeySize {
		return nil, fmt.Errorf("%w: a symmetric key has %d bytes, this one %d", ErrMaterial, xaes.KeySize, len(b))
	}
	s := &symmetric{raw: [xaes.KeySize]byte(b)}
	var err error
	if s.key, err = xaes.New(&s.raw); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *symmetric) private() ([]byte, error) { return append([]byte(nil), s.raw[:]...), nil }

// Seal encrypts with a symmetric key.
func (k *Key) Seal(random io.Reader, plaintext, aad []byte) ([]byte, error) {
	s, ok := k.form.(*symmetric)
	if !ok {
		return nil, &AlgorithmError{AESGCM, k.spec}
	}
	out := make([]byte, xaes.NonceSize, Overhead+len(plaintext))
	if _, err := io.ReadFull(random, out); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	return s.key.Seal(out, out, plaintext, aad)
}

// Open decrypts what Seal gave under the same additional data, or answers ErrCiphertext.
func (k *Key) Open(ciphertext, aad []byte) ([]byte, error) {
	s, ok := k.form.(*symmetric)
	if !ok {
		return nil, &AlgorithmError{AESGCM, k.spec}
	}
	if len(ciphertext) < Overhead {
		return nil, ErrCiphertext
	}
	out, err := s.key.Open(nil, ciphertext[:xaes.NonceSize], ciphertext[xaes.NonceSize:], aad)
	if err != nil {
		return nil, ErrCiphertext
	}
	return out, nil
}
