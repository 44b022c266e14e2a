package sqlite

import (
	"fmt"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// conn is one connection. It may be used by one goroutine at a time.
type conn struct {
	tls  *libc.TLS
	db   uintptr
	free map[string][]*stmt // prepared statements that are not running, by their text
	all  []*stmt
}

// openConn opens a file that exists, with flags added to the open flags.
func openConn(path string, flags int32, busy time.Duration) (*conn, error) {
	c := &conn{tls: libc.NewTLS(), free: map[string][]*stmt{}}
	name, err := libc.CString(path)
	if err != nil {
		c.tls.Close()
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	pp := sqlite3.Xsqlite3_malloc64(c.tls, 8)
	if pp == 0 {
		c.tls.Close()
		return nil, errMemory
	}
	defer sqlite3.Xsqlite3_free(c.tls, pp)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, pp, flags|sqlite3.SQLITE_OPEN_NOMUTEX, 0)
	c.db = pointerAt(pp)
	if rc != sqlite3.SQLITE_OK {
		err := fmt.Errorf("open %s: %w", path, c.error(rc))
		c.close()
		return nil, err
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	c.setBusy(busy)
	return c, nil
}

// setBusy says how long a statement waits for a lock of another connection.
func (c *conn) setBusy(d time.Duration) {
	sqlite3.Xsqlite3_busy_timeout(c.tls, c.db, int32(d.Milliseconds()))
}

func (c *conn) close() {
	for _, s := range c.all {
		s.finalize()
	}
	c.all, c.free = nil, nil
	if c.db != 0 {
		sqlite3.Xsqlite3_close_v2(c.tls, c.db)
		c.db = 0
	}
	c.tls.Close()
}

// exec runs one statement that gives no rows, or whose rows do not matter.
func (c *conn) exec(sql string, args ...arg) error {
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	defer s.release()
	if err := s.bind(args); err != nil {
		return err
	}
	for {
		row, err := s.step()
		if err != nil || !row {
			return err
		}
	}
}

// queryInt runs a statement and returns the first column of its first row; found is false when there is no row.
func (c *conn) queryInt(sql string, args ...arg) (n int64, found bool, err error) {
	s, err := c.prepare(sql)
	if err != nil {
		return 0, false, err
	}
	defer s.release()
	if err := s.bind(args); err != nil {
		return 0, false, err
	}
	if found, err = s.step(); err != nil || !found {
		return 0, false, err
	}
	return s.int(0), true, nil
}

// script runs statements that are separated by semicolons and take no arguments.
func (c *conn) script(sql string) error {
	text, err := libc.CString(sql)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, text)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.db, text, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return c.error(rc)
	}
	return nil
}

// inTransaction is false after SQLite has rolled back by itself, as it may when the disk is full.
func (c *conn) inTransaction() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// bytesAt views n bytes of C memory. The view ends with the memory's owner.
func bytesAt(p uintptr, n int) []byte { return unsafe.Slice(*(**byte)(unsafe.Pointer(&p)), n) }

func pointerAt(p uintptr) uintptr { return **(**uintptr)(unsafe.Pointer(&p)) }
