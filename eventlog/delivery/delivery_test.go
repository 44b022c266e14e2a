package delivery

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

func onAll(t *testing.T, test func(t *testing.T, db store.DB)) {
	t.Run("sqlite", func(t *testing.T) { test(t, openSQLite(t, "")) })
	t.Run("postgres", func(t *testing.T) {
		db, err := postgres.Open(t.Context(), storetest.Postgres(t), postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		test(t, db)
	})
}

func openSQLite(t testing.TB, path string) store.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

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

func enqueue(t testing.TB, q *Queue, ds ...*Delivery) {
	t.Helper()
	if err := q.db.Write(context.Background(), func(tx store.Tx) error { return q.Enqueue(tx, ds...) }); err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(3 * time.Millisecond)
	}
}

func counts(t testing.TB, q *Queue, kind string) (waiting, dead int) {
	t.Helper()
	err := q.db.Read(context.Background(), func(tx store.Tx) (err error) {
		waiting, dead, err = q.Count(tx, kind, 1_000_000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return waiting, dead
}

// deliver runs a worker until the test's end or the returned function.
func deliver(t testing.TB, q *Queue, kind string, send Send) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Deliver(ctx, kind, send) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// receiver remembers what it got.
type receiver struct {
	mu  sync.Mutex
	got []Delivery
}

func (r *receiver) send(_ context.Context, d *Delivery) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, *d)
	return nil
}

func (r *receiver) ids() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, d := range r.got {
		out = append(out, d.ID)
	}
	return out
}

func TestDeliver(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		q := New(db, Options{})
		var a, b receiver
		deliver(t, q, "a", a.send)
		deliver(t, q, "b", b.send)
		var want []string
		for i := range 40 {
			id := fmt.Sprint("id-", i)
			want = append(want, id)
			enqueue(t, q, &Delivery{Kind: "a", Target: fmt.Sprint("t", i%7), ID: id, Payload: []byte(`{"n":1}`)})
		}
		enqueue(t, q, &Delivery{Kind: "b", Target: "t1"}, &Delivery{Kind: "b", Target: "t1"})
		stop := errors.New("stop")
		err := db.Write(t.Context(), func(tx store.Tx) error {
			if err := q.Enqueue(tx, &Delivery{Kind: "a", Target: "t", ID: "rolled back"}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		eventually(t, "all has arrived", func() bool {
			x, _ := counts(t, q, "a")
			y, _ := counts(t, q, "b")
			return x == 0 && y == 0
		})
		got := a.ids()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("received %v, want each of %v once", got, want)
		}
		if ids := b.ids(); len(ids) != 2 || ids[0] == "" || ids[0] == ids[1] {
			t.Errorf("IDs made up are %v", ids)
		}
		if d := a.got[0]; d.Attempts != 1 || string(d.Payload) != `{"n":1}` || d.Created.IsZero() {
			t.Errorf("received %+v", d)
		}
	})
}

func TestEnqueueOnce(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		q := New(db, Options{})
		for range 3 {
			enqueue(t, q, &Delivery{Kind: "k", Target: "t", ID: "same"}, &Delivery{Kind: "k", Target: "other", ID: "same"})
		}
		if n, _ := counts(t, q, "k"); n != 2 {
			t.Errorf("%d deliveries wait, want 2", n)
		}
		for _, bad := range []*Delivery{
			{}, {Kind: "k"}, {Target: "t"}, {Kind: "k", Target: strings.Repeat("t", 2000)}, {Kind: "k", Target: "t", Payload: []byte("{")},
			{Kind: strings.Repeat("k", 100), Target: "t"}, {Kind: "k", Target: "t", ID: strings.Repeat("i", 300)},
		} {
			if err := db.Write(t.Context(), func(tx store.Tx) error { return q.Enqueue(tx, bad) }); !errors.Is(err, ErrDelivery) {
				t.Errorf("%+v: %v, want ErrDelivery", bad, err)
			}
		}
		long := &Delivery{Kind: strings.Repeat("k", 64), Target: strings.Repeat("t", 1024), ID: strings.Repeat("i", 256)}
		enqueue(t, q, long)
	})
}

