package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"vauban/store"
)

// notice wakes the listeners of all replicas. Its transaction's end, not its call, sends it.
const notice = "vauban_feed"

func (t *tx) emits() bool { return len(t.changes)+len(t.events) > 0 }

// commit sends what was kept back, and the commit, in one round trip.
func (t *tx) commit() error {
	b := t.opening()
	emit(b, t.changes, t.events)
	b.Queue("COMMIT")
	return t.c.SendBatch(t.ctx, b).Close()
}

// emit queues changes and events behind the feed's lock. The lock ends with the transaction.
func emit(b *pgx.Batch, changes []store.Change, events []store.Event) {
	if len(changes)+len(events) == 0 {
		return
	}
	b.Queue("SELECT pg_advisory_xact_lock($1, $2)", lockSpace, lockFeed)
	if len(changes) > 0 {
		tables, keys := make([]string, len(changes)), make([][]byte, len(changes))
		for i, c := range changes {
			tables[i], keys[i] = c.Table, notNil(c.Key)
		}
		b.Queue("INSERT INTO change (seq, tbl, k) SELECT nextval('change_seq'), t, k FROM unnest($1::text[], $2::bytea[]) AS x (t, k)", tables, keys)
	}
	if len(events) > 0 {
		ids, at, bodies := make([]string, len(events)), make([]int64, len(events)), make([][]byte, len(events))
		for i, e := range events {
			ids[i], at[i], bodies[i] = e.ID, e.Time.UnixMicro(), notNil(e.Body)
		}
		b.Queue("INSERT INTO event (seq, id, at, body) SELECT nextval('event_seq'), i, a, b FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS x (i, a, b)", ids, at, bodies)
	}
	b.Queue("SELECT pg_notify($1, '')", notice)
}

// Changes implements store.DB.
func (db *DB) Changes(ctx context.Context, after int64, limit int) (out []store.Change, err error) {
	err = db.look(ctx, func(t *tx) error {
		out = nil
		dropped := int64(0)
		err := t.query(func(rows pgx.Rows) error {
			var c store.Change
			if err := rows.Scan(&c.Seq, &c.Table, &c.Key); err != nil {
				return err
			}
			out = append(out, c)
			return nil
		}, "SELECT seq, tbl, k FROM change WHERE seq > $1 ORDER BY seq LIMIT $2", after, limit)
		if err == nil {
			err = t.query(func(rows pgx.Rows) error { return rows.Scan(&dropped) }, "SELECT value FROM meta WHERE name = 'dropped'")
		}
		if err == nil && after < dropped {
			return store.ErrGap
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Head implements store.DB.
func (db *DB) Head(ctx context.Context) (head int64, err error) {
	err = db.look(ctx, func(t *tx) error {
		return t.query(func(rows pgx.Rows) error { return rows.Scan(&head) }, "SELECT COALESCE(max(seq), 0) FROM change")
	})
	return head, err
}

// look is Read for the driver's own questions.
func (db *DB) look(ctx context.Context, fn func(*tx) error) error {
	return db.Read(ctx, func(x store.Tx) error { return fn(x.(*tx)) })
}

// listen wakes those who wait when any replica has emitted. It keeps a connection of its own and makes a new one when that is lost.
func (db *DB) listen(cfg *pgx.ConnConfig, listening chan<- struct{}) {
	for wait := 50 * time.Millisecond; db.life.Err() == nil; {
		began := time.Now()
		_ = db.listenOnce(cfg, &listening) // whatever broke it, the answer is to connect again
		if time.Since(began) > time.Second {
			wait = 50 * time.Millisecond
		}
		select {
		case <-time.After(wait):
		case <-db.life.Done():
		}
		wait = min(2*wait, 2*time.Second)
	}
}

// listenIdle is how long the listener trusts a silent connection before it asks whether it is still there.
const listenIdle = 5 * time.Second

func (db *DB) listenOnce(cfg *pgx.ConnConfig, listening *chan<- struct{}) error {
	ctx := db.life
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.Close(end)
	}()
	if _, err := c.Exec(ctx, "LISTEN "+notice); err != nil {
		return err
	}
	if *listening != nil {
		close(*listening)
		*listening = nil
	}
	db.wakers.wake() // what came while nobody listened
	for {
		within, cancel := context.WithTimeout(ctx, listenIdle)
		_, err := c.WaitForNotification(within)
		cancel()
		switch {
		case err == nil:
			db.wakers.wake()
			continue
		case !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || c.IsClosed():
			return err
		}
		within, cancel = context.WithTimeout(ctx, listenIdle)
		err = c.Ping(within)
		cancel()
		if err != nil {
			return err
		}
	}
}

// trimLoop keeps the feed from growing for ever.
func (db *DB) trimLoop() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = db.trim(db.life) // the next minute tries again
		case <-db.life.Done():
			return
		}
	}
}

// trim drops all but the newest changes, and notes how far.
func (db *DB) trim(ctx context.Context) error {
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue(`INSERT INTO meta (name, value) SELECT 'dropped', max(seq) - $1 FROM change HAVING max(seq) > $1
		ON CONFLICT (name) DO UPDATE SET value = greatest(meta.value, excluded.value)`, db.o.KeepChanges)
	b.Queue("DELETE FROM change WHERE seq <= (SELECT value FROM meta WHERE name = 'dropped')")
	b.Queue("COMMIT")
	c, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		_, _ = c.Exec(ctx, "ROLLBACK")
		return err
	}
	return nil
}
