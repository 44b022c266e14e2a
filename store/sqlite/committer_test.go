package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"vauban/store"
)

// TestLeaveTheQueue: a caller whose context ends before its turn leaves at once, and its function never runs.
func TestLeaveTheQueue(t *testing.T) {
	db := openTest(t, "", Options{})
	hold, inside, held := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		held <- db.Write(context.Background(), func(store.Tx) error { close(inside); <-hold; return nil })
	}()
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	ran, left := false, make(chan error, 2)
	go func() { left <- db.Write(ctx, func(store.Tx) error { ran = true; return nil }) }()
	go func() { left <- db.Append(ctx, store.Event{ID: "e"}) }()
	for len(db.calls) < 2 {
		runtime.Gosched()
	}
	cancel()
	for range 2 {
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("left with %v", err)
		}
	}
	close(hold)
	if err := <-held; err != nil {
		t.Error(err)
	}
	if err := put(db, 1, "a"); err != nil {
		t.Fatal(err)
	}
	if n, err := ask(db, "SELECT count(*) FROM event"); ran || n != 0 || err != nil {
		t.Errorf("ran %v, %d events, %v", ran, n, err)
	}
}

// TestFailureWaitsForItsReason: a write that fails because of what another wrote in the same transaction is answered when that can be read.
func TestFailureWaitsForItsReason(t *testing.T) {
	db := openTest(t, "", Options{})
	db.maxTime = time.Minute // one transaction takes them all, on a slow machine too
	ctx := context.Background()
	insert := func(tx store.Tx) error {
		return tx.Insert("t", store.Doc{Key: store.K("a"), Body: []byte("{}")}, store.Indexes{}, false)
	}
	hold, inside, held := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		held <- db.Write(ctx, func(tx store.Tx) error { close(inside); <-hold; return insert(tx) })
	}()
	<-inside
	answers := make(chan error, 8)
	var answered atomic.Int32
	for range cap(answers) {
		go func() {
			var exists *store.ExistsError
			if err := db.Write(ctx, insert); !errors.As(err, &exists) {
				answers <- fmt.Errorf("insert again: %w", err)
				return
			}
			answered.Add(1)
			answers <- db.Read(ctx, func(tx store.Tx) error { _, err := tx.Get("t", store.K("a")); return err })
		}()
	}
	last := make(chan error, 1)
	for len(db.calls) < cap(answers) {
		runtime.Gosched()
	}
	go func() { // in the same transaction, after them
		last <- db.Write(ctx, func(store.Tx) error {
			for range 1000 { // their turn, if they have one
				runtime.Gosched()
			}
			if n := answered.Load(); n > 0 {
				return fmt.Errorf("%d were answered before the commit", n)
			}
			return nil
		})
	}()
	for len(db.calls) < cap(answers)+1 {
		runtime.Gosched()
	}
	close(hold)
	for range cap(answers) {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(<-held, <-last); err != nil {
		t.Error(err)
	}
}

// TestBusy: a lock that another process does not give back is a conflict, for all that wait, once.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := openTest(t, path, Options{Busy: 50 * time.Millisecond})
	other := openTest(t, path, Options{})
	if err := other.writer.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 8)
	for i := range cap(results) {
		go func() { results <- put(db, 10, fmt.Sprint(i)) }()
	}
	for range cap(results) {
		if err := <-results; !errors.Is(err, store.ErrConflict) {
			t.Errorf("write against a lock: %v", err)
		}
	}
	if got := stored(t, db); len(got) != 0 { // reading does not wait
		t.Errorf("stored %v", got)
	}
	if err := other.writer.exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := put(db, 10, "a"); err != nil {
		t.Error(err)
	}
}

func TestFeedIsTrimmed(t *testing.T) {
	db := openTest(t, "", Options{KeepChanges: 100})
	ctx := context.Background()
	for i := range 60 {
		names := make([]string, 50)
		for j := range names {
			names[j] = fmt.Sprint(i, ".", j)
		}
		if err := put(db, 1, names...); err != nil {
			t.Fatal(err)
		}
	}
	head, err := db.Head(ctx)
	if head != 3000 || err != nil {
		t.Fatalf("Head = %d, %v", head, err)
	}
	if _, err := db.Changes(ctx, 0, 10); !errors.Is(err, store.ErrGap) {
		t.Errorf("Changes from the start: %v, want ErrGap", err)
	}
	for _, after := range []int64{head - 100, head - 1, head} {
		got, err := db.Changes(ctx, after, 1000)
		if err != nil || int64(len(got)) != head-after || len(got) > 0 && got[0].Seq != after+1 {
			t.Errorf("Changes after %d: %d, %v", after, len(got), err)
		}
	}
	if n, err := ask(db, "SELECT count(*) FROM change"); n > 100+2*trimStep || err != nil {
		t.Errorf("%d changes are kept, %v", n, err)
	}
}

// TestLogIsBounded: a read that stays lets the log grow; once it is over the log shrinks again.
func TestLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	const limit = 2 << 20
	db := openTest(t, path, Options{MaxLog: limit})
	size := func() int64 {
		st, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return st.Size()
	}
	err := db.Read(context.Background(), func(tx store.Tx) error {
		if _, err := tx.Get("t", store.K("a")); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		for i := range 8 {
			if err := put(db, 1<<20+i*5000, "a"); err != nil { // of another size each time: equal pages are not written
				return err
			}
		}
		if size() < 2*limit {
			t.Errorf("the log has %d bytes: the test does not test", size())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); size() > limit; {
		if time.Now().After(deadline) {
			t.Fatalf("the log still has %d bytes", size())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestGroups: calls that wait together are committed together.
func TestGroups(t *testing.T) {
	db := openTest(t, filepath.Join(t.TempDir(), "state.db"), Options{})
	ctx := context.Background()
	hold, inside := make(chan struct{}), make(chan struct{})
	done := make(chan error, 101)
	go func() {
		done <- db.Write(ctx, func(store.Tx) error { close(inside); <-hold; return nil })
	}()
	<-inside
	before := db.commits.Load()
	for i := range 100 {
		go func() {
			if i%2 == 0 {
				done <- db.Append(ctx, store.Event{ID: fmt.Sprint(i)})
			} else {
				done <- put(db, 1, fmt.Sprint(i))
			}
		}()
	}
	for len(db.calls) < 100 {
		runtime.Gosched()
	}
	close(hold)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := db.commits.Load() - before; n > 25 {
		t.Errorf("%d commits for 100 calls", n)
	}
}
