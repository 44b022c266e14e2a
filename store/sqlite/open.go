package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	engine "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Options of Open. The zero value is what a server wants.
type Options struct {
	Readers     int           // connections for reads; 0 means one for each processor and two more
	Busy        time.Duration // how long a write waits for another process; 0 means 10 s
	KeepChanges int           // how many changes the feed keeps at least; 0 means 100,000
	MaxLog      int64         // bytes of the write-ahead log above which the store insists on emptying it; 0 means 64 MiB
	MaxBytes    int64         // size of the database above which writes answer ErrFull; 0 means none
}

// Open opens the database file, which it creates with mode 0600, in a directory of mode 0700. With the path "" the
// store lives in memory, which may grow as large as /dev/shm, and ends with Close or the process.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Readers <= 0 {
		o.Readers = runtime.GOMAXPROCS(0) + 2
	}
	if o.Busy <= 0 {
		o.Busy = 10 * time.Second
	}
	if o.KeepChanges <= 0 {
		o.KeepChanges = 100_000
	}
	if o.MaxLog <= 0 {
		o.MaxLog = 64 << 20
	}
	// fdatasync writes all that is needed to read the file back and leaves out its times: half the price of a commit on ext4.
	// Systems without it keep fsync.
	if _, err := engine.Fdatasync(true); err != nil && !errors.Is(err, engine.ErrFdatasyncUnavailable) {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if path == "" {
		return openEphemeral(o)
	}
	if err := prepareFile(path); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db, err := open(path, o, "FULL")
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return db, nil
}

// prepareFile makes the file before SQLite does, whose modes follow the umask. The log and index beside it inherit the mode. An
// existing file is never opened here: closing it would release the locks that SQLite holds in this process (POSIX).
func prepareFile(path string) error {
	dir := filepath.Dir(path)
	_, missing := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.Chmod(path, 0o600)
	}
	if err != nil {
		return err
	}
	// The names of the file and of its directory must survive a loss of power too.
	err = errors.Join(f.Close(), syncDir(dir))
	if missing != nil {
		err = errors.Join(err, syncDir(filepath.Dir(dir)))
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // EINVAL: a file system that knows no such thing
		return err
	}
	return nil
}

// openEphemeral keeps the database in files without a name on a memory file system: that is the same engine in the same mode, so that
// reads do not wait for writes, which SQLite's own in-memory databases cannot do. All connections are open before the names go.
func openEphemeral(o Options) (*DB, error) {
	dir, err := os.MkdirTemp(memoryDir(), "vauban-")
	if err != nil {
		return nil, fmt.Errorf("open store in memory: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "state.db")
	if err := prepareFile(path); err != nil {
		return nil, fmt.Errorf("open store in memory: %w", err)
	}
	db, err := open(path, o, "OFF")
	if err != nil {
		return nil, fmt.Errorf("open store in memory: %w", err)
	}
	return db, nil
}

// memoryDir is Linux's memory file system, or "", the default directory of temporary files, where there is none.
func memoryDir() string {
	const shm = "/dev/shm"
	probe, err := os.MkdirTemp(shm, "vauban-")
	if err != nil || os.Remove(probe) != nil {
		return ""
	}
	return shm
}

func open(path string, o Options, synchronous string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	uri := (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String()
	db := &DB{
		readers: make(chan *conn, o.Readers), calls: make(chan *call, maxCalls), idle: make(chan struct{}),
		pollEvery: 250 * time.Millisecond, keepChanges: int64(o.KeepChanges), busy: o.Busy, maxTime: maxTime,
	}
	writer, err := openConn(uri, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_URI, o.Busy)
	if err != nil {
		return nil, err
	}
	db.writer = writer
	fail := func(err error) (*DB, error) {
		for _, c := range db.all {
			c.close()
		}
		writer.close()
		return nil, err
	}
	setup := "PRAGMA journal_mode = WAL; PRAGMA synchronous = " + synchronous + "; PRAGMA temp_store = MEMORY; " +
		"PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF; " +
		fmt.Sprintf("PRAGMA journal_size_limit = %d", o.MaxLog)
	if err := writer.script(setup); err != nil {
		return fail(err)
	}
	if err := db.limits(o); err != nil {
		return fail(err)
	}
	if err := migrate(writer); err != nil {
		return fail(err)
	}
	for range o.Readers {
		c, err := openConn(uri, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_URI, o.Busy)
		if err != nil {
			return fail(err)
		}
		db.all = append(db.all, c)
		if err := c.script("PRAGMA query_only = ON; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; SELECT count(*) FROM meta"); err != nil {
			return fail(err)
		}
		db.readers <- c
	}
	if db.version, _, err = writer.queryInt("PRAGMA data_version"); err != nil {
		return fail(err)
	}
	go db.commitLoop()
	return db, nil
}

// limits turns sizes in bytes into pages.
func (db *DB) limits(o Options) error {
	page, _, err := db.writer.queryInt("PRAGMA page_size")
	if err != nil {
		return err
	}
	db.maxLog = o.MaxLog / page
	if o.MaxBytes > 0 {
		return db.writer.script(fmt.Sprintf("PRAGMA max_page_count = %d", max(o.MaxBytes/page, 1)))
	}
	return nil
}
