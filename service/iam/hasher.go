package iam

import (
	"context"
	"io"
	"runtime"

	"vauban/engine/password"
)

// hasher checks and makes password hashes, no more at a time than there are processors: one costs tens of mebibytes and tens of
// milliseconds on purpose. It is never used inside a transaction.
type hasher struct {
	slots chan struct{}
	cost  password.Cost
	rand  io.Reader
}

func newHasher(rand io.Reader) *hasher {
	return &hasher{slots: make(chan struct{}, runtime.GOMAXPROCS(0)), rand: rand}
}

// run waits for a free slot.
func (h *hasher) run(ctx context.Context, fn func() error) error {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.slots }()
	return fn()
}

// hash makes the hash of a password.
func (h *hasher) hash(ctx context.Context, pw string) (hash []byte, err error) {
	err = h.run(ctx, func() error {
		text, err := password.Hash(pw, h.cost, h.rand)
		hash = []byte(text)
		return err
	})
	return hash, err
}

// verify checks a password. Without a hash it takes the same time and says no.
func (h *hasher) verify(ctx context.Context, hash []byte, pw string) (ok, outdated bool, err error) {
	err = h.run(ctx, func() error {
		if hash == nil {
			password.Pretend(pw, h.cost)
			return nil
		}
		var err error
		ok, outdated, err = password.Verify(string(hash), pw, h.cost)
		return err
	})
	return ok, outdated, err
}