// TestDeadEndpoints: many targets hang until their timeout; one that works is not held up.
func TestDeadEndpoints(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		q := New(db, Options{Concurrency: 8, PerTarget: 2, Timeout: 150 * time.Millisecond, Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, Attempts: 1000})
		for target := range 20 {
			for range 20 {
				enqueue(t, q, &Delivery{Kind: "k", Target: fmt.Sprint("dead-", target)})
			}
		}
		var good receiver
		var mu sync.Mutex
		hanging, most := map[string]int{}, 0
		deliver(t, q, "k", func(ctx context.Context, d *Delivery) error {
			if d.Target == "good" {
				return good.send(ctx, d)
			}
			mu.Lock()
			hanging[d.Target]++
			most = max(most, hanging[d.Target])
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			hanging[d.Target]--
			mu.Unlock()
			return ctx.Err()
		})
		eventually(t, "the dead ones have failed", func() bool {
			n := 0
			err := db.Read(t.Context(), func(tx store.Tx) error {
				n = 0
				page, err := waitingTable().List(tx, store.K("k"), nil, 0)
				for _, d := range page.Items {
					if d.Error != "" {
						n++
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n >= 20
		})
		for i := range 30 {
			enqueue(t, q, &Delivery{Kind: "k", Target: "good", ID: fmt.Sprint(i)})
		}
		begin := time.Now()
		eventually(t, "the good one got all", func() bool { return len(good.ids()) == 30 })
		t.Logf("30 deliveries beside 20 dead targets took %s", time.Since(begin))
		mu.Lock()
		defer mu.Unlock()
		if most > 2 {
			t.Errorf("%d attempts at one target at a time, want at most 2", most)
		}
	})
}

func TestRetriesAndDeath(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		c := newClock()
		q := New(db, Options{Clock: c.now, Attempts: 4, Backoff: time.Minute, MaxBackoff: 3 * time.Minute, Poll: 5 * time.Millisecond, KeepDead: time.Hour})
		var r receiver
		stop := deliver(t, q, "k", func(ctx context.Context, d *Delivery) error {
			_ = r.send(ctx, d)
			switch d.ID {
			case "permanent":
				return Permanent(errors.New("gone"))
			case "panic":
				panic("oh")
			case "polite":
				if d.Attempts == 1 {
					return After(errors.New("come later"), 30*time.Second)
				}
				return nil
			}
			return errors.New(fmt.Sprint(d.Attempts, strings.Repeat(" refused", 1000)))
		})
		enqueue(t, q, &Delivery{Kind: "k", Target: "t", ID: "refused"})
		attempts := func(id string) (n int) {
			for _, got := range r.ids() {
				if got == id {
					n++
				}
			}
			return n
		}
		// due is when a delivery comes again, zero until the attempt is noted.
		due := func(id, note string) time.Time {
			var at time.Time
			err := db.Read(t.Context(), func(tx store.Tx) error {
				d, err := waitingTable().ByUnique(tx, "id", idKey("k", "t", id))
				if err == nil && d.Error != "" && strings.HasPrefix(d.Error, note) {
					at = d.Due
				}
				return err
			})
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Fatal(err)
			}
			return at
		}
		for attempt, longest := range []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute} {
			note := fmt.Sprint(attempt+1, " ")
			eventually(t, "the attempt is noted", func() bool { return attempts("refused") == attempt+1 && !due("refused", note).IsZero() })
			pause := due("refused", note).Sub(c.now())
			if pause < longest/2 || pause > longest {
				t.Errorf("pause %d is %s, want %s to %s", attempt+1, pause, longest/2, longest)
			}
			c.add(pause)
		}
		eventually(t, "it is given up", func() bool { _, dead := counts(t, q, "k"); return dead == 1 })
		enqueue(t, q, &Delivery{Kind: "k", Target: "t", ID: "permanent"}, &Delivery{Kind: "k", Target: "t", ID: "panic"}, &Delivery{Kind: "k", Target: "t", ID: "polite"})
		eventually(t, "the permanent error is final, a panic is an error", func() bool {
			_, dead := counts(t, q, "k")
			return dead == 2 && attempts("permanent") == 1 && !due("panic", "").IsZero() && !due("polite", "").IsZero()
		})
		if got := due("polite", "").Sub(c.now()); got != 30*time.Second {
			t.Errorf("it comes again after %s, want 30s", got)
		}
		stop()

		var dead store.Page[Dead]
		err := db.Read(t.Context(), func(tx store.Tx) (err error) {
			dead, err = q.Dead(tx, "k", nil, 10)
			return err
		})
		if err != nil || len(dead.Items) != 2 || dead.Items[0].ID != "permanent" || dead.Items[0].Error != "gone" || len(dead.Items[1].Error) > 1024 || dead.Items[1].Attempts != 4 {
			t.Errorf("dead are %+v, %v", dead.Items, err)
		}
		err = db.Write(t.Context(), func(tx store.Tx) error { return q.Redrive(tx, "k", "t", "refused") })
		if err != nil {
			t.Fatal(err)
		}
		if waiting, dead := counts(t, q, "k"); waiting != 3 || dead != 1 {
			t.Errorf("after redrive %d wait and %d are dead, want 3 and 1", waiting, dead)
		}
		if err := db.Write(t.Context(), func(tx store.Tx) error { return q.Redrive(tx, "k", "t", "absent") }); !errors.Is(err, ErrNotFound) {
			t.Errorf("redrive of nothing: %v, want ErrNotFound", err)
		}
		c.add(2 * time.Hour)
		if err := q.sweepDead(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		if _, dead := counts(t, q, "k"); dead != 0 {
			t.Errorf("%d are dead after their time", dead)
		}
		if err := db.Write(t.Context(), func(tx store.Tx) error { return q.Remove(tx, "k", "t") }); err != nil {
			t.Fatal(err)
		}
		if waiting, _ := counts(t, q, "k"); waiting != 0 {
			t.Errorf("%d wait after the target was removed", waiting)
		}
	})
}

