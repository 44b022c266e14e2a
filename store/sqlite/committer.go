package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"vauban/store"
)

// One commit takes at most this many calls, and begins none after this time.
const (
	maxCalls = 512
	maxTime  = 5 * time.Millisecond
)

// call is one Write or Append on its way through the committer.
type call struct {
	ctx     context.Context
	fn      func(store.Tx) error // nil for Append
	events  []store.Event
	claimed atomic.Bool // by the committer to run it, or by the caller to give up
	turn    chan turn   // the committer speaks
	ran     chan error  // the caller answers: fn is done
	failed  error       // what fn answered in the transaction that is about to commit
}

// turn tells the caller to run fn on tx (perhaps again), or, with a nil tx, that all is over.
type turn struct {
	tx  *tx
	err error
}

var errUnwound = errors.New("sqlite: function did not return")

// submit hands the call to the committer and sees it through. fn runs here, in the caller's goroutine, so that a panic
// or a test's FailNow unwinds the right stack; the committer meanwhile waits for the answer.
func (db *DB) submit(c *call) error {
	c.turn, c.ran = make(chan turn, 1), make(chan error, 1)
	if !db.enter() {
		return store.ErrClosed
	}
	defer db.running.Done()
	select {
	case db.calls <- c:
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
	select {
	case t := <-c.turn:
		return c.follow(t)
	case <-c.ctx.Done():
		if c.claimed.CompareAndSwap(false, true) {
			return c.ctx.Err()
		}
		return c.follow(<-c.turn) // it has begun: only the commit knows how it ends
	}
}

func (c *call) follow(t turn) error {
	for t.tx != nil {
		c.run(t.tx)
		t = <-c.turn
	}
	return t.err
}

func (c *call) run(t *tx) {
	err := errUnwound
	defer func() {
		t.over = true
		c.ran <- err
	}()
	err = c.fn(t)
}

// commitLoop is the committer. It ends when calls is closed and empty.
func (db *DB) commitLoop() {
	defer close(db.idle)
	tick := time.NewTicker(db.pollEvery)
	defer tick.Stop()
	for {
		select {
		case c, ok := <-db.calls:
			if !ok {
				return
			}
			db.commitFrom(c)
		case <-tick.C:
			db.look()
		}
		select {
		case <-tick.C: // also when calls never pause
			db.look()
		default:
		}
	}
}

// commitFrom commits the call together with those that wait behind it.
func (db *DB) commitFrom(first *call) {
	b := batch{db: db, c: db.writer}
	if err := b.begin(); err != nil {
		db.refuse(first, err)
		return
	}
	b.take(first)
	for started, yielded := time.Now(), false; b.alive() && b.taken < maxCalls && time.Since(started) < db.maxTime; {
		select {
		case c, ok := <-db.calls:
			if ok {
				b.take(c)
				continue
			}
		default:
			// Callers that were answered by the last commit may be about to come back: one more chance is cheaper than one more fsync.
			if !yielded && db.crowded {
				yielded = true
				runtime.Gosched()
				continue
			}
		}
		break
	}
	db.crowded = b.taken > 1
	if err := b.commit(); err != nil {
		b.retry(err)
	}
}

// refuse answers a call, and all that wait, after a transaction could not begin: they would wait for nothing.
func (db *DB) refuse(first *call, err error) {
	err = fmt.Errorf("begin: %w", err)
	for c := first; ; {
		if c.claimed.CompareAndSwap(false, true) {
			c.turn <- turn{err: err}
		}
		select {
		case next, ok := <-db.calls:
			if !ok {
				return
			}
			c = next
		default:
			return
		}
	}
}

// batch is one database transaction with the calls that it carries.
type batch struct {
	db    *DB
	c     *conn
	n     numbers
	was   numbers
	calls []*call // that ran in the transaction and wait for its end
	taken int
	woke  bool
	rung  []string
	broke error // the transaction cannot be committed
}

func (b *batch) begin() error {
	if err := b.c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	n, err := b.c.readNumbers()
	if err != nil {
		b.rollback()
		return err
	}
	b.n, b.was = n, n
	return nil
}

func (b *batch) alive() bool { return b.broke == nil }

// take runs a call in the transaction, unless its caller has left.
func (b *batch) take(c *call) {
	b.taken++
	if !c.claimed.CompareAndSwap(false, true) {
		return
	}
	b.run(c)
}

func (b *batch) run(c *call) {
	if c.fn == nil {
		b.calls = append(b.calls, c)
		b.woke = true
		b.broke = b.c.appendEvents(&b.n, c.events)
		return
	}
	before := b.n
	c.failed = nil
	t := &tx{ctx: c.ctx, c: b.c, write: &b.n, lastEvent: before.event}
	err := b.c.exec("SAVEPOINT w")
	if err == nil {
		c.turn <- turn{tx: t}
		err = <-c.ran
	} else {
		t.broke = err
	}
	switch {
	case t.broke != nil:
		// The savepoint could perhaps be rolled back alone, but after an engine error only a fresh start is surely whole.
		b.broke = t.broke
		b.calls = append(b.calls, c)
	case err != nil:
		b.n = before
		b.broke = b.undo()
		if err == errUnwound { // nobody waits for an answer, or would run it again
			return
		}
		// The reason may be what the calls before it wrote ("it exists"): who hears it must be able to read that, so it waits for the commit.
		c.failed = err
		b.calls = append(b.calls, c)
	default:
		b.calls = append(b.calls, c)
		b.woke = b.woke || t.woke
		b.rung = append(b.rung, t.rung...)
		b.broke = b.c.exec("RELEASE w")
	}
}

// undo rolls the savepoint back.
func (b *batch) undo() error {
	if err := b.c.exec("ROLLBACK TO w"); err != nil {
		return err
	}
	return b.c.exec("RELEASE w")
}

// commit makes the batch durable and answers its calls, or returns why not: then the transaction is gone and no call is answered.
func (b *batch) commit() error {
	err := b.broke
	if err == nil && b.n != b.was {
		if err = b.c.trimChanges(&b.n, b.db.keepChanges); err == nil {
			err = b.c.writeNumbers(b.n)
		}
	}
	if err == nil {
		err = b.c.exec("COMMIT")
	}
	if err != nil {
		b.rollback()
		return err
	}
	b.db.commits.Add(1)
	if b.woke {
		b.db.wakers.wake()
	}
	b.db.bells.Ring(b.rung...)
	for _, c := range b.calls {
		c.turn <- turn{err: c.failed}
	}
	return nil
}

func (b *batch) rollback() {
	if b.c.inTransaction() {
		_ = b.c.exec("ROLLBACK") // it fails only when the engine has rolled back itself
	}
}

// retry runs the calls of a failed batch again, each in a transaction of its own, so that one that cannot be written does
// not take the others with it. A call that was alone is not run again.
func (b *batch) retry(cause error) {
	if len(b.calls) == 1 {
		b.calls[0].turn <- turn{err: cause}
		return
	}
	for _, c := range b.calls {
		alone := batch{db: b.db, c: b.c}
		err := alone.begin()
		if err == nil {
			alone.run(c)
			err = alone.commit()
		}
		if err != nil {
			c.turn <- turn{err: err}
		}
	}
}
