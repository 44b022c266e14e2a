package delivery

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vauban/store"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

// TestMain lets the test binary be the process that is killed: it enqueues, and delivers by telling the IDs.
func TestMain(m *testing.M) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	db, err := sqlite.Open(ctx, filepath.Join(dir, "state.db"), sqlite.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	q := New(db, Options{})
	go func() {
		_ = q.Deliver(ctx, "k", func(_ context.Context, d *Delivery) error {
			fmt.Println("arrived", d.ID)
			return nil
		})
	}()
	for i := 0; ; i++ {
		id := fmt.Sprintf("%d-%d", os.Getpid(), i)
		if err := db.Write(ctx, func(tx store.Tx) error {
			return q.Enqueue(tx, &Delivery{Kind: "k", Target: fmt.Sprint("t", i%9), ID: id})
		}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("enqueued", id)
	}
}

// What was enqueued arrives, however often the process is killed: a delivery under way comes again when its lease has ended.
func TestKilledProcess(t *testing.T) {
	dir := t.TempDir()
	enqueued, arrived := map[string]bool{}, map[string]bool{}
	for round := range 4 {
		storetest.Killed(t, 200+50*round, func(line string) {
			what, id, _ := strings.Cut(line, " ")
			map[string]map[string]bool{"enqueued": enqueued, "arrived": arrived}[what][id] = true
		}, crashDir+"="+dir)
	}
	c := &clock{t: time.Now().Add(time.Hour)} // all leases have ended
	q := New(openSQLite(t, filepath.Join(dir, "state.db")), Options{Clock: c.now})
	var r receiver
	deliver(t, q, "k", r.send)
	eventually(t, "the rest arrives", func() bool { n, _ := counts(t, q, "k"); return n == 0 })
	for _, id := range r.ids() {
		arrived[id] = true
	}
	for id := range enqueued {
		if !arrived[id] {
			t.Errorf("%s was enqueued and never arrived", id)
		}
	}
	if len(enqueued) < 100 {
		t.Errorf("only %d were enqueued", len(enqueued))
	}
}
