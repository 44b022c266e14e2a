package seal

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"vauban/seal/xaes"
	"vauban/store"
)

// ErrOpen says that a value or token was not sealed for this row or purpose, or was altered. It does not tell which.
var ErrOpen = errors.New("seal: does not open")

const (
	valueFormat = 1
	valueHeader = 1 + 4 // format, key version
	tokenFormat = 0x81  // no token is also a value
)

// Overhead is how much longer a sealed value is than its plaintext.
const Overhead = valueHeader + xaes.NonceSize + xaes.TagSize

// MaxToken bounds the tokens that OpenToken looks at, in characters.
const MaxToken = 1 << 20

// Seal encrypts a secret member of the row with the key in the table.
func (r *Ring) Seal(table string, key store.Key, plaintext []byte) ([]byte, error) {
	v, x, err := r.current()
	if err != nil {
		return nil, err
	}
	out := make([]byte, valueHeader+xaes.NonceSize, Overhead+len(plaintext))
	out[0] = valueFormat
	binary.BigEndian.PutUint32(out[1:], v)
	nonce := out[valueHeader:]
	if _, err := io.ReadFull(r.opt.Rand, nonce); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	return x.Seal(out, nonce, plaintext, additional(valueFormat, table, key))
}

// Open decrypts what Seal gave for the same row. Anything else answers ErrOpen; a value of a version that this replica
// has not read yet, too.
func (r *Ring) Open(table string, key store.Key, sealed []byte) ([]byte, error) {
	ks := r.keys.Load()
	if ks == nil {
		return nil, errClosed
	}
	if len(sealed) < Overhead || sealed[0] != valueFormat {
		return nil, ErrOpen
	}
	x := ks.byVersion[binary.BigEndian.Uint32(sealed[1:])]
	if x == nil {
		return nil, ErrOpen
	}
	body := sealed[valueHeader:]
	out, err := x.Open(nil, body[:xaes.NonceSize], body[xaes.NonceSize:], additional(valueFormat, table, key))
	if err != nil {
		return nil, ErrOpen
	}
	return out, nil
}

// Stale reports whether the value was sealed under another version than the one that seals now: a job that rewrites such rows makes old
// versions unused.
func (r *Ring) Stale(sealed []byte) bool {
	return len(sealed) < valueHeader || binary.BigEndian.Uint32(sealed[1:]) != r.Version()
}

// SealToken makes a token that clients carry: URL-safe, without padding. It opens only for the same purpose.
func (r *Ring) SealToken(purpose string, plaintext []byte) (string, error) {
	v, x, err := r.current()
	if err != nil {
		return "", err
	}
	out := make([]byte, 1, 1+binary.MaxVarintLen32+xaes.NonceSize+len(plaintext)+xaes.TagSize)
	out[0] = tokenFormat
	out = binary.AppendUvarint(out, uint64(v))
	at := len(out)
	out = out[:at+xaes.NonceSize]
	if _, err := io.ReadFull(r.opt.Rand, out[at:]); err != nil {
		return "", fmt.Errorf("make a nonce: %w", err)
	}
	out, err = x.Seal(out, out[at:], plaintext, additional(tokenFormat, purpose, nil))
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(out), nil
}

// OpenToken returns what SealToken was given for the same purpose, or ErrOpen.
func (r *Ring) OpenToken(purpose, token string) ([]byte, error) {
	ks := r.keys.Load()
	if ks == nil {
		return nil, errClosed
	}
	if len(token) > MaxToken {
		return nil, ErrOpen
	}
	// One token has one spelling: strict, and without the line ends that decoders of base64 skip.
	if strings.ContainsAny(token, "\r\n") {
		return nil, ErrOpen
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) == 0 || b[0] != tokenFormat {
		return nil, ErrOpen
	}
	v, n := binary.Uvarint(b[1:])
	if n <= 0 || v > 1<<32-1 || n > 1 && b[n] == 0 { // too large, or not in its shortest form
		return nil, ErrOpen
	}
	x, body := ks.byVersion[uint32(v)], b[1+n:]
	if x == nil || len(body) < xaes.NonceSize+xaes.TagSize {
		return nil, ErrOpen
	}
	ciphertext := body[xaes.NonceSize:]
	out, err := x.Open(ciphertext[:0], body[:xaes.NonceSize], ciphertext, additional(tokenFormat, purpose, nil))
	if err != nil {
		return nil, ErrOpen
	}
	return out, nil
}

// additional makes the additional data. Lengths come first, so that no two pairs give the same bytes.
func additional(format byte, scope string, key []byte) []byte {
	b := make([]byte, 0, 1+2*binary.MaxVarintLen64+len(scope)+len(key))
	b = append(b, format)
	b = binary.AppendUvarint(b, uint64(len(scope)))
	b = append(b, scope...)
	return append(b, key...)
}
