package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"vauban/store"
	"vauban/store/internal/layout"
)

// One commit takes the events of at most this many calls, and about this many bytes.
const (
	maxAppends     = 512
	maxAppendBytes = 8 << 20
)

// maxGather is how long a commit waits for calls that are likely to come.
const maxGather = 500 * time.Microsecond

// appendCall is one Append on its way into a group commit.
type appendCall struct {
	events []store.Event
	done   chan error
}

// Append implements store.DB.
func (db *DB) Append(ctx context.Context, events ...store.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, e := range events {
		if err := layout.CheckEvent(e); err != nil {
			return err
		}
	}
	if len(events) == 0 {
		return nil
	}
	if !db.enter() {
		return store.ErrClosed
	}
	defer db.running.Done()
	call := &appendCall{events: events, done: make(chan error, 1)}
	select {
	case db.appends <- call:
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-call.done // it will be written, whether the caller still waits or not: only the commit knows how it ends
}

// appendLoop commits what is waiting, again and again.
func (db *DB) appendLoop() {
	for {
		select {
		case first := <-db.appends:
			db.appendFrom(first)
		case <-db.life.Done():
			return // Close waited for all calls
		}
	}
}

func (db *DB) appendFrom(first *appendCall) {
	calls := db.gather(first)
	var events []store.Event
	for _, c := range calls {
		events = append(events, c.events...)
	}
	err := db.appendAll(events)
	if err == nil {
		db.wakers.wake()
	}
	db.expected = len(db.appends) + len(calls)
	for _, c := range calls {
		c.done <- err
	}
}

// gather takes the calls of one commit. Callers that the last commit has answered are about to come back: to wait for them a little costs less
// than a commit more.
func (db *DB) gather(first *appendCall) []*appendCall {
	calls, size := []*appendCall{first}, first.size()
	var late <-chan time.Time
	for len(calls) < maxAppends && size < maxAppendBytes {
		select {
		case c := <-db.appends:
			calls, size = append(calls, c), size+c.size()
			continue
		default:
		}
		if len(calls) >= db.expected {
			break
		}
		if late == nil {
			late = time.After(maxGather)
		}
		select {
		case c := <-db.appends:
			calls, size = append(calls, c), size+c.size()
		case <-late:
			return calls
		}
	}
	return calls
}

func (c *appendCall) size() (n int) {
	for _, e := range c.events {
		n += len(e.Body)
	}
	return n
}

// appendAll commits events in one round trip. A connection that was lost in between may have committed: trying again is
// right all the same, because consumers know an event by its id.
func (db *DB) appendAll(events []store.Event) error {
	ctx, cancel := context.WithTimeout(db.life, db.o.Timeout)
	defer cancel()
	for try := 1; ; try++ {
		err := db.appendOnce(ctx, events)
		if err == nil {
			return nil
		}
		if lost(err) {
			db.pool.Reset()
		}
		if try == maxTries || !lost(err) && !conflict(err) || !pause(ctx, try) {
			return explain(db.life, err)
		}
	}
}

func (db *DB) appendOnce(ctx context.Context, events []store.Event) error {
	c, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	emit(b, nil, events)
	b.Queue(notifySQL, notice, payload(nil))
	b.Queue("COMMIT")
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		db.abandon(c)
		return err
	}
	c.Release()
	return nil
}
