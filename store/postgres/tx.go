package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"vauban/store"
)

// tx is a transaction on one connection.
type tx struct {
	ctx     context.Context
	c       *pgx.Conn
	begin   []string // statements that open it, sent with the first of its own; nil once they are sent
	write   bool
	broke   error          // a database error: the transaction cannot commit, whatever fn makes of it
	over    bool           // fn has returned: a Tx kept beyond it does nothing
	known   map[string]row // by physical key: documents read or written here, so that an update need not look again
	changes []store.Change // kept back until the commit
	events  []store.Event
	rung    []string // bells to ring
}

// row is what a write needs to know of the document that it replaces. packed is layout's list of index entries.
type row struct {
	rev     store.Rev
	version int
	packed  []byte
}

var errOver = errors.New("postgres: transaction used after its function returned")

func (t *tx) Snapshot() bool { return !t.write }

func (t *tx) readable() error {
	switch {
	case t.over:
		return errOver
	case t.broke != nil:
		return t.broke
	}
	return t.ctx.Err()
}

func (t *tx) writable() error {
	if !t.write {
		return store.ErrReadOnly
	}
	return t.readable()
}

// fail remembers a database error: PostgreSQL ignores the rest of the transaction.
func (t *tx) fail(err error) error {
	if err != nil && t.broke == nil {
		t.broke = err
	}
	return err
}

// query sends a statement, behind those that open the transaction if it is the first, and gives each row to scan.
func (t *tx) query(scan func(pgx.Rows) error, sql string, args ...any) error {
	if t.begin == nil {
		rows, err := t.c.Query(t.ctx, sql, args...)
		if err != nil {
			return t.fail(err)
		}
		return t.fail(drain(rows, scan))
	}
	b := t.opening()
	ahead := b.Len()
	b.Queue(sql, args...)
	results := t.c.SendBatch(t.ctx, b)
	for range ahead {
		if _, err := results.Exec(); err != nil {
			_ = results.Close()
			return t.fail(err)
		}
	}
	rows, err := results.Query()
	if err == nil {
		err = drain(rows, scan)
	}
	return t.fail(errors.Join(err, results.Close()))
}

// opening starts a batch with the statements that open the transaction, if they are still to be sent.
func (t *tx) opening() *pgx.Batch {
	b := &pgx.Batch{}
	for _, sql := range t.begin {
		b.Queue(sql)
	}
	t.begin = nil
	return b
}

func drain(rows pgx.Rows, scan func(pgx.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *tx) know(physical []byte, r row) {
	if !t.write {
		return
	}
	if t.known == nil {
		t.known = map[string]row{}
	}
	t.known[string(physical)] = r
}
