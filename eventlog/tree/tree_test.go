package tree

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vauban/engine/treeproof"
	"vauban/eventlog"
	"vauban/eventlog/archive"
	"vauban/eventlog/dayfile"
	"vauban/eventlog/pgarchive"
	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

// plain seals nothing, but notices when a value is opened for another place.
type plain struct{}

func (plain) Seal(table string, key store.Key, b []byte) ([]byte, error) {
	return append([]byte(table+string(key)), b...), nil
}

func (plain) Open(table string, key store.Key, b []byte) ([]byte, error) {
	n := len(table) + len(key)
	if len(b) < n || string(b[:n]) != table+string(key) {
		return nil, errors.New("sealed for another place")
	}
	return b[n:], nil
}

// openAt opens the store and archive at a directory, or at a connection string.
func openAt(ctx context.Context, where string) (store.DB, archive.Driver, error) {
	if filepath.IsAbs(where) {
		db, err := sqlite.Open(ctx, filepath.Join(where, "state.db"), sqlite.Options{})
		if err != nil {
			return nil, nil, err
		}
		d, err := dayfile.Open(filepath.Join(where, "events"))
		return db, d, err
	}
	db, err := postgres.Open(ctx, where, postgres.Options{})
	if err != nil {
		return nil, nil, err
	}
	d, err := pgarchive.Open(ctx, where, pgarchive.Options{})
	return db, d, err
}

// onAll runs the test on each kind of store.
func onAll(t *testing.T, test func(t *testing.T, where string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, t.TempDir()) })
	t.Run("postgres", func(t *testing.T) { test(t, storetest.Postgres(t)) })
}

// replica is a store with its log and tree.
type replica struct {
	t    testing.TB
	db   store.DB
	log  *eventlog.Log
	tree *Tree
}

func open(t testing.TB, where string, opt eventlog.Options) *replica {
	t.Helper()
	db, driver, err := openAt(context.Background(), where)
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, db)
	r := &replica{t: t, db: db}
	if r.log, err = eventlog.Open(db, driver, opt); err != nil {
		t.Fatal(err)
	}
	closeAfter(t, r.log)
	if r.tree, err = Open(context.Background(), db, plain{}, rand.Reader); err != nil {
		t.Fatal(err)
	}
	r.log.ConsumeAt(eventlog.Pace{Batch: 100, Pause: time.Millisecond}, Consumer, r.tree.Consume)
	return r
}

func closeAfter(t testing.TB, c interface{ Close() error }) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// run runs the log until the returned function, or the test's end.
func (r *replica) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.log.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("Run: %v", err)
		}
	})
	r.t.Cleanup(stop)
	return stop
}

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func entry(n int, at time.Time) *eventlog.Entry {
	id := fmt.Sprintf("event-%d", n)
	return &eventlog.Entry{
		ID: id, Time: at, Account: "111111111111", Region: "us-east-1", Name: "GetUser", Source: "iam.amazonaws.com", User: "alice", Data: n%5 == 0,
		Record: fmt.Appendf(nil, `{"eventID":%q,"n":%d}`, id, n),
	}
}

func (r *replica) append(entries ...*eventlog.Entry) {
	r.t.Helper()
	if err := r.log.Append(context.Background(), entries...); err != nil {
		r.t.Fatal(err)
	}
}

