package sqlite

import (
	"context"
	"errors"
	"slices"

	"vauban/store"
)

// tx is a transaction on one connection: a snapshot, or one savepoint of a commit.
type tx struct {
	ctx       context.Context
	c         *conn
	write     *numbers // nil in a read transaction
	broke     error    // an engine error: the transaction must not commit, whatever fn makes of it
	lastEvent int64    // before this transaction
	over      bool     // fn has returned: a Tx kept beyond it does nothing
	woke      bool     // changes or events were written
	rung      []string // bells to ring after the commit
}

var errOver = errors.New("sqlite: transaction used after its function returned")

func (t *tx) Snapshot() bool { return t.write == nil }

func (t *tx) readable() error {
	switch {
	case t.over:
		return errOver
	case t.broke != nil:
		return t.broke
	}
	return t.ctx.Err()
}

func (t *tx) Ring(bell string) error {
	if err := t.writable(); err != nil {
		return err
	}
	if !slices.Contains(t.rung, bell) {
		t.rung = append(t.rung, bell)
	}
	return nil
}

func (t *tx) writable() error {
	if t.write == nil {
		return store.ErrReadOnly
	}
	return t.readable()
}

// fail remembers an engine error. Nothing after it can be trusted to be complete.
func (t *tx) fail(err error) error {
	if err != nil && t.broke == nil {
		t.broke = err
	}
	return err
}
