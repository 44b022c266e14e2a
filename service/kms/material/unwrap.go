package material

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

// Wrapping algorithms of imports, by AWS's names; OAEPSHA1 and OAEPSHA256 wrap too.
const (
	KeyWrapSHA1   = "RSA_AES_KEY_WRAP_SHA_1"
	KeyWrapSHA256 = "RSA_AES_KEY_WRAP_SHA_256"
)

// Unwrap returns the key material that was wrapped for the public key of the RSA key. For the RSA_AES algorithms wrapped is an RSA-encrypted AES key,
// followed by the material wrapped with that key (RFC 5649). Whatever is wrong with it, the answer is ErrWrapped.
func (k *Key) Unwrap(algorithm string, wrapped []byte) ([]byte, error) {
	p, ok := k.form.(*rsaPair)
	if !ok {
		return nil, &AlgorithmError{algorithm, k.spec}
	}
	oaep, rest := algorithm, []byte(nil)
	switch algorithm {
	case KeyWrapSHA1, KeyWrapSHA256:
		oaep = OAEPSHA1
		if algorithm == KeyWrapSHA256 {
			oaep = OAEPSHA256
		}
		if len(wrapped) < p.key.Size() {
			return nil, ErrWrapped
		}
		wrapped, rest = wrapped[:p.key.Size()], wrapped[p.key.Size():]
	case OAEPSHA1, OAEPSHA256:
	default:
		return nil, &AlgorithmError{algorithm, k.spec}
	}
	out, err := k.Decrypt(oaep, wrapped)
	if err != nil {
		return nil, ErrWrapped
	}
	if oaep == algorithm {
		return out, nil
	}
	defer clear(out)
	return unwrapPadded(out, rest)
}

// semiblock is AES key wrap's unit, in bytes.
const semiblock = 8

// unwrapPadded is AES key unwrap with padding (RFC 5649 section 4.2).
func unwrapPadded(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil || len(wrapped) < 2*semiblock || len(wrapped)%semiblock != 0 {
		return nil, ErrWrapped
	}
	b := append([]byte(nil), wrapped...)
	if len(b) == aes.BlockSize {
		block.Decrypt(b, b)
	} else {
		unwrapBlocks(block, b)
	}
	plain := b[semiblock:]
	length := uint64(binary.BigEndian.Uint32(b[4:]))
	// The alternative initial value begins; the length follows.
	good := subtle.ConstantTimeCompare(b[:4], []byte{0xa6, 0x59, 0x59, 0xa6}) == 1
	if !good || length > uint64(len(plain)) || length+semiblock <= uint64(len(plain)) {
		clear(b)
		return nil, ErrWrapped
	}
	for _, c := range plain[length:] {
		if c != 0 {
			clear(b)
			return nil, ErrWrapped
		}
	}
	return plain[:length], nil
}

// unwrapBlocks is the index based unwrapping of RFC 3394 section 2.2.2, in place, without the check of the initial value.
func unwrapBlocks(block cipher.Block, b []byte) {
	n := len(b)/semiblock - 1
	var ab [aes.BlockSize]byte
	copy(ab[:semiblock], b)
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			r := b[i*semiblock : (i+1)*semiblock]
			binary.BigEndian.PutUint64(ab[:], binary.BigEndian.Uint64(ab[:])^uint64(n*j+i))
			copy(ab[semiblock:], r)
			block.Decrypt(ab[:], ab[:])
			copy(r, ab[semiblock:])
		}
	}
	copy(b, ab[:semiblock])
}