func (r *replica) head() (*treeproof.Head, []byte) {
	r.t.Helper()
	h, signed, err := r.tree.Head(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return h, signed
}

func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// kept are all entries that the log still has, in order.
func (r *replica) kept() (out []*eventlog.Entry) {
	r.t.Helper()
	for after := int64(0); ; after = out[len(out)-1].Seq {
		page, err := r.log.Read(context.Background(), after, 500)
		if err != nil {
			r.t.Fatal(err)
		}
		if len(page) == 0 {
			return out
		}
		out = append(out, page...)
	}
}

// holds checks that the entries are proven, one after the other, from the index on.
func (r *replica) holds(entries []*eventlog.Entry, from int64) {
	r.t.Helper()
	for i, e := range entries {
		p, _, err := r.tree.Prove(context.Background(), e)
		if err != nil {
			r.t.Fatalf("entry %s: %v", e.ID, err)
		}
		if p, err = treeproof.ParseInclusion(p.Text()); err != nil {
			r.t.Fatal(err)
		}
		if _, err := p.Verify(r.tree.Key()); err != nil || p.Index != from+int64(i) || string(p.Record) != string(e.Record) {
			r.t.Fatalf("entry %s: index %d, want %d, %v", e.ID, p.Index, from+int64(i), err)
		}
	}
}

// grew checks that the log has grown from the earlier head.
func (r *replica) grew(earlier []byte) {
	r.t.Helper()
	n, err := treeproof.SizeOf(earlier)
	if err != nil {
		r.t.Fatal(err)
	}
	p, _, err := r.tree.ProveGrowth(context.Background(), n)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, _, err := p.Verify(earlier, r.tree.Key()); err != nil {
		r.t.Fatal(err)
	}
}

// The tree follows the log through restarts; what retention drops stays under the tree, and what is kept stays proven.
func TestTreeOutlivesRetention(t *testing.T) {
	onAll(t, func(t *testing.T, where string) {
		now := start
		r := open(t, where, eventlog.Options{FlushEvents: 50, FlushAfter: time.Millisecond, Clock: func() time.Time { return now }})
		_, empty := r.head()
		stop := r.run()
		const n = 1200
		for i := range n { // twelve days
			r.append(entry(i, start.Add(time.Duration(i)*14400*time.Minute/1000)))
		}
		eventually(t, "all are in the tree", func() bool { h, _ := r.head(); return h.Size == n })
		all := r.kept()
		r.holds(all, 0)
		_, before := r.head()
		stop()

		late := open(t, where, eventlog.Options{ManagementDays: 3, DataDays: 2, FlushAfter: time.Millisecond, Clock: func() time.Time { return start.AddDate(0, 0, 14) }})
		late.run()
		eventually(t, "old days are dropped", func() bool { s := late.log.Status(); return s.Waiting == 0 && s.Archive.Events < n/2 })
		for i := range 40 {
			late.append(entry(n+i, start.AddDate(0, 0, 14)))
		}
		eventually(t, "the tree grows on", func() bool { h, _ := late.head(); return h.Size == n+40 })
		late.grew(empty)
		late.grew(before)
		kept := late.kept()
		if len(kept) == 0 || len(kept) > n/2 {
			t.Fatalf("%d entries are kept", len(kept))
		}
		for _, e := range kept {
			p, _, err := late.tree.Prove(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Verify(late.tree.Key()); err != nil {
				t.Fatal(err)
			}
			if e.Seq <= all[n-1].Seq && all[p.Index].ID != e.ID {
				t.Fatalf("entry %s is proven as entry %d, which is %s", e.ID, p.Index, all[p.Index].ID)
			}
		}
	})
}

func TestProofsThatThereAreNot(t *testing.T) {
	r := open(t, t.TempDir(), eventlog.Options{})
	e := entry(1, start)
	e.Seq = 1
	if _, _, err := r.tree.Prove(t.Context(), e); !errors.Is(err, ErrBehind) {
		t.Errorf("%v, want ErrBehind", err)
	}
	if _, h, err := r.tree.ProveGrowth(t.Context(), 1); !errors.Is(err, ErrLarger) || h == nil || h.Size != 0 {
		t.Errorf("%v, %v, want ErrLarger and the head", h, err)
	}
	if err := r.db.Write(t.Context(), func(tx store.Tx) error { // a log that began before its tree
		return r.tree.Consume(tx, []*eventlog.Entry{{Seq: 5, Record: []byte("{}")}})
	}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.tree.Prove(t.Context(), e); !errors.Is(err, ErrBefore) {
		t.Errorf("%v, want ErrBefore", err)
	}
}

// All replicas sign with one key, also when they make it at once.
func TestOneKey(t *testing.T) {
	onAll(t, func(t *testing.T, where string) {
		db, _, err := openAt(t.Context(), where)
		if err != nil {
			t.Fatal(err)
		}
		closeAfter(t, db)
		keys := make(chan string, 8)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				tree, err := Open(context.Background(), db, plain{}, rand.Reader)
				if err != nil {
					t.Error(err)
					return
				}
				keys <- tree.Key().Text
			})
		}
		all.Wait()
		close(keys)
		first := <-keys
		for k := range keys {
			if k != first {
				t.Errorf("keys %s and %s", first, k)
			}
		}
	})
}
