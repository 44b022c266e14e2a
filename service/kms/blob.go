package kms

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"vauban/engine/arn"
	"vauban/service/kms/material"
	"vauban/service/kms/xks"
)

// blob is a ciphertext of a symmetric key. It names the key and the generation that opens it:
//
//	format (1 byte) | account (8 bytes) | multi-Region (1 byte) | key ID (16 bytes) | generation (32 bytes) | sealed message
//
// That of a key in an external key store has, in the place of the sealed message, what the external key made of it:
//
//	length of the initialization vector (1 byte) | it | tag (16 bytes) | length of the proxy's metadata (1 byte) | it | ciphertext of the sealed message
//
// All before the message, and the encryption context after it, is additional data: nothing of it can be altered. The Region is not in it: the keys of a
// multi-Region key read each other's ciphertexts.
type blob struct {
	account    string
	key        string
	generation string
	header     []byte
	sealed     []byte
	outer      *xks.Sealed // of keys in external key stores, in the place of sealed
}

const (
	blobFormat = 1
	outerBlob  = 2 // the format of keys in external key stores
	blobHeader = 1 + 8 + 1 + 16 + 32
	maxBlob    = 6144 // of the model's CiphertextType
)

var errBlob = errors.New("kms: not a ciphertext of a symmetric key")

// parseBlob reads what a ciphertext says of itself. Whether it is true shows when it is opened.
func parseBlob(b []byte) (*blob, error) {
	if len(b) < blobHeader+material.Overhead || len(b) > maxBlob || b[0] != blobFormat && b[0] != outerBlob || b[9] > 1 {
		return nil, errBlob
	}
	account := fmt.Sprintf("%012d", binary.BigEndian.Uint64(b[1:9]))
	if !arn.IsAccount(account) {
		return nil, errBlob
	}
	out := &blob{
		account: account, key: keyIDOf([16]byte(b[10:26]), b[9] == 1), generation: hex.EncodeToString(b[26:58]), header: b[:blobHeader], sealed: b[blobHeader:],
	}
	if b[0] == blobFormat {
		return out, nil
	}
	if out.outer, out.sealed = parseOuter(out.sealed), nil; out.outer == nil {
		return nil, errBlob
	}
	return out, nil
}

// blobHead is the head of a ciphertext of the key's generation.
func blobHead(k *Key, generation string) ([]byte, error) {
	account, err := strconv.ParseUint(k.Account, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("account %q in a ciphertext: %w", k.Account, err)
	}
	id, multi, ok := parseKeyID(k.ID)
	if !ok {
		return nil, fmt.Errorf("key ID %q in a ciphertext", k.ID)
	}
	b := make([]byte, 10, blobHeader)
	b[0] = blobFormat
	if k.isExternal() {
		b[0] = outerBlob
	}
	binary.BigEndian.PutUint64(b[1:], account)
	if multi {
		b[9] = 1
	}
	b = append(b, id[:]...)
	if b, err = hex.AppendDecode(b, []byte(generation)); err != nil || len(b) != blobHeader {
		return nil, fmt.Errorf("generation %q in a ciphertext", generation)
	}
	return b, nil
}

// sealBlob encrypts under the current generation of a symmetric key, bound to the context.
func (s *Service) sealBlob(u *use, plaintext []byte, context map[string]string) ([]byte, error) {
	m, err := s.current(u)
	if err != nil {
		return nil, err
	}
	head, err := blobHead(u.key.Key, u.key.Current)
	if err != nil {
		return nil, err
	}
	sealed, err := m.Seal(s.Rand, plaintext, appendContext(head, context))
	if err != nil {
		return nil, err
	}
	if !u.key.isExternal() {
		return append(head, sealed...), nil
	}
	outer, err := s.sealOutside(u, head, sealed, context)
	if err != nil {
		return nil, err
	}
	return appendOuter(head, outer), nil
}

// openBlob decrypts what sealBlob gave for the key and the context.
func (s *Service) openBlob(u *use, b *blob, context map[string]string) ([]byte, error) {
	if !u.key.has(b.generation) || u.key.isExternal() != (b.outer != nil) {
		return nil, material.ErrCiphertext
	}
	m, err := s.generation(u, b.generation)
	if err != nil {
		return nil, err
	}
	sealed := b.sealed
	if b.outer != nil {
		if sealed, err = s.openOutside(u, b, context); err != nil {
			return nil, err
		}
	}
	head := append(make([]byte, 0, len(b.header)+maxContextForm(context)), b.header...)
	return m.Open(sealed, appendContext(head, context))
}

func maxContextForm(context map[string]string) (n int) {
	for k, v := range context {
		n += len(k) + len(v) + 2*binary.MaxVarintLen32
	}
	return n
}

// has reports whether the key has the generation.
func (k *Key) has(generation string) bool {
	for i := range k.Generations {
		if k.Generations[i].ID == generation {
			return true
		}
	}
	return false
}
