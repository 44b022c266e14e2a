package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vauban/store"
)

func event(id string) store.Event {
	return store.Event{ID: id, Time: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC), Body: []byte(`{"id":"` + id + `"}`)}
}

func eventIDs(t *testing.T, db store.DB, after int64) (ids []string) {
	t.Helper()
	for {
		var page []store.Event
		read(t, db, func(tx store.Tx) (err error) {
			page, err = tx.Events(after, 100)
			return err
		})
		for _, e := range page {
			if e.Seq <= after {
				t.Fatalf("event %d after %d", e.Seq, after)
			}
			after = e.Seq
			ids = append(ids, e.ID)
		}
		if len(page) < 100 {
			return ids
		}
	}
}

func headOf(t *testing.T, db store.DB) int64 {
	t.Helper()
	head, err := db.Head(bounded(t))
	if err != nil {
		t.Fatalf("Head: %v", err)
	}
	return head
}

// changesFrom reads the feed to its end and checks its order.
func changesFrom(t *testing.T, db store.DB, after int64) (all []store.Change) {
	t.Helper()
	for {
		page, err := db.Changes(bounded(t), after, 50)
		if err != nil {
			t.Fatalf("Changes: %v", err)
		}
		for _, c := range page {
			if c.Seq <= after {
				t.Fatalf("change %d after %d", c.Seq, after)
			}
			after = c.Seq
		}
		all = append(all, page...)
		if len(page) < 50 {
			return all
		}
	}
}

func testChanges(t *testing.T, db store.DB) {
	if h := headOf(t, db); h != 0 {
		t.Errorf("head of an empty store is %d", h)
	}
	quiet := items()
	quiet.Name, quiet.Cached = "test.quiet", false
	insert(t, db, &item{Owner: "1", Name: "a"})
	write(t, db, func(tx store.Tx) error {
		return errors.Join(
			items().Insert(tx, &item{Owner: "1", Name: "b"}),
			quiet.Insert(tx, &item{Owner: "1", Name: "q"}),
			items().Update(tx, &item{Owner: "1", Name: "a", N: 1}),
			items().Move(tx, store.K("1", "b"), &item{Owner: "1", Name: "c"}))
	})
	write(t, db, func(tx store.Tx) error { return items().Delete(tx, store.K("1", "a")) })
	var got []string
	all := changesFrom(t, db, 0)
	for _, c := range all {
		if c.Table != "test.item" {
			t.Errorf("change of table %s", c.Table)
		}
		got = append(got, c.Key.String())
	}
	a, b, c := store.K("1", "a").String(), store.K("1", "b").String(), store.K("1", "c").String()
	same(t, "changes", got, []string{a, b, a, b, c, a})
	if h := headOf(t, db); h != all[5].Seq {
		t.Errorf("head is %d, the last change %d", h, all[5].Seq)
	}
	same(t, "after the second", changesFrom(t, db, all[1].Seq), all[2:])
	for _, limit := range []int{0, -1} {
		if none, err := db.Changes(bounded(t), 0, limit); len(none) != 0 || err != nil {
			t.Errorf("Changes with the limit %d: %v, %v", limit, none, err)
		}
	}
	same(t, "after the head", changesFrom(t, db, all[5].Seq), []store.Change(nil))
}

// testChangesUnderLoad: a reader that follows the feed while many write sees every change once, in order, and each
// document's writes in the order of their commits.
func testChangesUnderLoad(t *testing.T, db store.DB) { changesUnderLoad(t, []store.DB{db}) }

