package xaes

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
)

// Sizes in bytes.
const (
	KeySize   = 32
	NonceSize = 24
	TagSize   = 16
)

// Key is a key for each 192-bit nonce, derived by NIST SP 800-108r1 KDF in counter mode with AES-CMAC, then AES-256-GCM. Safe for
// concurrent use.
type Key struct {
	block cipher.Block
	k1    [aes.BlockSize]byte // CMAC's first subkey (NIST SP 800-38B section 6.1)
}

// New prepares a key.
func New(key *[KeySize]byte) (*Key, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("set up AES: %w", err)
	}
	x := &Key{block: block}
	block.Encrypt(x.k1[:], x.k1[:])
	var msb byte
	for i := len(x.k1) - 1; i >= 0; i-- {
		msb, x.k1[i] = x.k1[i]>>7, x.k1[i]<<1|msb
	}
	x.k1[len(x.k1)-1] ^= byte(subtle.ConstantTimeSelect(int(msb), 0x87, 0))
	return x, nil
}

// derive returns the AES-GCM of the nonce's first half.
func (x *Key) derive(nonce []byte) (cipher.AEAD, error) {
	var key [KeySize]byte
	copy(key[:], []byte{0, 1, 'X', 0})
	copy(key[4:], nonce[:12])
	copy(key[16:], []byte{0, 2, 'X', 0})
	copy(key[20:], nonce[:12])
	for half := key[:]; len(half) > 0; half = half[16:] {
		subtle.XORBytes(half[:16], half[:16], x.k1[:])
		x.block.Encrypt(half[:16], half[:16])
	}
	block, err := aes.NewCipher(key[:])
	clear(key[:])
	if err != nil {
		return nil, fmt.Errorf("set up AES: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("set up GCM: %w", err)
	}
	return gcm, nil
}

// Seal appends the ciphertext and tag to dst. nonce has NonceSize bytes.
func (x *Key) Seal(dst, nonce, plaintext, aad []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(dst, nonce[12:], plaintext, aad), nil
}

// Open appends the plaintext to dst. nonce has NonceSize bytes.
func (x *Key) Open(dst, nonce, ciphertext, aad []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Open(dst, nonce[12:], ciphertext, aad)
}
