package sqlite

import (
	"errors"
	"fmt"
	"syscall"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"vauban/store"
)

var errMemory = errors.New("sqlite: out of memory")

// failure is an error of the engine.
type failure struct {
	code  int32 // extended result code, https://www.sqlite.org/rescode.html
	errno syscall.Errno
	text  string
}

func (f *failure) Error() string {
	if f.errno != 0 && f.code&0xff == sqlite3.SQLITE_IOERR {
		return fmt.Sprintf("sqlite: %s (%d): %v", f.text, f.code, f.errno)
	}
	return fmt.Sprintf("sqlite: %s (%d)", f.text, f.code)
}

// Unwrap gives the store's own error where there is one.
func (f *failure) Unwrap() error {
	switch f.code & 0xff {
	case sqlite3.SQLITE_FULL:
		return store.ErrFull
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return store.ErrConflict
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		// The engine answers SQLITE_FULL only for ENOSPC on write; the same cause in a sync, a truncation or a quota comes as an I/O error.
		if f.errno == syscall.ENOSPC || f.errno == syscall.EDQUOT || f.errno == syscall.EFBIG {
			return store.ErrFull
		}
	case sqlite3.SQLITE_READONLY:
		return store.ErrReadOnly
	}
	return nil
}

// error describes the result code of the call just made on c.
func (c *conn) error(rc int32) error {
	f := &failure{code: rc, text: libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))}
	if c.db != 0 {
		f.text = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
		f.errno = syscall.Errno(sqlite3.Xsqlite3_system_errno(c.tls, c.db))
	}
	return f
}