func changesUnderLoad(t *testing.T, dbs []store.DB) {
	const writers, times = 8, 25
	reader := dbs[len(dbs)-1]
	done := make(chan []error, 1)
	go func() {
		done <- each(writers, func(w int) error {
			for i := range times {
				err := dbs[w%len(dbs)].Write(bounded(t), func(tx store.Tx) error {
					if i%7 == 3 {
						// A write that rolls back leaves no change, though it may leave a gap in the numbers.
						_ = items().Put(tx, &item{Owner: "lost", Name: fmt.Sprint(w)})
						return errWanted
					}
					return items().Put(tx, &item{Owner: fmt.Sprint(w), Name: fmt.Sprint(i), N: i})
				})
				if err != nil && err != errWanted {
					return err
				}
			}
			return nil
		})
	}()
	follower := follow(t, reader, func(ctx context.Context, after int64) ([]int64, []string, error) {
		page, err := reader.Changes(ctx, after, 10)
		var seqs []int64
		var keys []string
		for _, c := range page {
			seqs = append(seqs, c.Seq)
			keys = append(keys, c.Key.String())
		}
		return seqs, keys, err
	}, done)
	want := map[string]int{}
	for w := range writers {
		next := -1
		for i := range times {
			if i%7 != 3 {
				want[store.K(fmt.Sprint(w), fmt.Sprint(i)).String()] = 1
			}
		}
		for _, key := range follower {
			for i := range times {
				if key == store.K(fmt.Sprint(w), fmt.Sprint(i)).String() {
					if i <= next {
						t.Errorf("writer %d: change %d after %d", w, i, next)
					}
					next = i
				}
			}
		}
	}
	same(t, "changes seen", asSet(follower), want)
}

// follow reads a sequence to its end while writers work, then once more, and returns what it saw.
func follow(t *testing.T, db store.DB, next func(context.Context, int64) ([]int64, []string, error), done <-chan []error) (seen []string) {
	t.Helper()
	ctx := bounded(t)
	wake, cancel := db.Wake()
	defer cancel()
	after := int64(0)
	drain := func() {
		for {
			seqs, ids, err := next(ctx, after)
			if err != nil {
				t.Fatalf("follow: %v", err)
			}
			if len(seqs) == 0 {
				return
			}
			for i, seq := range seqs {
				if seq <= after {
					t.Fatalf("number %d after %d", seq, after)
				}
				after = seq
				seen = append(seen, ids[i])
			}
		}
	}
	for {
		drain()
		select {
		case <-wake:
		case errs := <-done:
			if err := errors.Join(errs...); err != nil {
				t.Errorf("writers: %v", err)
			}
			drain()
			return seen
		}
	}
}

func testEvents(t *testing.T, db store.DB) {
	write(t, db, func(tx store.Tx) error {
		if err := tx.Append(event("1"), event("2")); err != nil {
			return err
		}
		if own, err := tx.Events(0, 10); err != nil || len(own) != 0 {
			t.Errorf("own events = %v, %v", own, err)
		}
		return tx.Append(event("3"))
	})
	if err := db.Append(bounded(t), event("4"), event("5")); err != nil {
		t.Fatal(err)
	}
	if err := db.Append(bounded(t)); err != nil {
		t.Errorf("Append of nothing: %v", err)
	}
	fails(t, db, errWanted, func(tx store.Tx) error { return errors.Join(tx.Append(event("lost")), errWanted) })
	same(t, "events", eventIDs(t, db, 0), []string{"1", "2", "3", "4", "5"})
	var all []store.Event
	read(t, db, func(tx store.Tx) (err error) {
		all, err = tx.Events(0, 3)
		return err
	})
	read(t, db, func(tx store.Tx) error {
		none, err := tx.Events(0, -1)
		if len(none) != 0 {
			t.Errorf("Events with the limit -1: %v", none)
		}
		return err
	})
	if len(all) != 3 {
		t.Fatalf("%d events for the limit 3", len(all))
	}
	want := event("3")
	want.Seq = all[2].Seq
	same(t, "whole event", all[2], want)
	write(t, db, func(tx store.Tx) error { return tx.DropEvents(all[1].Seq) })
	same(t, "after the drop", eventIDs(t, db, 0), []string{"3", "4", "5"})
	write(t, db, func(tx store.Tx) error { return tx.DropEvents(1 << 40) })
	// Numbers go on after everything is dropped: a consumer's cursor stays good.
	if err := db.Append(bounded(t), event("6")); err != nil {
		t.Fatal(err)
	}
	same(t, "after the cursor", eventIDs(t, db, all[2].Seq), []string{"6"})
}

// testEventsUnderLoad: the log is complete and in order for a consumer that reads while others append and commit.
func testEventsUnderLoad(t *testing.T, db store.DB) { eventsUnderLoad(t, []store.DB{db}) }

