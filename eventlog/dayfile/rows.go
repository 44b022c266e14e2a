package dayfile

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"vauban/eventlog/archive"
)

// rows implements archive.Reader and archive.Writer on a transaction.
type rows struct {
	ctx     context.Context
	tx      *sql.Tx
	part    archive.Part
	stmts   map[string]*sql.Stmt
	changed *archive.Info
}

var _ archive.Writer = (*rows)(nil)

func (r *rows) close() {
	for _, s := range r.stmts {
		s.Close()
	}
}

// prepare prepares a statement once in the transaction.
func (r *rows) prepare(text string) (*sql.Stmt, error) {
	if s := r.stmts[text]; s != nil {
		return s, nil
	}
	s, err := r.tx.PrepareContext(r.ctx, text)
	if err != nil {
		return nil, err
	}
	if r.stmts == nil {
		r.stmts = map[string]*sql.Stmt{}
	}
	r.stmts[text] = s
	return s, nil
}

// table is how a table is kept: frames and blocks have only B as their key.
type table struct {
	name  string
	wide  bool   // has a column a
	order string // columns of the key
}

func tableOf(t archive.Table) table {
	switch t {
	case archive.Frames:
		return table{"frame", false, "b"}
	case archive.Blocks:
		return table{"block", false, "b"}
	case archive.Postings:
		return table{"posting", true, "a, b"}
	}
	return table{"segment", true, "a, b"}
}

// Scan implements archive.Reader.
func (r *rows) Scan(t archive.Table, a, from, to int64, desc bool, limit int) (out []archive.Row, err error) {
	if from > to {
		return nil, nil
	}
	tab := tableOf(t)
	text := "SELECT b, v FROM " + tab.name + " WHERE b BETWEEN ? AND ?"
	args := []any{from, to}
	if tab.wide {
		text, args = text+" AND a = ?", append(args, a)
	}
	text += " ORDER BY b"
	if desc {
		text += " DESC"
	}
	s, err := r.prepare(text + " LIMIT ?")
	if err != nil {
		return nil, err
	}
	found, err := s.QueryContext(r.ctx, append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		row := archive.Row{Key: archive.Key{A: a}}
		if err := found.Scan(&row.B, &row.Value); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, found.Err()
}

// Info implements archive.Reader.
func (r *rows) Info() (archive.Info, error) {
	if r.changed != nil {
		return *r.changed, nil
	}
	var v string
	err := r.tx.QueryRowContext(r.ctx, "SELECT value FROM meta WHERE name = ?", infoName).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return archive.Info{Part: r.part}, nil
	}
	if err != nil {
		return archive.Info{}, err
	}
	return decodeInfo(v, r.part)
}

// SetInfo implements archive.Writer.
func (r *rows) SetInfo(i archive.Info) error {
	v, err := encodeInfo(i)
	if err != nil {
		return err
	}
	if _, err := r.tx.ExecContext(r.ctx, "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", infoName, v); err != nil {
		return err
	}
	r.changed = &i
	return nil
}

// together is how many rows one statement writes: calls cost more than rows.
const together = 64

// Put implements archive.Writer.
func (r *rows) Put(t archive.Table, put []archive.Row) error {
	tab := tableOf(t)
	var args []any
	for len(put) > 0 {
		n := 1
		if len(put) >= together {
			n = together
		}
		one := "(?, ?)"
		if tab.wide {
			one = "(?, ?, ?)"
		}
		s, err := r.prepare("INSERT OR REPLACE INTO " + tab.name + " (" + tab.order + ", v) VALUES " + one + strings.Repeat(", "+one, n-1))
		if err != nil {
			return err
		}
		args = args[:0]
		for _, row := range put[:n] {
			if tab.wide {
				args = append(args, row.A)
			}
			value := row.Value
			if value == nil {
				value = []byte{}
			}
			args = append(args, row.B, value)
		}
		if _, err := s.ExecContext(r.ctx, args...); err != nil {
			return err
		}
		put = put[n:]
	}
	return nil
}

// Delete implements archive.Writer.
func (r *rows) Delete(t archive.Table, keys []archive.Key) error {
	tab := tableOf(t)
	text := "DELETE FROM " + tab.name + " WHERE b = ?"
	if tab.wide {
		text += " AND a = ?"
	}
	for _, k := range keys {
		s, err := r.prepare(text)
		if err != nil {
			return err
		}
		args := []any{k.B}
		if tab.wide {
			args = append(args, k.A)
		}
		if _, err := s.ExecContext(r.ctx, args...); err != nil {
			return err
		}
	}
	return nil
}
