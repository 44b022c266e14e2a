package eventlog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// The test binary is also the process that is killed: it appends, relays and consumes, telling the ID of each entry that is durable.
const (
	crashWhere = "EVENTLOG_TEST_CRASH" // a directory, or a connection string
	crashRound = "EVENTLOG_TEST_ROUND"
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

func crashChild(where, round string) error {
	ctx := context.Background()
	db, driver, err := openAt(ctx, where)
	if err != nil {
		return err
	}
	l, err := Open(db, driver, Options{FlushEvents: 25, FlushAfter: time.Millisecond})
	if err != nil {
		return err
	}
	l.Consume("c", deriving("c"))
	go func() { _ = l.Run(ctx) }()
	start := newClock().now()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				e := small(n, start.Add(time.Duration(n)*15*time.Minute)) // days pass
				e.ID, e.Data = fmt.Sprintf("%s.%d.%d", round, w, n), w == 0
				if w%2 == 0 {
					err = l.Append(ctx, e)
				} else {
					err = db.Write(ctx, func(tx store.Tx) error { return Append(tx, e) })
				}
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(e.ID) // one write to the pipe, without a buffer that a kill would lose
			}
		})
	}
	wg.Wait()
	return nil
}

func TestKilledProcess(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killed(t, t.TempDir()) })
	t.Run("postgres", func(t *testing.T) { killed(t, storetest.Postgres(t)) })
}

// killed kills the process several times, each time a little later, and looks at what it left.
func killed(t *testing.T, where string) {
	durable := map[string]bool{}
	for round := range 5 {
		storetest.Killed(t, 150+130*round, func(id string) { durable[id] = true }, crashWhere+"="+where, fmt.Sprintf("%s=%d", crashRound, round))
		checkLeft(t, where, durable)
	}
}

func checkLeft(t *testing.T, where string, durable map[string]bool) {
	t.Helper()
	db, driver, err := openAt(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l, err := Open(db, driver, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, relay := range []bool{false, true} { // as it was left, and after it was put in order
		if relay {
			relayAll(t, l)
		}
		seen := map[string]int{}
		management := 0
		for _, e := range readAll(t, l, 100) {
			seen[e.ID]++
			if !e.Data {
				management++
			}
		}
		for id := range durable {
			if seen[id] == 0 {
				t.Fatalf("entry %s was durable and is lost", id)
			}
		}
		for id, n := range seen {
			if n > 1 {
				t.Fatalf("entry %s is there %d times", id, n)
			}
		}
		found := ids(lookupAll(t, l, Query{Account: "111111111111", Limit: 1000}))
		if len(found) != management {
			t.Fatalf("look-ups find %d entries, want %d", len(found), management)
		}
		slices.Sort(found)
		if len(slices.Compact(found)) != management {
			t.Fatal("look-ups find entries twice")
		}
	}
	// The consumer's documents are those of the entries up to its cursor.
	var seq int64
	if err := db.Read(t.Context(), func(tx store.Tx) error {
		c, err := getCursor(tx, "c")
		seq = c.Seq
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, e := range readAll(t, l, 1000) {
		if e.Seq <= seq {
			want++
		}
	}
	if got := countDerived(t, db, "c"); got != want {
		t.Fatalf("the consumer made %d documents of %d entries", got, want)
	}
}
