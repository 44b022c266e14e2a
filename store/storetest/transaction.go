package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"vauban/store"
)

func testRollback(t *testing.T, db store.DB) {
	insert(t, db, &item{Owner: "1", Name: "ann", ID: "A", Tags: []string{"x"}, N: 1}, &item{Owner: "1", Name: "bob", ID: "B"})
	head := headOf(t, db)
	err := db.Write(bounded(t), func(tx store.Tx) error {
		err := errors.Join(
			items().Update(tx, &item{Owner: "1", Name: "ann", ID: "A2", Tags: []string{"y"}, N: 2}),
			items().Delete(tx, store.K("1", "bob")),
			items().Insert(tx, &item{Owner: "1", Name: "cid", ID: "C"}),
			tx.Append(event("lost")))
		if err != nil {
			return err
		}
		return errWanted
	})
	if err != errWanted {
		t.Fatalf("Write = %v, want fn's own error as it is", err)
	}
	same(t, "ann", get(t, db, store.K("1", "ann")), &item{Owner: "1", Name: "ann", ID: "A", Tags: []string{"x"}, N: 1})
	same(t, "names", names(t, db, nil), []string{"1/ann", "1/bob"})
	same(t, "tag x", refNames(t, db, "tag", store.K("x")), []string{"1/ann"})
	same(t, "tag y", refNames(t, db, "tag", store.K("y")), []string(nil))
	same(t, "events", eventIDs(t, db, 0), []string(nil))
	if h := headOf(t, db); h != head {
		t.Errorf("head moved from %d to %d", head, h)
	}
	insert(t, db, &item{Owner: "2", Name: "x", ID: "A2"}, &item{Owner: "2", Name: "y", ID: "C"})
	err = db.Read(bounded(t), func(store.Tx) error { return errWanted })
	if err != errWanted {
		t.Errorf("Read = %v, want fn's own error as it is", err)
	}
}

// testIsolation: of many writers at once some fail, and only those.
func testIsolation(t *testing.T, db store.DB) {
	insert(t, db, &item{Owner: "0", Name: "taken", ID: "taken"})
	const n = 120
	results := each(n, func(i int) error {
		return db.Write(bounded(t), func(tx store.Tx) error {
			mine := &item{Owner: "1", Name: fmt.Sprintf("%03d", i), ID: fmt.Sprint(i), Tags: []string{"all"}}
			if err := items().Insert(tx, mine); err != nil {
				return err
			}
			if err := tx.Append(event(fmt.Sprint(i))); err != nil {
				return err
			}
			switch i % 4 {
			case 1:
				return errWanted
			case 2:
				return items().Insert(tx, &item{Owner: "2", Name: mine.Name, ID: "taken"})
			}
			return nil
		})
	})
	var want, wantEvents []string
	for i, err := range results {
		var ex *store.ExistsError
		switch i % 4 {
		case 1:
			if err != errWanted {
				t.Errorf("writer %d: %v", i, err)
			}
		case 2:
			if !errors.As(err, &ex) {
				t.Errorf("writer %d: %v", i, err)
			}
		default:
			if err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
			want = append(want, fmt.Sprintf("1/%03d", i))
			wantEvents = append(wantEvents, fmt.Sprint(i))
		}
	}
	same(t, "stored", names(t, db, store.K("1")), want)
	same(t, "references", refNames(t, db, "tag", store.K("all")), want)
	same(t, "events", asSet(eventIDs(t, db, 0)), asSet(wantEvents))
}

