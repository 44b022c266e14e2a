package iam

import (
	"context"
	"io"
	"runtime"
	"sync/atomic"

	"vauban/api/wire"
	"vauban/engine/password"
)

// hasher checks and makes password hashes, no more at a time than there are processors: one costs tens of mebibytes and tens of
// milliseconds on purpose. It is never used inside a transaction.
type hasher struct {
	slots   chan struct{}
	waiting atomic.Int64
	cost    password.Cost
	rand    io.Reader
}

func newHasher(rand io.Reader) *hasher {
	return &hasher{slots: make(chan struct{}, runtime.GOMAXPROCS(0)), rand: rand}
}

// waitersPerSlot is how many may wait for one slot: a few seconds' work. Those beyond are refused at once, so that a flood of sign-ins
// from many addresses does not fill the server with waiting requests.
const waitersPerSlot = 32

// busy is the answer to those.
var busy = &wire.ErrorShape{Shape: "ThrottlingException", Code: "ThrottlingException", Status: 429, Text: "message"}

// run waits for a free slot.
func (h *hasher) run(ctx context.Context, fn func() error) error {
	if h.waiting.Add(1) > int64(waitersPerSlot*cap(h.slots)) {
		h.waiting.Add(-1)
		return busy.New("Too many passwords are being checked at the moment. Please try again in a few seconds.")
	}
	select {
	case h.slots <- struct{}{}:
		h.waiting.Add(-1)
	case <-ctx.Done():
		h.waiting.Add(-1)
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
