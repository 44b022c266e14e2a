package seal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"golang.org/x/crypto/argon2"

	"vauban/seal/xaes"
)

// Passphrase derives the root key by Argon2id (RFC 9106). Salt and costs are kept beside the ring. Zero costs mean the RFC's second
// recommended option (section 4): 3 passes over 64 MiB in 4 lanes.
type Passphrase struct {
	Phrase    []byte
	Passes    uint32
	MemoryKiB uint32
	Lanes     uint8
}

// Bounds on parameters read from the store: whoever can write there must not make a start eat the machine.
const (
	maxPasses    = 64
	maxMemoryKiB = 4 << 20 // 4 GiB
	minPhrase    = 12      // bytes
	saltSize     = 16
)

type argonParams struct {
	KDF       string `json:"kdf"`
	Salt      []byte `json:"salt"`
	Passes    uint32 `json:"passes"`
	MemoryKiB uint32 `json:"memoryKiB"`
	Lanes     uint8  `json:"lanes"`
}

const argon2id = "argon2id"

// Create picks a salt and derives the key.
func (s Passphrase) Create(_ context.Context, random io.Reader) (*RootKey, []byte, error) {
	if len(s.Phrase) < minPhrase {
		return nil, nil, fmt.Errorf("seal: the passphrase is too short: use at least %d characters", minPhrase)
	}
	p := argonParams{KDF: argon2id, Salt: make([]byte, saltSize), Passes: 3, MemoryKiB: 64 << 10, Lanes: 4}
	if s.Passes != 0 {
		p.Passes = s.Passes
	}
	if s.MemoryKiB != 0 {
		p.MemoryKiB = s.MemoryKiB
	}
	if s.Lanes != 0 {
		p.Lanes = s.Lanes
	}
	if _, err := io.ReadFull(random, p.Salt); err != nil {
		return nil, nil, fmt.Errorf("make a salt: %w", err)
	}
	params, err := json.Marshal(p)
	if err != nil {
		return nil, nil, fmt.Errorf("encode the passphrase's parameters: %w", err)
	}
	k, err := s.derive(p)
	return k, params, err
}

// Open derives the key again.
func (s Passphrase) Open(_ context.Context, params []byte) (*RootKey, error) {
	if len(params) == 0 {
		return nil, fmt.Errorf("%w: the store was sealed under a key that did not come from a passphrase; start with that key's file or command", ErrWrongRootKey)
	}
	var p argonParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, fmt.Errorf("decode the passphrase's parameters: %w", err)
	}
	if p.KDF != argon2id {
		return nil, fmt.Errorf("seal: the store's passphrase uses %q, which this program does not know", p.KDF)
	}
	return s.derive(p)
}

func (s Passphrase) derive(p argonParams) (*RootKey, error) {
	switch {
	case len(s.Phrase) == 0:
		return nil, fmt.Errorf("%w: the passphrase is empty", ErrNoRootKey)
	case p.Passes < 1 || p.Passes > maxPasses, p.Lanes < 1, p.MemoryKiB < 8*uint32(p.Lanes) || p.MemoryKiB > maxMemoryKiB, len(p.Salt) < 8 || len(p.Salt) > 64:
		return nil, errors.New("seal: the passphrase's parameters are out of range")
	}
	return newRootKey(argon2.IDKey(s.Phrase, p.Salt, p.Passes, p.MemoryKiB, p.Lanes, xaes.KeySize))
}

// String hides the passphrase.
func (Passphrase) String() string { return redacted }

// Format hides the passphrase from every verb.
func (Passphrase) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the passphrase.
func (Passphrase) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the passphrase from encoders.
func (Passphrase) MarshalText() ([]byte, error) { return []byte(redacted), nil }