// each runs f(0) to f(n-1) at once.
func each(n int, f func(int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errs
}

func asSet(list []string) map[string]int {
	m := map[string]int{}
	for _, s := range list {
		m[s]++
	}
	return m
}

func testReadOnly(t *testing.T, db store.DB) {
	insert(t, db, &item{Owner: "1", Name: "ann"})
	read(t, db, func(tx store.Tx) error {
		for name, err := range map[string]error{
			"Insert":     items().Insert(tx, &item{Owner: "1", Name: "bob"}),
			"Update":     items().Update(tx, &item{Owner: "1", Name: "ann", N: 1}),
			"Put":        items().Put(tx, &item{Owner: "1", Name: "ann", N: 1}),
			"Delete":     items().Delete(tx, store.K("1", "ann")),
			"Append":     tx.Append(event("e")),
			"DropEvents": tx.DropEvents(1),
		} {
			if !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("%s in a read transaction: %v", name, err)
			}
		}
		_, err := items().Get(tx, store.K("1", "ann"))
		return err
	})
	same(t, "names", names(t, db, nil), []string{"1/ann"})
}

func testSnapshot(t *testing.T, db store.DB) {
	insert(t, db, &item{Owner: "1", Name: "a", N: 1, Tags: []string{"x"}}, &item{Owner: "1", Name: "b", N: 1})
	read(t, db, func(tx store.Tx) error {
		if a, err := items().Get(tx, store.K("1", "a")); err != nil || a.N != 1 {
			t.Errorf("first = %+v, %v", a, err)
		}
		if !tx.Snapshot() {
			t.Error("a read transaction says that it is no snapshot")
		}
		// Reads do not wait for writes and writes do not wait for reads.
		write(t, db, func(tx store.Tx) error {
			if tx.Snapshot() {
				t.Error("a write transaction says that it is a snapshot")
			}
			return errors.Join(
				items().Update(tx, &item{Owner: "1", Name: "a", N: 2}),
				items().Update(tx, &item{Owner: "1", Name: "b", N: 2}),
				items().Insert(tx, &item{Owner: "1", Name: "c"}),
				tx.Append(event("later")))
		})
		b, err := items().Get(tx, store.K("1", "b"))
		if err != nil || b.N != 1 {
			t.Errorf("then = %+v, %v: not the snapshot", b, err)
		}
		p, err := items().List(tx, nil, nil, 0)
		if err != nil || len(p.Items) != 2 {
			t.Errorf("list = %v, %v: not the snapshot", p.Items, err)
		}
		refs, err := items().ListRef(tx, "tag", store.K("x"), nil, 0)
		if err != nil || len(refs.Items) != 1 {
			t.Errorf("references = %v, %v: not the snapshot", refs.Items, err)
		}
		if ev, err := tx.Events(0, 10); err != nil || len(ev) != 0 {
			t.Errorf("events = %v, %v: not the snapshot", ev, err)
		}
		return nil
	})
	if b := get(t, db, store.K("1", "b")); b.N != 2 {
		t.Errorf("after = %+v", b)
	}
}

func testOwnWrites(t *testing.T, db store.DB) {
	insert(t, db, &item{Owner: "1", Name: "b", ID: "B", Tags: []string{"x"}})
	write(t, db, func(tx store.Tx) error {
		err := errors.Join(
			items().Insert(tx, &item{Owner: "1", Name: "a", ID: "A", Tags: []string{"x"}}),
			items().Update(tx, &item{Owner: "1", Name: "b", ID: "B2", N: 5}))
		if err != nil {
			return err
		}
		got, err := items().ByUnique(tx, "id", store.K("B2"))
		if err != nil || got.N != 5 {
			t.Errorf("ByUnique = %+v, %v", got, err)
		}
		p, err := items().ListRef(tx, "tag", store.K("x"), nil, 0)
		if err != nil || len(p.Items) != 1 || p.Items[0].Name != "a" {
			t.Errorf("ListRef = %v, %v", p.Items, err)
		}
		if err := items().Delete(tx, store.K("1", "a")); err != nil {
			return err
		}
		if has, err := items().Has(tx, store.K("1", "a")); has || err != nil {
			t.Errorf("Has after Delete = %v, %v", has, err)
		}
		return items().Insert(tx, &item{Owner: "1", Name: "a", ID: "A3"})
	})
	same(t, "a", get(t, db, store.K("1", "a")), &item{Owner: "1", Name: "a", ID: "A3"})
}

