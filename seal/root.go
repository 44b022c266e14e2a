package seal

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"vauban/seal/xaes"
)

// Errors of sources and of Open.
var (
	// ErrWrongRootKey: the ring in the store was wrapped under another root key.
	ErrWrongRootKey = errors.New("seal: wrong root key")
	// ErrNoRootKey: the store has a ring, but its root key is not where the source looks for it.
	ErrNoRootKey = errors.New("seal: the root key is missing")
	// ErrRootKeyFile: the root key's file cannot be trusted or read.
	ErrRootKeyFile = errors.New("seal: root key file")
)

// RootKey is the key at the top. It prints as a redaction.
type RootKey struct {
	key [xaes.KeySize]byte
}

// newRootKey takes the bytes over and clears them.
func newRootKey(b []byte) (*RootKey, error) {
	if len(b) != xaes.KeySize {
		return nil, fmt.Errorf("a root key has %d bytes, this one %d", xaes.KeySize, len(b))
	}
	k := &RootKey{}
	copy(k.key[:], b)
	clear(b)
	return k, nil
}

// GenerateRootKey makes a root key of the randomness.
func GenerateRootKey(random io.Reader) (*RootKey, error) {
	k := &RootKey{}
	if _, err := io.ReadFull(random, k.key[:]); err != nil {
		return nil, fmt.Errorf("make a root key: %w", err)
	}
	return k, nil
}

// ID names the key without revealing it: 16 hexadecimal digits.
func (k *RootKey) ID() string {
	id, err := hkdf.Key(sha256.New, k.key[:], nil, "vauban root key id", 8)
	if err != nil { // only for lengths that HKDF cannot give
		return ""
	}
	return hex.EncodeToString(id)
}

// Wipe overwrites the key. It cannot be used afterwards.
func (k *RootKey) Wipe() { clear(k.key[:]) }

const redacted = "[redacted]"

// String hides the key.
func (*RootKey) String() string { return redacted }

// GoString hides the key.
func (*RootKey) GoString() string { return redacted }

// Format hides the key from every verb.
func (*RootKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the key.
func (*RootKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the key from encoders.
func (*RootKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Source is where the root key comes from. Parameters are not secret and are kept beside the ring, so that replicas and restored
// backups have them.
type Source interface {
	// Create makes or takes the root key of a store that has no ring yet.
	Create(ctx context.Context, random io.Reader) (k *RootKey, params []byte, err error)
	// Open returns the root key of a store that has a ring. It never makes one: ErrNoRootKey when there is none.
	Open(ctx context.Context, params []byte) (*RootKey, error)
}

// Ephemeral keeps the root key in memory: what it wraps cannot be read after the process has ended.
type Ephemeral struct{}

// Create makes a key.
func (Ephemeral) Create(_ context.Context, random io.Reader) (*RootKey, []byte, error) {
	k, err := GenerateRootKey(random)
	return k, nil, err
}

// Open always fails: the key went with the process that made it.
func (Ephemeral) Open(context.Context, []byte) (*RootKey, error) {
	return nil, fmt.Errorf("%w: it was kept in the memory of a process that has ended; start with an empty store, or name the key's source", ErrNoRootKey)
}

// parseKey reads a key as raw bytes, hexadecimal or base64 (with or without padding, standard or URL-safe), with at most one line end after the text
// forms. The forms have different lengths, so that there is no guessing.
func parseKey(b []byte) (*RootKey, error) {
	if len(b) == xaes.KeySize {
		return newRootKey(b)
	}
	text := b
	if n := len(text); n > 0 && text[n-1] == '\n' {
		text = text[:n-1]
	}
	if n := len(text); n > 0 && text[n-1] == '\r' {
		text = text[:n-1]
	}
	out := make([]byte, 0, 48)
	var err error
	switch len(text) {
	case 2 * xaes.KeySize:
		out, err = hex.AppendDecode(out, text)
	case 44:
		out, err = appendBase64(out, text, base64.StdEncoding, base64.URLEncoding)
	case 43:
		out, err = appendBase64(out, text, base64.RawStdEncoding, base64.RawURLEncoding)
	default:
		err = fmt.Errorf("%d bytes long", len(text))
	}
	if err != nil || len(out) != xaes.KeySize {
		clear(out)
		return nil, errors.New("not a key: want 32 bytes raw, as 64 hexadecimal digits, or as base64") // the cause could quote key material
	}
	return newRootKey(out)
}

func appendBase64(dst, text []byte, encodings ...*base64.Encoding) ([]byte, error) {
	var err error
	for _, e := range encodings {
		var out []byte
		if out, err = e.Strict().AppendDecode(dst, text); err == nil {
			return out, nil
		}
	}
	return nil, err
}
