package eventlog

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vauban/eventlog/archive"
	"vauban/eventlog/dayfile"
	"vauban/eventlog/pgarchive"
	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

// backend is a store with an archive.
type backend struct {
	db     store.DB
	driver archive.Driver
}

// onAll runs the test on each kind of store and archive.
func onAll(t *testing.T, test func(t *testing.T, b backend)) {
	t.Run("sqlite", func(t *testing.T) { test(t, onSQLite(t)) })
	t.Run("memory", func(t *testing.T) { test(t, backend{openSQLite(t, ""), &archive.Memory{}}) })
	t.Run("postgres", func(t *testing.T) { test(t, onPostgres(t, storetest.Postgres(t))) })
}

func onSQLite(t testing.TB) backend {
	dir := t.TempDir()
	d, err := dayfile.Open(filepath.Join(dir, "events"))
	if err != nil {
		t.Fatal(err)
	}
	return backend{openSQLite(t, filepath.Join(dir, "state.db")), d}
}

func openSQLite(t testing.TB, path string) store.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, db)
	return db
}

func onPostgres(t testing.TB, dsn string) backend {
	t.Helper()
	db, err := postgres.Open(context.Background(), dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, db)
	d, err := pgarchive.Open(context.Background(), dsn, pgarchive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return backend{db, d}
}

func closeAfter(t testing.TB, c interface{ Close() error }) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// log opens a log that the test's end closes.
func (b backend) log(t testing.TB, opt Options) *Log {
	t.Helper()
	l, err := Open(b.db, b.driver, opt)
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, l)
	return l
}

// run runs the log until the returned function, or the test's end.
func run(t testing.TB, l *Log) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// relayAll moves everything to the archive.
func relayAll(t testing.TB, l *Log) {
	t.Helper()
	for {
		n, err := l.relayOnce(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// small is an entry with little in it.
func small(n int, at time.Time) *Entry {
	return &Entry{
		ID: fmt.Sprintf("event-%d", n), Time: at, Account: "111111111111", Region: "us-east-1", Name: "GetUser", Source: "iam.amazonaws.com",
		User: "alice", Record: []byte(fmt.Sprintf(`{"n":%d}`, n)),
	}
}

func appendAll(t testing.TB, l *Log, entries ...*Entry) {
	t.Helper()
	if err := l.Append(context.Background(), entries...); err != nil {
		t.Fatal(err)
	}
}

func ids(entries []*Entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.ID
	}
	return out
}

// readAll reads the whole log in pages.
func readAll(t testing.TB, l *Log, limit int) []*Entry {
	t.Helper()
	var out []*Entry
	for after := int64(0); ; {
		page, err := l.Read(context.Background(), after, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return out
		}
		for _, e := range page {
			if e.Seq <= after {
				t.Fatalf("event %d comes after %d", e.Seq, after)
			}
			after = e.Seq
		}
		out = append(out, page...)
	}
}

// lookupAll looks up all pages.
func lookupAll(t testing.TB, l *Log, q Query) []*Entry {
	t.Helper()
	var out []*Entry
	for {
		page, next, err := l.Lookup(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page...)
		if next == "" {
			return out
		}
		q.Before = next
	}
}