// A worker that was slower than its lease leaves the outcome to who has taken over.
func TestOvertaken(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		c := newClock()
		q := New(db, Options{Clock: c.now})
		enqueue(t, q, &Delivery{Kind: "k", Target: "t", ID: "x"})
		room := func() func(string) int { return func(string) int { return 5 } }
		first, _, err := q.round(t.Context(), "k", 5, room)
		if err != nil || len(first) != 1 {
			t.Fatalf("claimed %d, %v", len(first), err)
		}
		if again, next, err := q.round(t.Context(), "k", 5, room); err != nil || len(again) != 0 || !next.Equal(first[0].Due) {
			t.Fatalf("claimed %d that are leased, next at %s, %v", len(again), next, err)
		}
		c.add(q.opt.Timeout + grace)
		second, _, err := q.round(t.Context(), "k", 5, room)
		if err != nil || len(second) != 1 || second[0].Epoch <= first[0].Epoch {
			t.Fatalf("claimed %d after the lease, %v", len(second), err)
		}
		for what, err := range map[string]error{
			"done": q.done(t.Context(), first[0]), "again": q.again(t.Context(), first[0], c.now(), 1, ""), "give up": q.giveUp(t.Context(), first[0], ""),
		} {
			if !errors.Is(err, errOvertaken) {
				t.Errorf("%s: %v, want to be told that another has it", what, err)
			}
		}
		if err := q.done(t.Context(), second[0]); err != nil {
			t.Error(err)
		}
		if err := q.done(t.Context(), second[0]); !errors.Is(err, errOvertaken) {
			t.Errorf("done twice: %v", err)
		}
		c.add(time.Hour)
		if _, _, err := q.round(t.Context(), "k", 5, room); err != nil {
			t.Fatal(err)
		}
		targets := 0
		err = db.Read(t.Context(), func(tx store.Tx) error {
			return tx.Scan("delivery.target", nil, nil, func(store.Doc) bool { targets++; return true })
		})
		if err != nil || targets != 0 {
			t.Errorf("%d targets without work are left, %v", targets, err)
		}
	})
}

