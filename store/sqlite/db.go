package sqlite

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"vauban/store"
	"vauban/store/internal/bell"
	"vauban/store/internal/layout"
)

// DB is a store in one SQLite database.
type DB struct {
	writer      *conn      // the committer's
	readers     chan *conn // free ones
	all         []*conn    // readers, for Close
	calls       chan *call
	idle        chan struct{} // closed when the committer has ended
	crowded     bool          // the committer's: the last commit had company
	version     int64         // the committer's: data_version when it last looked
	commits     atomic.Int64
	wakers      wakers
	bells       bell.Bells
	pollEvery   time.Duration
	keepChanges int64
	busy        time.Duration
	maxLog      int64 // pages
	maxTime     time.Duration

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup // calls inside the DB
}

var _ store.DB = (*DB)(nil)

// enter counts a call in, or reports that the store is closed. A successful enter is followed by running.Done.
func (db *DB) enter() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return false
	}
	db.running.Add(1)
	return true
}

// Write implements store.DB.
func (db *DB) Write(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return db.submit(&call{ctx: ctx, fn: fn})
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
	return db.submit(&call{ctx: ctx, events: events})
}

// Read implements store.DB.
func (db *DB) Read(ctx context.Context, fn func(store.Tx) error) error {
	return db.read(ctx, func(c *conn) error {
		t := &tx{ctx: ctx, c: c, lastEvent: math.MaxInt64}
		defer func() { t.over = true }()
		if err := fn(t); err != nil {
			return err
		}
		return t.broke
	})
}

// read runs fn on a free connection, in a transaction.
func (db *DB) read(ctx context.Context, fn func(*conn) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !db.enter() {
		return store.ErrClosed
	}
	defer db.running.Done()
	var c *conn
	select {
	case c = <-db.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { db.readers <- c }()
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer func() {
		// Nothing was written, so the end cannot fail in a way that matters to fn's result.
		if end := c.exec("COMMIT"); end != nil && c.inTransaction() {
			_ = c.exec("ROLLBACK")
		}
	}()
	return fn(c)
}

// Changes implements store.DB.
func (db *DB) Changes(ctx context.Context, after int64, limit int) (out []store.Change, err error) {
	err = db.read(ctx, func(c *conn) error {
		n, err := c.readNumbers()
		if err != nil {
			return err
		}
		if after < n.dropped {
			return store.ErrGap
		}
		s, err := c.prepare("SELECT seq, tbl, k FROM change WHERE seq > ?1 ORDER BY seq LIMIT ?2")
		if err != nil {
			return err
		}
		defer s.release()
		if err := s.bind([]arg{num(after), num(int64(max(limit, 0)))}); err != nil {
			return err
		}
		for {
			row, err := s.step()
			if err != nil || !row {
				return err
			}
			out = append(out, store.Change{Seq: s.int(0), Table: string(s.view(1)), Key: s.blob(2)})
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Head implements store.DB.
func (db *DB) Head(ctx context.Context) (head int64, err error) {
	err = db.read(ctx, func(c *conn) error {
		n, err := c.readNumbers()
		head = n.change
		return err
	})
	return head, err
}

// Wake implements store.DB. Commits of other processes are noticed within a quarter of a second.
func (db *DB) Wake() (<-chan struct{}, func()) { return db.wakers.add() }

// Listen implements store.DB. Another process that commits rings all bells.
func (db *DB) Listen(name string) (<-chan struct{}, func()) { return db.bells.Listen(name) }

// Ring implements store.DB.
func (db *DB) Ring(name string) { db.bells.Ring(name) }

// Close implements store.DB.
func (db *DB) Close() error {
	db.mu.Lock()
	closed := db.closed
	db.closed = true
	db.mu.Unlock()
	if closed {
		return store.ErrClosed
	}
	db.running.Wait()
	close(db.calls)
	<-db.idle
	for _, c := range db.all {
		c.close()
	}
	db.writer.close() // last: it moves the log into the database file and removes it
	return nil
}
