package tree

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"vauban/eventlog"
	"vauban/eventlog/lease"
	"vauban/store"
	"vauban/store/storetest"
)

// The test binary is also the process that is killed: it appends, relays, consumes, and tells each head that it signs.
const (
	crashWhere = "TREE_TEST_CRASH" // a directory, or a connection string
	crashRound = "TREE_TEST_ROUND"
)

func TestMain(m *testing.M) {
	where := os.Getenv(crashWhere)
	if where == "" {
		os.Exit(m.Run())
	}
	if err := crashChild(where, os.Getenv(crashRound)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func crashChild(where, round string) error {
	ctx := context.Background()
	db, driver, err := openAt(ctx, where)
	if err != nil {
		return err
	}
	l, err := eventlog.Open(db, driver, eventlog.Options{FlushEvents: 25, FlushAfter: time.Millisecond})
	if err != nil {
		return err
	}
	tree, err := Open(ctx, db, plain{}, rand.Reader)
	if err != nil {
		return err
	}
	l.ConsumeAt(eventlog.Pace{Batch: 50, Pause: time.Millisecond}, Consumer, tree.Consume)
	go func() { _ = l.Run(ctx) }()
	for w := range 4 {
		go func() {
			for n := 0; ; n++ {
				e := entry(n, start.Add(time.Duration(n)*15*time.Minute))
				e.ID = fmt.Sprintf("%s.%d.%d", round, w, n)
				e.Record = fmt.Appendf(nil, `{"eventID":%q}`, e.ID)
				if err := db.Write(ctx, func(tx store.Tx) error { return eventlog.Append(tx, e) }); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
			}
		}()
	}
	for last := int64(-1); ; {
		h, signed, err := tree.Head(ctx)
		if err != nil {
			return err
		}
		if h.Size != last {
			fmt.Printf("%q\n", signed) // one write to the pipe
			last = h.Size
		}
	}
}

// However often the process is killed: each entry is a leaf once, in log order, and the log has grown from every head that was ever given out.
func TestKilledProcess(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killed(t, t.TempDir()) })
	t.Run("postgres", func(t *testing.T) { killed(t, storetest.Postgres(t)) })
}

func killed(t *testing.T, where string) {
	var heads [][]byte
	for round := range 4 {
		storetest.Killed(t, 12+5*round, func(line string) {
			var head string
			if _, err := fmt.Sscanf(line, "%q", &head); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			heads = append(heads, []byte(head))
		}, crashWhere+"="+where, fmt.Sprintf("%s=%d", crashRound, round))
		asLeft(t, where, heads)
	}
}

func asLeft(t *testing.T, where string, heads [][]byte) {
	t.Helper()
	t.Run("", func(t *testing.T) { // closes what it opens
		r := open(t, where, eventlog.Options{})
		h, _ := r.head()
		all := r.kept() // PostgreSQL may yet commit what it was sent before the kill: so the log last
		if h.Size == 0 || h.Size > int64(len(all)) {
			t.Fatalf("%d leaves of %d entries", h.Size, len(all))
		}
		r.holds(all[:h.Size], 0)
		for _, head := range heads {
			r.grew(head)
		}
		r.run()
		eventually(t, "the tree has all", func() bool {
			h, _ := r.head()
			all = r.kept()
			return h.Size == int64(len(all))
		})
		r.holds(all, 0)
	})
}

// Two replicas build one tree, and each goes on where the other was stopped.
func TestReplicas(t *testing.T) {
	dsn := storetest.Postgres(t)
	var replicas []*replica
	var stops []func()
	for range 2 {
		r := leased(t, dsn)
		replicas = append(replicas, r)
		stops = append(stops, r.run())
	}
	const each = 300
	put := func(from int) {
		var all sync.WaitGroup
		for i := range each {
			all.Go(func() {
				if err := replicas[i%2].log.Append(context.Background(), entry(from+i, start)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	size := func(r *replica) int64 { h, _ := r.head(); return h.Size }
	put(0)
	eventually(t, "all is in the tree", func() bool { return size(replicas[1]) == each })
	_, before := replicas[0].head()
	stops[0]()
	put(each)
	eventually(t, "the other replica goes on", func() bool { return size(replicas[1]) == 2*each })
	stops[1]()
	for _, r := range replicas {
		r.holds(r.kept(), 0)
		r.grew(before)
	}
}

// leased is a replica among others.
func leased(t *testing.T, dsn string) *replica {
	db, _, err := openAt(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, db)
	return open(t, dsn, eventlog.Options{FlushEvents: 50, FlushAfter: time.Millisecond, Leases: lease.New(db, lease.Options{TTL: 600 * time.Millisecond})})
}
