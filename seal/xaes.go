package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
)

const (
	keySize   = 32
	nonceSize = 24
	tagSize   = 16
)

// xaes is XAES-256-GCM as https://c2sp.org/XAES-256-GCM defines it: a key for each 192-bit nonce, derived by NIST SP 800-108r1 KDF in
// counter mode with AES-CMAC, then AES-256-GCM. Safe for concurrent use.
type xaes struct {
	block cipher.Block
	k1    [aes.BlockSize]byte // CMAC's first subkey (NIST SP 800-38B section 6.1)
}

func newXAES(key *[keySize]byte) (*xaes, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("set up AES: %w", err)
	}
	x := &xaes{block: block}
	block.Encrypt(x.k1[:], x.k1[:])
	var msb byte
	for i := len(x.k1) - 1; i >= 0; i-- {
		msb, x.k1[i] = x.k1[i]>>7, x.k1[i]<<1|msb
	}
	x.k1[len(x.k1)-1] ^= byte(subtle.ConstantTimeSelect(int(msb), 0x87, 0))
	return x, nil
}

// derive returns the AES-GCM of the nonce's first half.
func (x *xaes) derive(nonce []byte) (cipher.AEAD, error) {
	var key [keySize]byte
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

// seal appends the ciphertext and tag to dst. nonce has nonceSize bytes.
func (x *xaes) seal(dst, nonce, plaintext, aad []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(dst, nonce[12:], plaintext, aad), nil
}

// open appends the plaintext to dst.
func (x *xaes) open(dst, nonce, ciphertext, aad []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Open(dst, nonce[12:], ciphertext, aad)
}
