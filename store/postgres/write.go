package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"vauban/store"
)

// A write is tried this often after conflicts, the last times in the lane, where it meets no other that has had conflicts.
const (
	maxTries  = 100 // some seconds; the time of a transaction ends it otherwise
	freeTries = 2
	maxPause  = 50 * time.Millisecond
)

// Read implements store.DB.
func (db *DB) Read(ctx context.Context, fn func(store.Tx) error) error {
	return db.run(ctx, func(ctx context.Context, _ int) (outcome, error) {
		return db.once(ctx, fn, false, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	})
}

// Write implements store.DB.
func (db *DB) Write(ctx context.Context, fn func(store.Tx) error) error {
	return db.run(ctx, func(ctx context.Context, try int) (outcome, error) {
		begin := []string{"BEGIN ISOLATION LEVEL SERIALIZABLE"}
		if try > freeTries {
			begin = append(begin, "LOCK TABLE lane IN EXCLUSIVE MODE") // unlike an advisory lock it does not take the snapshot before it waits
		}
		return db.once(ctx, fn, true, begin...)
	})
}

// outcome says what to make of an attempt's error.
type outcome int

const (
	settled outcome = iota // the caller's own result, or success
	failed                 // an error of the database; the attempt may have committed
	repeat                 // an error of the database; nothing was committed
)

// run repeats attempts until one is conclusive, within the time of one transaction.
func (db *DB) run(ctx context.Context, attempt func(ctx context.Context, try int) (outcome, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !db.enter() {
		return store.ErrClosed
	}
	defer db.running.Done()
	within, cancel := context.WithTimeout(ctx, db.o.Timeout)
	defer cancel()
	for try := 1; ; try++ {
		what, err := attempt(within, try)
		if what == settled {
			return err
		}
		if lost(err) {
			db.pool.Reset() // the other connections will not be better: the server went away
		}
		if what == failed || try == maxTries || !pause(within, try) {
			return explain(ctx, err)
		}
	}
}

// pause waits a little before the next attempt, longer each time. It returns false when time is up.
func pause(ctx context.Context, try int) bool {
	t := time.NewTimer(rand.N(min(time.Millisecond<<min(try, 10), maxPause)))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// once is one attempt at a transaction.
func (db *DB) once(ctx context.Context, fn func(store.Tx) error, write bool, begin ...string) (outcome, error) {
	c, err := db.pool.Acquire(ctx)
	if err != nil {
		return repeat, err
	}
	t := &tx{ctx: ctx, c: c.Conn(), begin: begin, write: write}
	committed := false
	defer func() { // also when fn panics
		t.over = true
		if committed || t.begin != nil {
			c.Release()
		} else {
			db.abandon(c)
		}
	}()
	if err := fn(t); err != nil && t.broke == nil {
		return settled, err
	}
	switch {
	case t.broke != nil && (conflict(t.broke) || lost(t.broke)):
		return repeat, t.broke
	case t.broke != nil: // whatever fn made of it, nothing is committed
		return failed, t.broke
	case ctx.Err() != nil:
		return failed, ctx.Err()
	case !write, t.begin != nil && !t.emits(): // nothing to commit
		return settled, nil
	}
	err = t.commit()
	switch committed = err == nil; {
	case conflict(err):
		return repeat, err
	case err != nil:
		return failed, err // a connection that was lost here may have committed
	}
	if t.emits() {
		db.wakers.wake()
	}
	return settled, nil
}

// abandon rolls back after the caller has left, who has no use for the answer, and returns the connection.
func (db *DB) abandon(c *pgxpool.Conn) {
	db.work.Go(func() {
		ctx, cancel := context.WithTimeout(db.life, 5*time.Second)
		defer cancel()
		if !c.Conn().IsClosed() {
			if _, err := c.Conn().Exec(ctx, "ROLLBACK"); err != nil {
				_ = c.Conn().Close(ctx)
			}
		}
		c.Release()
	})
}