func testPanic(t *testing.T, db store.DB) {
	for _, do := range []func(context.Context, func(store.Tx) error) error{db.Write, db.Read} {
		func() {
			defer func() {
				if p := recover(); p != errWanted {
					t.Errorf("recovered %v in the caller", p)
				}
			}()
			_ = do(bounded(t), func(tx store.Tx) error {
				_ = items().Insert(tx, &item{Owner: "1", Name: "half"})
				panic(errWanted)
			})
		}()
	}
	insert(t, db, &item{Owner: "1", Name: "whole"})
	same(t, "names", names(t, db, nil), []string{"1/whole"})
}

// testUnwound: Goexit, as a test's FailNow does it, must not take a worker of the store along.
func testUnwound(t *testing.T, db store.DB) {
	for _, do := range []func(context.Context, func(store.Tx) error) error{db.Write, db.Read} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = do(bounded(t), func(tx store.Tx) error {
				_ = items().Insert(tx, &item{Owner: "1", Name: "half"})
				runtime.Goexit()
				return nil
			})
		}()
		<-done
	}
	insert(t, db, &item{Owner: "1", Name: "whole"})
	same(t, "names", names(t, db, nil), []string{"1/whole"})
}

func testCancel(t *testing.T, db store.DB) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	ran := false
	for name, err := range map[string]error{
		"Write":  db.Write(gone, func(store.Tx) error { ran = true; return nil }),
		"Read":   db.Read(gone, func(store.Tx) error { ran = true; return nil }),
		"Append": db.Append(gone, event("e")),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v", name, err)
		}
	}
	if ran {
		t.Error("fn ran although the context was cancelled before")
	}
	// Cancelled in the middle: nothing is kept.
	ctx, cancel := context.WithCancel(bounded(t))
	err := db.Write(ctx, func(tx store.Tx) error {
		if err := items().Insert(tx, &item{Owner: "1", Name: "a"}); err != nil {
			return err
		}
		cancel()
		return items().Insert(tx, &item{Owner: "1", Name: "b"})
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Write cancelled in the middle = %v", err)
	}
	same(t, "names", names(t, db, nil), []string(nil))
	same(t, "events", eventIDs(t, db, 0), []string(nil))
}

// testKeptTx: a Tx that outlives its function does nothing.
func testKeptTx(t *testing.T, db store.DB) {
	var kept []store.Tx
	keep := func(tx store.Tx) error { kept = append(kept, tx); return nil }
	write(t, db, keep)
	read(t, db, keep)
	for _, tx := range kept {
		if err := items().Insert(tx, &item{Owner: "1", Name: "late"}); err == nil {
			t.Error("Insert after the end: no error")
		}
		if _, err := tx.Get("test.item", store.K("1", "late")); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get after the end: %v", err)
		}
	}
	same(t, "names", names(t, db, nil), []string(nil))
}

func testClose(t *testing.T, db store.DB) {
	insert(t, db, &item{Owner: "1", Name: "a"})
	// Close waits for what is running.
	inside, release := make(chan struct{}), make(chan struct{})
	result := make(chan error, 2)
	var once sync.Once
	go func() {
		result <- db.Write(bounded(t), func(tx store.Tx) error {
			once.Do(func() { close(inside) })
			<-release
			return items().Insert(tx, &item{Owner: "1", Name: "b"})
		})
	}()
	<-inside
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	select {
	case err := <-closed:
		t.Errorf("Close returned %v while a write was running", err)
	default:
	}
	close(release)
	if err := <-result; err != nil {
		t.Errorf("Write that was running = %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close = %v", err)
	}
	ctx := bounded(t)
	_, headErr := db.Head(ctx)
	_, changesErr := db.Changes(ctx, 0, 1)
	for name, err := range map[string]error{
		"Write":   db.Write(ctx, func(store.Tx) error { return nil }),
		"Read":    db.Read(ctx, func(store.Tx) error { return nil }),
		"Append":  db.Append(ctx, event("e")),
		"Head":    headErr,
		"Changes": changesErr,
		"Close":   db.Close(),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close = %v", name, err)
		}
	}
}
