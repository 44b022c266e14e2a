package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"vauban/store"
	"vauban/store/storetest"
)

// TestFeedOrder: who has numbers but has not committed holds up everybody else who wants numbers, and nobody who does not.
// A reader that has seen a number could otherwise miss a smaller one.
func TestFeedOrder(t *testing.T) {
	dsn := storetest.Postgres(t)
	db := openTest(t, dsn, Options{})
	ctx := context.Background()
	first, look := outside(t, dsn), outside(t, dsn)
	exec(t, first, "SET search_path = vauban")
	for name, emit := range map[string]func() error{
		"Append": func() error { return db.Append(ctx, store.Event{ID: "later"}) },
		"Write of events": func() error {
			return db.Write(ctx, func(tx store.Tx) error { return tx.Append(store.Event{ID: "later"}) })
		},
		"Write of cached documents": func() error {
			return errors.Join(put(db, "later"), db.Append(ctx, store.Event{ID: "later"}))
		},
	} {
		exec(t, first, "BEGIN")
		exec(t, first, feedLockSQL, lockSpace, lockFeed)
		exec(t, first, addEventSQL, []string{"first"}, []int64{0}, [][]byte{{}})
		done := make(chan error, 1)
		go func() { done <- emit() }()
		for waiting := 0; waiting == 0; {
			err := look.QueryRow(ctx, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").Scan(&waiting)
			if err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-done:
				t.Fatalf("%s did not wait: %v", name, err)
			case <-time.After(5 * time.Millisecond):
			}
		}
		err := db.Write(ctx, func(tx store.Tx) error {
			return tx.Insert("quiet", store.Doc{Key: store.K(name), Body: []byte("{}")}, store.Indexes{}, false)
		})
		if err != nil {
			t.Errorf("a write that emits nothing: %v", err)
		}
		exec(t, first, "COMMIT")
		if err := <-done; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var ids []string
		err = db.Write(ctx, func(tx store.Tx) error {
			ids = nil
			events, err := tx.Events(0, 10)
			for _, e := range events {
				ids = append(ids, e.ID)
			}
			return errors.Join(err, tx.DropEvents(1<<40))
		})
		if err != nil || len(ids) != 2 || ids[0] != "first" || ids[1] != "later" {
			t.Errorf("%s: events %v, %v", name, ids, err)
		}
	}
}

// TestLane: a write that keeps meeting conflicts gets through, because in the end it stands in a queue.
func TestLane(t *testing.T) {
	db := openTest(t, storetest.Postgres(t), Options{})
	ctx := context.Background()
	if err := put(db, "n"); err != nil {
		t.Fatal(err)
	}
	runs := 0
	err := db.Write(ctx, func(tx store.Tx) error {
		runs++
		d, err := tx.Get("t", store.K("n"))
		if err != nil {
			return err
		}
		if runs <= freeTries+1 { // somebody else is faster
			err := db.Write(ctx, func(tx store.Tx) error { return tx.Update("t", d, 0, store.Indexes{}, true) })
			if err != nil {
				return err
			}
		}
		return tx.Update("t", d, d.Rev, store.Indexes{}, true)
	})
	if err != nil || runs != freeTries+2 {
		t.Errorf("Write = %v after %d runs", err, runs)
	}
	// One that never wins ends with the conflict.
	runs = 0
	err = db.Write(ctx, func(tx store.Tx) error {
		runs++
		d, err := tx.Get("t", store.K("n"))
		if err != nil {
			return err
		}
		if err := db.Write(ctx, func(tx store.Tx) error { return tx.Update("t", d, 0, store.Indexes{}, true) }); err != nil {
			return err
		}
		return tx.Update("t", d, d.Rev, store.Indexes{}, true)
	})
	if !errors.Is(err, store.ErrConflict) || runs != maxTries {
		t.Errorf("Write = %v after %d runs, want ErrConflict after %d", err, runs, maxTries)
	}
}
