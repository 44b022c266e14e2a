package sqlite

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// stmt is a prepared statement with a buffer in C memory for its arguments: SQLite reads them in place, so they are copied once.
type stmt struct {
	c    *conn
	sql  string
	p    uintptr
	buf  uintptr
	size int
}

// keepBuffer is the largest argument buffer that a statement keeps between uses.
const keepBuffer = 64 << 10

// prepare hands out a statement that is not running; give it back with release. The same text may run several times at once: a scan within a scan.
func (c *conn) prepare(sql string) (*stmt, error) {
	if free := c.free[sql]; len(free) > 0 {
		s := free[len(free)-1]
		c.free[sql] = free[:len(free)-1]
		return s, nil
	}
	text, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	pp := sqlite3.Xsqlite3_malloc64(c.tls, 8)
	if pp == 0 {
		return nil, errMemory
	}
	defer sqlite3.Xsqlite3_free(c.tls, pp)
	rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, int32(len(sql)+1), sqlite3.SQLITE_PREPARE_PERSISTENT, pp, 0)
	if rc != sqlite3.SQLITE_OK {
		return nil, c.error(rc)
	}
	s := &stmt{c: c, sql: sql, p: pointerAt(pp)}
	c.all = append(c.all, s)
	return s, nil
}

// release ends the statement's run and makes it available again.
func (s *stmt) release() {
	sqlite3.Xsqlite3_reset(s.c.tls, s.p)
	if s.size > keepBuffer {
		sqlite3.Xsqlite3_clear_bindings(s.c.tls, s.p)
		sqlite3.Xsqlite3_free(s.c.tls, s.buf)
		s.buf, s.size = 0, 0
	}
	s.c.free[s.sql] = append(s.c.free[s.sql], s)
}

func (s *stmt) finalize() {
	sqlite3.Xsqlite3_finalize(s.c.tls, s.p)
	sqlite3.Xsqlite3_free(s.c.tls, s.buf)
	s.p, s.buf = 0, 0
}

// arg is an argument of a statement: a number or bytes, without the allocation that an interface costs.
type arg struct {
	kind  argKind
	n     int64
	bytes []byte
	text  string
}

type argKind uint8

const (
	argInt argKind = iota
	argBlob
	argText
)

func num(n int64) arg     { return arg{kind: argInt, n: n} }
func blob(b []byte) arg   { return arg{kind: argBlob, bytes: b} }
func text(s string) arg   { return arg{kind: argText, text: s} }
func (a arg) length() int { return len(a.bytes) + len(a.text) }

func (s *stmt) bind(args []arg) error {
	if err := s.room(args); err != nil {
		return err
	}
	at := 0
	for i, a := range args {
		var rc int32
		idx, n := int32(i+1), a.length()
		switch {
		case a.kind == argInt:
			rc = sqlite3.Xsqlite3_bind_int64(s.c.tls, s.p, idx, a.n)
		case a.kind == argText:
			copy(bytesAt(s.buf+uintptr(at), n), a.text)
			rc = sqlite3.Xsqlite3_bind_text(s.c.tls, s.p, idx, s.buf+uintptr(at), int32(n), 0)
		case n == 0: // a blob of no bytes, not NULL
			rc = sqlite3.Xsqlite3_bind_zeroblob(s.c.tls, s.p, idx, 0)
		default:
			copy(bytesAt(s.buf+uintptr(at), n), a.bytes)
			rc = sqlite3.Xsqlite3_bind_blob(s.c.tls, s.p, idx, s.buf+uintptr(at), int32(n), 0)
		}
		if rc != sqlite3.SQLITE_OK {
			return s.c.error(rc)
		}
		at += n
	}
	return nil
}

// room makes the buffer large enough for all arguments, before any of them is bound to an address in it.
func (s *stmt) room(args []arg) error {
	need := 1 // an empty text still needs an address
	for _, a := range args {
		need += a.length()
	}
	if need <= s.size {
		return nil
	}
	sqlite3.Xsqlite3_clear_bindings(s.c.tls, s.p)
	sqlite3.Xsqlite3_free(s.c.tls, s.buf)
	size := max(need, 512)
	s.buf, s.size = sqlite3.Xsqlite3_malloc64(s.c.tls, uint64(size)), size
	if s.buf == 0 {
		s.size = 0
		return errMemory
	}
	return nil
}

// step returns true when there is a row.
func (s *stmt) step() (bool, error) {
	switch rc := sqlite3.Xsqlite3_step(s.c.tls, s.p); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, s.c.error(rc)
	}
}

func (s *stmt) int(col int32) int64 { return sqlite3.Xsqlite3_column_int64(s.c.tls, s.p, col) }

// blob returns a copy of the column, with room for more bytes behind it.
func (s *stmt) blob(col int32) []byte {
	b := s.view(col)
	out := make([]byte, len(b))
	copy(out, b)
	return out
}

// view is the column until the next step.
func (s *stmt) view(col int32) []byte {
	p := sqlite3.Xsqlite3_column_blob(s.c.tls, s.p, col)
	n := sqlite3.Xsqlite3_column_bytes(s.c.tls, s.p, col)
	if p == 0 || n == 0 {
		return nil
	}
	return bytesAt(p, int(n))
}
