package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vauban/store"
	"vauban/store/storetest"
)

func put(db *DB, name string) error {
	return db.Write(context.Background(), func(tx store.Tx) error {
		return tx.Insert("t", store.Doc{Key: store.K(name), Body: []byte("{}")}, store.Indexes{}, true)
	})
}

func has(t *testing.T, db *DB, name string) bool {
	t.Helper()
	err := db.Read(context.Background(), func(tx store.Tx) error {
		_, err := tx.Get("t", store.K(name))
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// outside is a connection that is not the store's.
func outside(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func exec(t *testing.T, c *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := c.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// terminate breaks all connections of the store.
const terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vauban' AND datname = current_database()"

func TestRestart(t *testing.T) {
	server := storetest.NewServer(t)
	db := openTest(t, server.NewDatabase(t), Options{Timeout: 5 * time.Second})
	if err := put(db, "before"); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	ctx := context.Background()
	for name, err := range map[string]error{
		"Write":  put(db, "during"),
		"Read":   db.Read(ctx, func(tx store.Tx) error { _, err := tx.Get("t", store.K("before")); return err }),
		"Append": db.Append(ctx, store.Event{ID: "e"}),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s without a server: %v, want ErrUnavailable", name, err)
		}
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	// The first calls after the outage succeed: nobody has to do anything.
	if err := put(db, "after"); err != nil {
		t.Errorf("Write after the outage: %v", err)
	}
	if err := db.Append(ctx, store.Event{ID: "e"}); err != nil {
		t.Errorf("Append after the outage: %v", err)
	}
	for name, want := range map[string]bool{"before": true, "during": false, "after": true} {
		if got := has(t, db, name); got != want {
			t.Errorf("%s is there: %v", name, got)
		}
	}
}

// TestTerminated: connections that break between and within transactions are replaced unnoticed.
func TestTerminated(t *testing.T) {
	dsn := storetest.Postgres(t)
	db := openTest(t, dsn, Options{})
	c := outside(t, dsn)
	for round := range 5 {
		exec(t, c, terminate)
		if err := put(db, fmt.Sprint("between", round)); err != nil {
			t.Errorf("Write after the connections broke: %v", err)
		}
		exec(t, c, terminate)
		if !has(t, db, fmt.Sprint("between", round)) {
			t.Error("the write is lost")
		}
		exec(t, c, terminate)
		if err := db.Append(context.Background(), store.Event{ID: "e"}); err != nil {
			t.Errorf("Append after the connections broke: %v", err)
		}
	}
	runs := 0
	err := db.Write(context.Background(), func(tx store.Tx) error {
		runs++
		d := store.Doc{Key: store.K("within"), Body: []byte("{}")}
		if err := tx.Insert("t", d, store.Indexes{}, true); err != nil {
			return err
		}
		if runs == 1 {
			exec(t, c, terminate)
		}
		_, err := tx.Get("t", d.Key)
		return err
	})
	if err != nil || runs != 2 || !has(t, db, "within") {
		t.Errorf("Write whose connection broke: %v after %d runs", err, runs)
	}
}

// TestListenerReturns: after its connection breaks, the listener hears other replicas again, and wakes for what it missed.
func TestListenerReturns(t *testing.T) {
	dsn := storetest.Postgres(t)
	a, b := openTest(t, dsn, Options{}), openTest(t, dsn, Options{})
	wake, cancel := b.Wake()
	defer cancel()
	c := outside(t, dsn)
	for round := range 3 {
		exec(t, c, terminate)
		name := fmt.Sprint("round", round)
		if err := put(a, name); err != nil {
			t.Fatal(err)
		}
		for deadline := time.After(2 * time.Minute); !seen(t, b, name); {
			select {
			case <-wake:
			case <-deadline:
				t.Fatal("the other replica was not woken")
			}
		}
	}
}

func seen(t *testing.T, db *DB, name string) bool {
	t.Helper()
	all, err := db.Changes(context.Background(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Key.Compare(store.K(name)) == 0 {
			return true
		}
	}
	return false
}

// TestStuck: a lock that is not given back costs the time of one transaction, and then an error that says to try again.
func TestStuck(t *testing.T) {
	dsn := storetest.Postgres(t)
	db := openTest(t, dsn, Options{Timeout: 300 * time.Millisecond})
	c := outside(t, dsn)
	exec(t, c, "BEGIN")
	exec(t, c, feedLockSQL, lockSpace, lockFeed)
	for name, err := range map[string]error{
		"Write":  put(db, "a"),
		"Append": db.Append(context.Background(), store.Event{ID: "e"}),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s behind a lock: %v, want ErrUnavailable", name, err)
		}
	}
	// A caller's own deadline is the caller's own error.
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	err := db.Write(ctx, func(tx store.Tx) error { return tx.Append(store.Event{ID: "e"}) })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Write behind a lock, with a deadline: %v", err)
	}
	exec(t, c, "COMMIT")
	for deadline := time.Now().Add(2 * time.Minute); ; { // as the error says: its time is short for a busy machine
		err := put(db, "b")
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrUnavailable) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if has(t, db, "a") {
		t.Error("the write that was given up is there")
	}
}

func TestPoolExhausted(t *testing.T) {
	db := openTest(t, storetest.Postgres(t), Options{Conns: 2, Timeout: 10 * time.Second})
	hold := make(chan struct{})
	var inside, done sync.WaitGroup
	for range 2 {
		inside.Add(1)
		var once sync.Once
		done.Go(func() {
			err := db.Read(context.Background(), func(store.Tx) error { once.Do(inside.Done); <-hold; return nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	inside.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := db.Read(ctx, func(store.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Read without a free connection: %v", err)
	}
	close(hold)
	done.Wait()
	if err := put(db, "a"); err != nil {
		t.Error(err)
	}
}

func TestTrim(t *testing.T) {
	db := openTest(t, storetest.Postgres(t), Options{KeepChanges: 100})
	ctx := context.Background()
	if err := db.trim(ctx); err != nil {
		t.Fatalf("trim of an empty feed: %v", err)
	}
	err := db.Write(ctx, func(tx store.Tx) error {
		for i := range 300 {
			if err := tx.Insert("t", store.Doc{Key: store.K(i), Body: []byte("{}")}, store.Indexes{}, true); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := db.trim(ctx); err != nil {
			t.Fatal(err)
		}
	}
	head, err := db.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Changes(ctx, head-101, 10); !errors.Is(err, store.ErrGap) {
		t.Errorf("Changes before the oldest: %v, want ErrGap", err)
	}
	for _, after := range []int64{head - 100, head - 1, head} {
		if got, err := db.Changes(ctx, after, 1000); err != nil || int64(len(got)) != head-after {
			t.Errorf("Changes after %d: %d, %v", after, len(got), err)
		}
	}
}

func TestOpenTogether(t *testing.T) {
	dsn := storetest.Postgres(t)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			db, err := Open(context.Background(), dsn, Options{Conns: 2})
			if err != nil {
				t.Errorf("Open beside others: %v", err)
				return
			}
			defer db.Close()
			if err := put(db, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestOpenRefuses(t *testing.T) {
	dsn := storetest.Postgres(t)
	ctx := context.Background()
	db := openTest(t, dsn, Options{})
	c := outside(t, dsn)
	exec(t, c, "UPDATE vauban.meta SET value = 999 WHERE name = 'migration'")
	if _, err := Open(ctx, dsn, Options{}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("Open of a newer store: %v", err)
	}
	// Another schema is another store, whatever its name.
	other := openTest(t, dsn, Options{Schema: `o"dd, name`})
	if err := put(other, "a"); err != nil {
		t.Fatal(err)
	}
	if has(t, db, "a") || !has(t, other, "a") {
		t.Error("two schemas share their documents")
	}
	for _, bad := range []string{"host=/nowhere password=secret-word", "postgres://u:secret-word@127.0.0.1:1/x", "://secret-word", "port=x password=secret-word"} {
		_, err := Open(ctx, bad, Options{})
		if err == nil || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("Open of a bad address: %v", err)
		}
	}
}