// When the server stops, what is under way is given back at once, and no attempt is counted.
func TestStopGivesBack(t *testing.T) {
	db := openSQLite(t, "")
	q := New(db, Options{})
	enqueue(t, q, &Delivery{Kind: "k", Target: "t", ID: "x"})
	begun := make(chan struct{})
	stop := deliver(t, q, "k", func(ctx context.Context, d *Delivery) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	})
	<-begun
	stop()
	var r receiver
	deliver(t, q, "k", r.send)
	eventually(t, "it arrives", func() bool { return len(r.ids()) == 1 })
	if d := r.got[0]; d.Attempts != 1 {
		t.Errorf("attempt %d, want 1: the interrupted one does not count", d.Attempts)
	}
}

// Workers of several replicas share the work, each delivery going to one of them.
func TestReplicas(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		var r receiver
		for range 3 {
			deliver(t, New(db, Options{Concurrency: 4, Poll: 5 * time.Millisecond}), "k", r.send)
		}
		q := New(db, Options{})
		for i := range 30 {
			var ds []*Delivery
			for j := range 10 {
				ds = append(ds, &Delivery{Kind: "k", Target: fmt.Sprint("t", j), ID: fmt.Sprint(i)})
			}
			enqueue(t, q, ds...)
		}
		eventually(t, "all has arrived", func() bool { n, _ := counts(t, q, "k"); return n == 0 })
		if n := len(r.ids()); n != 300 {
			t.Errorf("%d arrivals, want 300", n)
		}
	})
}

const crashDir = "DELIVERY_TEST_CRASH"

func BenchmarkDeliver(b *testing.B) {
	q := New(openSQLite(b, filepath.Join(b.TempDir(), "state.db")), Options{})
	var r receiver
	deliver(b, q, "k", r.send)
	b.ResetTimer()
	for i := range b.N {
		enqueue(b, q, &Delivery{Kind: "k", Target: fmt.Sprint("t", i%100)})
	}
	eventually(b, "all has arrived", func() bool { n, _ := counts(b, q, "k"); return n == 0 })
}

// TestLater: what waits for its turn is not tried, counts no attempt, and holds up neither its target nor others.
func TestLater(t *testing.T) {
	clock := newClock()
	q := New(openSQLite(t, ""), Options{Clock: clock.now, Attempts: 1, Concurrency: 2, Poll: time.Millisecond})
	begin := clock.now()
	var mu sync.Mutex
	asked, arrived := map[string]int{}, map[string]Delivery{}
	deliver(t, q, "k", func(_ context.Context, d *Delivery) error {
		mu.Lock()
		defer mu.Unlock()
		asked[d.Target]++
		if d.Target == "slow" && clock.now().Before(begin.Add(time.Minute)) {
			return fmt.Errorf("wrapped: %w", Later(errors.New("not yet"), begin.Add(time.Minute)))
		}
		arrived[d.Target+d.ID] = *d
		return nil
	})
	var all []*Delivery
	for i := range 50 {
		all = append(all, &Delivery{Kind: "k", Target: "slow", ID: fmt.Sprint(i)})
	}
	enqueue(t, q, append(all, &Delivery{Kind: "k", Target: "other", ID: "x"})...)
	eventually(t, "the other arrives and all have been asked", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(arrived) == 1 && asked["slow"] == 50
	})
	clock.add(time.Minute)
	eventually(t, "all arrive", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(arrived) == 51
	})
	mu.Lock()
	defer mu.Unlock()
	if d := arrived["slow0"]; d.Attempts != 1 || !d.Turn.Equal(begin.Add(time.Minute)) || asked["slow"] != 100 {
		t.Errorf("attempts %d, turn %s, asked %d times", d.Attempts, d.Turn, asked["slow"])
	}
	if _, dead := counts(t, q, "k"); dead != 0 {
		t.Errorf("%d were given up", dead)
	}
}
