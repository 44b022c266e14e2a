package seal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"vauban/seal/xaes"
)

// Record is a key ring at rest: its keys are wrapped, nothing in it is secret.
type Record struct {
	RootKey string       `json:"rootKey"`          // ID of the root key that wraps it
	Params  []byte       `json:"params,omitempty"` // of the root key's source
	Keys    []WrappedKey `json:"keys"`             // by version, ascending
	Rev     int64        `json:"-"`                // revision that Load saw; Save refuses to replace another
}

// WrappedKey is one version of the ring.
type WrappedKey struct {
	Version uint32    `json:"version"`
	From    time.Time `json:"from"`    // seals are made with it from this time on
	Wrapped []byte    `json:"wrapped"` // nonce, ciphertext, tag
}

// Keeper keeps the one Record of a replica set. [Keep] makes one of a store.
type Keeper interface {
	// Load returns nil when there is no record yet.
	Load(ctx context.Context) (*Record, error)
	// Save stores the record; ErrChanged when it is no longer the one that Load returned, with Rev 0 meaning that there was none.
	Save(ctx context.Context, r *Record) error
}

// ErrChanged says that another process stored a record in between.
var ErrChanged = errors.New("seal: the key ring was changed by another process")

// wrap makes the stored form of a ring key.
func wrap(root *RootKey, version uint32, key *[xaes.KeySize]byte, random io.Reader) ([]byte, error) {
	x, err := xaes.New(&root.key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, xaes.NonceSize, xaes.NonceSize+xaes.KeySize+xaes.TagSize)
	if _, err := io.ReadFull(random, out); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	return x.Seal(out, out[:xaes.NonceSize], key[:], wrapAAD(version))
}

func unwrap(root *RootKey, k *WrappedKey) (*[xaes.KeySize]byte, error) {
	x, err := xaes.New(&root.key)
	if err != nil {
		return nil, err
	}
	if len(k.Wrapped) != xaes.NonceSize+xaes.KeySize+xaes.TagSize {
		return nil, fmt.Errorf("seal: version %d of the key ring is damaged", k.Version)
	}
	key := &[xaes.KeySize]byte{}
	if _, err := x.Open(key[:0], k.Wrapped[:xaes.NonceSize], k.Wrapped[xaes.NonceSize:], wrapAAD(k.Version)); err != nil {
		return nil, fmt.Errorf("unwrap version %d of the key ring: %w", k.Version, err)
	}
	return key, nil
}

func wrapAAD(version uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte("vauban ring key"), version)
}
