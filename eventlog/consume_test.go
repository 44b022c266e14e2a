package eventlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vauban/eventlog/archive"
	"vauban/eventlog/lease"
	"vauban/store"
	"vauban/store/storetest"
)

// derived is what the tests' consumers make of an entry: one document each, which cannot be made twice.
type derived struct {
	Consumer, ID string
	Seq          int64
}

func derivedTable() *store.Table[derived] {
	return &store.Table[derived]{Name: "test.derived", Key: func(d *derived) store.Key { return store.K(d.Consumer, d.ID) }}
}

// deriving is a consumer that would fail if an entry came twice.
func deriving(name string) func(store.Tx, []*Entry) error {
	return func(tx store.Tx, batch []*Entry) error {
		for _, e := range batch {
			if err := derivedTable().Insert(tx, &derived{name, e.ID, e.Seq}); err != nil {
				return err
			}
		}
		return nil
	}
}

func countDerived(t testing.TB, db store.DB, consumer string) (n int) {
	t.Helper()
	err := db.Read(context.Background(), func(tx store.Tx) error {
		n = 0
		return tx.Scan("test.derived", store.K(consumer), nil, func(store.Doc) bool { n++; return true })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (s Status) consumer(name string) ConsumerStatus {
	for _, c := range s.Consumers {
		if c.Name == name {
			return c
		}
	}
	return ConsumerStatus{}
}

// Each consumer gets each entry once, whatever other consumers do, across restarts, out of archive and outbox.
func TestConsumers(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		start := newClock().now()
		open := func() *Log {
			l, err := Open(b.db, b.driver, Options{FlushEvents: 50, FlushAfter: 10 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		l := open()
		closeAfter(t, l)
		n := 0
		put := func(k int) {
			for range k {
				n++
				appendAll(t, l, small(n, start))
			}
		}
		put(300)
		relayAll(t, l)
		put(20)

		var broken atomic.Bool
		broken.Store(true)
		l.Consume("steady", deriving("steady"))
		l.Consume("troubled", func(tx store.Tx, batch []*Entry) error {
			for _, e := range batch {
				if e.ID == "event-310" && broken.Load() {
					return errors.New("cannot take this")
				}
			}
			return deriving("troubled")(tx, batch)
		})
		l.Consume("panicking", func(store.Tx, []*Entry) error { panic("oh") })
		stop := run(t, l)
		eventually(t, "the steady consumer is done", func() bool { return countDerived(t, b.db, "steady") == n })
		eventually(t, "the troubled one came as far as it could", func() bool { return countDerived(t, b.db, "troubled") == 309 })
		eventually(t, "the trouble shows", func() bool {
			s := l.Status()
			return s.consumer("troubled").Error != "" && s.consumer("troubled").Since != nil && s.consumer("troubled").Lag == 11 &&
				s.consumer("panicking").Error != "" && s.consumer("steady").Error == "" && s.consumer("steady").Lag == 0
		})
		put(100)
		eventually(t, "new entries arrive", func() bool { return countDerived(t, b.db, "steady") == n })
		broken.Store(false)
		eventually(t, "the troubled one recovers", func() bool { return countDerived(t, b.db, "troubled") == n })
		eventually(t, "it says so", func() bool { return l.Status().consumer("troubled").Error == "" })
		stop()

		put(10)
		stop = run(t, l) // the same consumers go on where they were
		eventually(t, "the rest is handled after a restart", func() bool {
			return countDerived(t, b.db, "steady") == n && countDerived(t, b.db, "troubled") == n
		})
		if err := l.Run(t.Context()); err == nil {
			t.Error("a log ran twice at once")
		}
		stop()
	})
}

// A consumer that wants entries rarely and together gets them so, but does not fall behind by more than a batch.
func TestPace(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	l := b.log(t, Options{})
	batches := make(chan int, 100)
	l.ConsumeAt(Pace{Batch: 10, Pause: time.Hour}, "rare", func(_ store.Tx, batch []*Entry) error {
		batches <- len(batch)
		return nil
	})
	appendAll(t, l, small(1, newClock().now()))
	run(t, l)
	if n := <-batches; n != 1 {
		t.Errorf("the first batch has %d entries, want 1", n)
	}
	for n := range 10 { // one after the other
		appendAll(t, l, small(2+n, newClock().now()))
	}
	if n := <-batches; n != 10 {
		t.Errorf("the second batch has %d entries, want all 10", n)
	}
}

// Two replicas share the work: nothing is handled twice, and one takes over from the other.
func TestReplicas(t *testing.T) {
	dsn := storetest.Postgres(t)
	start := newClock().now()
	var logs []*Log
	var stops []func()
	for range 2 {
		b := onPostgres(t, dsn)
		l := b.log(t, Options{FlushEvents: 50, FlushAfter: 10 * time.Millisecond, Leases: lease.New(b.db, lease.Options{TTL: 600 * time.Millisecond})})
		l.Consume("c", deriving("c"))
		logs = append(logs, l)
		stops = append(stops, run(t, l))
	}
	db := logs[0].db
	n := 0
	put := func(k int) {
		var wg sync.WaitGroup
		for i := range k {
			wg.Go(func() {
				if err := logs[i%2].Append(context.Background(), small(n+i+1, start)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n += k
	}
	put(300)
	eventually(t, "all is handled", func() bool { return countDerived(t, db, "c") == n })
	stops[0]()
	put(300)
	eventually(t, "the other replica goes on", func() bool { return countDerived(t, db, "c") == n })
	stops[1]()
	for _, l := range logs {
		if got := lookupAll(t, l, Query{Account: "111111111111", Limit: 77}); len(got) != n {
			t.Errorf("a replica finds %d entries, want %d", len(got), n)
		}
	}
}

// A replica whose lease was taken commits nothing any more.
func TestLostLease(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	l := b.log(t, Options{})
	c := newClock()
	mine, err := lease.New(b.db, lease.Options{Holder: "a", Clock: c.now}).Acquire(t.Context(), "job")
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, small(1, c.now()))
	c.add(time.Minute)
	if _, err := lease.New(b.db, lease.Options{Holder: "b", Clock: c.now}).Acquire(t.Context(), "job"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.relayOnce(t.Context(), mine); !errors.Is(err, lease.ErrLost) {
		t.Errorf("relay: %v, want ErrLost", err)
	}
	if _, err := l.consumeOnce(t.Context(), &consumer{name: "c", handle: deriving("c")}, mine, 10); !errors.Is(err, lease.ErrLost) {
		t.Errorf("consume: %v, want ErrLost", err)
	}
	if n := countDerived(t, b.db, "c"); n != 0 {
		t.Errorf("%d documents were written without a lease", n)
	}
	// What it had put into the archive already is not seen twice.
	if got := lookupAll(t, l, Query{Account: "111111111111"}); len(got) != 1 {
		t.Errorf("%d entries, want 1", len(got))
	}
	relayAll(t, l)
	if got := readAll(t, l, 10); len(got) != 1 {
		t.Errorf("%d entries, want 1", len(got))
	}
}

func TestForget(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	l := b.log(t, Options{})
	appendAll(t, l, small(1, newClock().now()))
	relayAll(t, l)
	if err := b.db.Write(t.Context(), func(tx store.Tx) error { return cursorTable().Put(tx, &cursor{Name: "old", Seq: 0}) }); err != nil {
		t.Fatal(err)
	}
	if read, err := l.readByAll(t.Context()); err != nil || read != 0 {
		t.Errorf("read by all up to %d, %v; want 0", read, err)
	}
	for range 2 {
		if err := l.Forget(t.Context(), "old"); err != nil {
			t.Fatal(err)
		}
	}
	if read, err := l.readByAll(t.Context()); err != nil || read != 1 {
		t.Errorf("read by all up to %d, %v; want 1", read, err)
	}
}

func TestAppendInTransaction(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		l := b.log(t, Options{})
		stop := errors.New("stop")
		err := b.db.Write(t.Context(), func(tx store.Tx) error {
			if err := Append(tx, small(1, newClock().now())); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if err := b.db.Write(t.Context(), func(tx store.Tx) error { return Append(tx, &Entry{}) }); !errors.Is(err, ErrEntry) {
			t.Errorf("a bad entry: %v, want ErrEntry", err)
		}
		if err := l.Append(t.Context(), small(2, newClock().now()), &Entry{}); !errors.Is(err, ErrEntry) {
			t.Errorf("a bad entry: %v, want ErrEntry", err)
		}
		err = b.db.Write(t.Context(), func(tx store.Tx) error {
			return errors.Join(Append(tx, small(3, newClock().now())), derivedTable().Insert(tx, &derived{"x", "3", 0}))
		})
		if err != nil {
			t.Fatal(err)
		}
		got := readAll(t, l, 10)
		if len(got) != 1 || got[0].ID != "event-3" || countDerived(t, b.db, "x") != 1 {
			t.Errorf("entries %v", fmt.Sprint(ids(got)))
		}
	})
}

// A consumer that takes a part of its batch gets the rest next, and each entry once. One that takes none, or more than there are, has failed.
func TestTook(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		l, err := Open(b.db, b.driver, Options{})
		if err != nil {
			t.Fatal(err)
		}
		closeAfter(t, l)
		for i := range 50 {
			appendAll(t, l, small(i, newClock().now()))
		}
		l.ConsumeAt(Pace{Pause: time.Millisecond}, "part", func(tx store.Tx, batch []*Entry) error {
			n := min(len(batch), 3)
			if err := deriving("part")(tx, batch[:n]); err != nil {
				return err
			}
			return Took(n)
		})
		l.Consume("none", func(store.Tx, []*Entry) error { return Took(0) })
		l.Consume("more", func(_ store.Tx, batch []*Entry) error { return Took(len(batch) + 1) })
		defer run(t, l)()
		eventually(t, "all are taken", func() bool { return countDerived(t, b.db, "part") == 50 && l.Status().consumer("part").Lag == 0 })
		eventually(t, "what is no part is an error", func() bool {
			s := l.Status()
			return s.consumer("part").Error == "" && s.consumer("none").Error != "" && s.consumer("more").Error != ""
		})
	})
}
