package dayfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"syscall"
	"time"

	"modernc.org/sqlite" // registers the driver "sqlite", too
	sqlite3 "modernc.org/sqlite/lib"

	"vauban/eventlog/archive"
	"vauban/store"
)

// file is one partition.
type file struct {
	path string
	part archive.Part

	use  sync.RWMutex // held for writing to close and remove
	gone bool

	open   sync.Mutex // guards opening
	writer *sql.DB    // nil until first used
	reader *sql.DB

	mu    sync.Mutex
	info  archive.Info
	known bool
}

// errGone says that the file was removed after it was looked up.
var errGone = errors.New("dayfile: removed")

func newFile(path string, p archive.Part) *file { return &file{path: path, part: p} }

// version of the schema, in user_version; 0 is a file that a crash left before its first commit.
const version = 1

const schema = `
CREATE TABLE frame (b INTEGER PRIMARY KEY, v BLOB NOT NULL);
CREATE TABLE block (b INTEGER PRIMARY KEY, v BLOB NOT NULL);
CREATE TABLE posting (a INTEGER NOT NULL, b INTEGER NOT NULL, v BLOB NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE segment (a INTEGER NOT NULL, b INTEGER NOT NULL, v BLOB NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1`

// idle connections are closed after a while: a directory of months must not hold hundreds.
const idle = time.Minute

func (f *file) pool(query string, most int) (*sql.DB, error) {
	u := url.URL{Scheme: "file", OmitHost: true, Path: f.path, RawQuery: "mode=rw&_pragma=busy_timeout(10000)&_pragma=temp_store(memory)&_pragma=trusted_schema(0)&" + query}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(idle)
	return db, nil
}

// writing opens the file for writing, making it and its tables when needed.
func (f *file) writing(ctx context.Context) (*sql.DB, error) {
	f.open.Lock()
	defer f.open.Unlock()
	if f.writer != nil {
		return f.writer, nil
	}
	if err := create(f.path); err != nil {
		return nil, err
	}
	db, err := f.pool("_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(33554432)&_pragma=cache_size(-8192)", 1)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	f.writer = db
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	have := 0
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch {
	case have > version:
		return fmt.Errorf("%w (schema %d)", store.ErrNewer, have)
	case have == version:
		return nil
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	return tx.Commit()
}

// reading opens the file for reading, or answers ErrNoPart when it has no tables yet.
func (f *file) reading(ctx context.Context) (*sql.DB, error) {
	f.open.Lock()
	defer f.open.Unlock()
	if f.reader != nil {
		return f.reader, nil
	}
	if _, err := os.Stat(f.path); errors.Is(err, fs.ErrNotExist) {
		return nil, archive.ErrNoPart
	}
	db, err := f.pool("_pragma=query_only(1)&_pragma=cache_size(-512)", 4)
	if err != nil {
		return nil, err
	}
	have := 0
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if have != version {
		err := archive.ErrNoPart
		if have > version {
			err = fmt.Errorf("%w (schema %d)", store.ErrNewer, have)
		}
		return nil, errors.Join(err, db.Close())
	}
	f.reader = db
	return db, nil
}

func (f *file) write(ctx context.Context, fn func(archive.Writer) error) error {
	f.use.RLock()
	defer f.use.RUnlock()
	if f.gone {
		return errGone
	}
	db, err := f.writing(ctx)
	if err != nil {
		return f.fail(err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return f.fail(err)
	}
	defer tx.Rollback()
	r := &rows{ctx: ctx, tx: tx, part: f.part}
	defer r.close()
	if err := fn(r); err != nil {
		return f.fail(err)
	}
	if err := tx.Commit(); err != nil {
		return f.fail(err)
	}
	if r.changed != nil {
		f.mu.Lock()
		f.info, f.known = *r.changed, true
		f.mu.Unlock()
	}
	return nil
}

func (f *file) read(ctx context.Context, fn func(archive.Reader) error) error {
	f.use.RLock()
	defer f.use.RUnlock()
	if f.gone {
		return archive.ErrNoPart
	}
	db, err := f.reading(ctx)
	if err != nil {
		return f.fail(err)
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return f.fail(err)
	}
	defer tx.Rollback()
	r := &rows{ctx: ctx, tx: tx, part: f.part}
	defer r.close()
	return f.fail(fn(r))
}

// describe returns what the last commit of this process said, or reads it.
func (f *file) describe(ctx context.Context) (archive.Info, error) {
	f.mu.Lock()
	info, known := f.info, f.known
	f.mu.Unlock()
	if known {
		return info, nil
	}
	err := f.read(ctx, func(r archive.Reader) (err error) {
		info, err = r.Info()
		return err
	})
	if err != nil {
		return archive.Info{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.known {
		f.info, f.known = info, true
	}
	return f.info, nil
}

// fail adds the file's name, and the store's error where there is one.
func (f *file) fail(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		err = fmt.Errorf("%w: %w", store.ErrFull, err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		// A full disk shows as an I/O error where SQLite does more than write: then the file system says so.
		if noSpace(f.path) {
			err = fmt.Errorf("%w: %w", store.ErrFull, err)
		}
	}
	return fmt.Errorf("%s: %w", f.path, err)
}

// noSpace reports whether the file system has next to nothing left.
func noSpace(path string) bool {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return false
	}
	const little = 256 << 10
	return uint64(st.Bavail)*uint64(st.Bsize) < little
}

func (f *file) remove() error {
	err := f.close()
	// The log first: without the file it would be taken for that of a new one.
	for _, s := range []string{"-wal", "-shm", ""} {
		if e := os.Remove(f.path + s); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (f *file) close() error {
	f.use.Lock()
	defer f.use.Unlock()
	f.gone = true
	var errs []error
	for _, db := range []*sql.DB{f.reader, f.writer} { // the writer last: it moves the log into the file
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// infoName is the row of meta that holds archive.Info.
const infoName = "info"

func encodeInfo(i archive.Info) (string, error) {
	b, err := json.Marshal(i)
	return string(b), err
}

func decodeInfo(s string, p archive.Part) (archive.Info, error) {
	i := archive.Info{}
	if err := json.Unmarshal([]byte(s), &i); err != nil || i.Part != p {
		return i, archive.ErrCorrupt
	}
	return i, nil
}