func eventsUnderLoad(t *testing.T, dbs []store.DB) {
	const writers, times = 8, 30
	reader := dbs[len(dbs)-1]
	done := make(chan []error, 1)
	go func() {
		done <- each(writers, func(w int) error {
			for i := range times {
				id, db := fmt.Sprintf("%d.%02d", w, i), dbs[w%len(dbs)]
				var err error
				if i%2 == 0 {
					err = db.Append(bounded(t), event(id))
				} else {
					err = db.Write(bounded(t), func(tx store.Tx) error {
						return errors.Join(items().Insert(tx, &item{Owner: "1", Name: id}), tx.Append(event(id)))
					})
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}()
	seen := follow(t, reader, func(ctx context.Context, after int64) (seqs []int64, ids []string, err error) {
		err = reader.Read(ctx, func(tx store.Tx) error {
			page, err := tx.Events(after, 10)
			seqs, ids = nil, nil
			for _, e := range page {
				seqs = append(seqs, e.Seq)
				ids = append(ids, e.ID)
			}
			return err
		})
		return seqs, ids, err
	}, done)
	if len(seen) != writers*times || len(asSet(seen)) != writers*times {
		t.Errorf("saw %d events, %d different, of %d", len(seen), len(asSet(seen)), writers*times)
	}
	for w := range writers {
		var mine []string
		for _, id := range seen {
			if id[:2] == fmt.Sprint(w, ".") || id[:2] == fmt.Sprintf("%d.", w) {
				mine = append(mine, id)
			}
		}
		if !slices.IsSorted(mine) {
			t.Errorf("events of writer %d are out of order: %v", w, mine)
		}
	}
}

func testWake(t *testing.T, db store.DB) {
	ch, cancel := db.Wake()
	other, cancelOther := db.Wake()
	for _, emit := range []func(){
		func() { insert(t, db, &item{Owner: "1", Name: "a"}) },
		func() {
			if err := db.Append(bounded(t), event("1")); err != nil {
				t.Error(err)
			}
		},
		func() { write(t, db, func(tx store.Tx) error { return tx.Append(event("2")) }) },
	} {
		emit()
		for _, c := range []<-chan struct{}{ch, other} {
			await(t, c)
		}
	}
	cancelOther()
	cancelOther()
	insert(t, db, &item{Owner: "1", Name: "b"})
	await(t, ch)
	cancel()
}

// testBells: a bell rings when its transaction has committed, and not when another's has, or it was rolled back.
func testBells(t *testing.T, db store.DB) {
	heard, cancel := db.Listen("q")
	last, cancelLast := db.Listen("last")
	defer cancelLast()
	failed := errors.New("rolled back")
	if err := db.Write(bounded(t), func(tx store.Tx) error { return errors.Join(tx.Ring("q"), failed) }); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	insert(t, db, &item{Owner: "1", Name: "a"})
	write(t, db, func(tx store.Tx) error { return errors.Join(tx.Ring("other"), tx.Append(event("1"))) })
	write(t, db, func(tx store.Tx) error { return tx.Ring("last") })
	await(t, last) // bells are heard in the order of commits
	select {
	case <-heard:
		t.Error("rung by a transaction that was rolled back, or that rang another")
	default:
	}
	write(t, db, func(tx store.Tx) error { return errors.Join(tx.Ring("q"), tx.Ring("q"), tx.Ring("r")) })
	await(t, heard)
	db.Ring("q")
	await(t, heard)
	write(t, db, func(tx store.Tx) error { // more than a notice of PostgreSQL holds
		for i := range 100 {
			if err := tx.Ring(strings.Repeat("x", 100) + fmt.Sprint(i)); err != nil {
				return err
			}
		}
		return tx.Ring("q")
	})
	await(t, heard)
	cancel()
	cancel()
	read(t, db, func(tx store.Tx) error {
		if err := tx.Ring("q"); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("rung in a read: %v", err)
		}
		return nil
	})
}

func await(t *testing.T, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(patience):
		t.Fatal("nobody was woken")
	}
}
