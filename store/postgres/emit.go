package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"vauban/store"
)

// notice wakes the listeners of all replicas. Its transaction's end, not its call, sends it.
const notice = "vauban_feed"

// A notice carries the bells to ring, a line each; silent when there are none. An empty one, which programs of the version before send and which
// stands for more bells than fit, rings all.
const (
	silent    = "-"
	maxNotice = 7000 // PostgreSQL manual, "NOTIFY": less than 8,000 bytes
)

func (t *tx) emits() bool { return len(t.changes)+len(t.events)+len(t.rung) > 0 }

// commit sends what was kept back, and the commit, in one round trip.
func (t *tx) commit() error {
	b := t.opening()
	emit(b, t.changes, t.events)
	if t.emits() {
		b.Queue(notifySQL, notice, payload(t.rung))
	}
	b.Queue("COMMIT")
	return t.c.SendBatch(t.ctx, b).Close()
}

// emit queues changes and events behind the feed's lock. The lock ends with the transaction.
func emit(b *pgx.Batch, changes []store.Change, events []store.Event) {
	if len(changes)+len(events) == 0 {
		return
	}
	b.Queue(feedLockSQL, lockSpace, lockFeed)
	if len(changes) > 0 {
		tables, keys := make([]string, len(changes)), make([][]byte, len(changes))
		for i, c := range changes {
			tables[i], keys[i] = c.Table, notNil(c.Key)
		}
		b.Queue(addChangeSQL, tables, keys)
	}
	if len(events) > 0 {
		ids, at, bodies := make([]string, len(events)), make([]int64, len(events)), make([][]byte, len(events))
		for i, e := range events {
			ids[i], at[i], bodies[i] = e.ID, e.Time.UnixMicro(), notNil(e.Body)
		}
		b.Queue(addEventSQL, ids, at, bodies)
	}
}

func payload(rung []string) string {
	if len(rung) == 0 {
		return silent
	}
	if text := strings.Join(rung, "\n"); len(text) <= maxNotice {
		return text
	}
	return ""
}

// heard wakes those whom a notice is for.
func (db *DB) heard(payload string) {
	db.wakers.wake()
	if payload == "" {
		db.bells.RingAll()
		return
	}
	db.bells.Ring(strings.Split(payload, "\n")...)
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
		}, changesSQL, after, max(limit, 0))
		if err == nil {
			err = t.query(func(rows pgx.Rows) error { return rows.Scan(&dropped) }, droppedSQL)
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
		return t.query(func(rows pgx.Rows) error { return rows.Scan(&head) }, headSQL)
	})
	return head, err
}

// look is Read for the driver's own questions.
func (db *DB) look(ctx context.Context, fn func(*tx) error) error {
	return db.Read(ctx, func(x store.Tx) error { return fn(x.(*tx)) })
}
