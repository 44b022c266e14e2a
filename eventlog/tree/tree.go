package tree

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"

	"vauban/engine/treeproof"
	"vauban/store"
)

// Sealer keeps the signing key. seal.Ring implements it.
type Sealer interface {
	Seal(table string, key store.Key, plaintext []byte) ([]byte, error)
	Open(table string, key store.Key, sealed []byte) ([]byte, error)
}

// Tree is the tree over the log of one store. Its methods are safe for concurrent use.
type Tree struct {
	db     store.DB
	signer note.Signer
	key    *treeproof.Key
}

// signingKey is the document of the key that signs heads.
type signingKey struct {
	Verifier string `json:"verifier"` // public
	Sealed   []byte `json:"sealed"`
}

func keyTable() *store.Table[signingKey] {
	return &store.Table[signingKey]{Name: "eventlog.treekey", Key: func(*signingKey) store.Key { return keyKey() }}
}

func keyKey() store.Key { return store.K("ed25519") }

// Open returns the tree of the store. The first time it makes the signing key, and with it the log's name.
func Open(ctx context.Context, db store.DB, s Sealer, rand io.Reader) (*Tree, error) {
	k, err := loadKey(ctx, db)
	if errors.Is(err, store.ErrNotFound) {
		if err = makeKey(ctx, db, s, rand); err == nil {
			k, err = loadKey(ctx, db)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the key that signs the log: %w", err)
	}
	secret, err := s.Open(keyTable().Name, keyKey(), k.Sealed)
	if err != nil {
		return nil, fmt.Errorf("open the key that signs the log: %w", err)
	}
	t := &Tree{db: db}
	if t.signer, err = note.NewSigner(string(secret)); err != nil {
		return nil, fmt.Errorf("the key that signs the log: %w", err)
	}
	if t.key, err = treeproof.ParseKey(k.Verifier); err != nil {
		return nil, fmt.Errorf("the key that signs the log: %w", err)
	}
	return t, nil
}

func loadKey(ctx context.Context, db store.DB) (k *signingKey, err error) {
	err = db.Read(ctx, func(tx store.Tx) (err error) {
		k, err = keyTable().Get(tx, keyKey())
		return err
	})
	return k, err
}

// makeKey makes the key, unless another replica was faster.
func makeKey(ctx context.Context, db store.DB, s Sealer, rand io.Reader) error {
	var name [8]byte
	if _, err := io.ReadFull(rand, name[:]); err != nil {
		return err
	}
	secret, public, err := note.GenerateKey(rand, "vauban-log/"+hex.EncodeToString(name[:]))
	if err != nil {
		return err
	}
	sealed, err := s.Seal(keyTable().Name, keyKey(), []byte(secret))
	if err != nil {
		return err
	}
	err = db.Write(ctx, func(tx store.Tx) error { return keyTable().Insert(tx, &signingKey{public, sealed}) })
	var exists *store.ExistsError
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

// Key is the public key that heads are verified with.
func (t *Tree) Key() *treeproof.Key { return t.key }
