package lease

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

func onAll(t *testing.T, test func(t *testing.T, db store.DB)) {
	for name, open := range map[string]func() (store.DB, error){
		"sqlite":   func() (store.DB, error) { return sqlite.Open(t.Context(), "", sqlite.Options{}) },
		"postgres": func() (store.DB, error) { return postgres.Open(t.Context(), storetest.Postgres(t), postgres.Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			test(t, db)
		})
	}
}

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(c.at.Load(), 0) }

func TestAcquire(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		c := &clock{}
		a, b := New(db, Options{Holder: "a", Clock: c.now, TTL: 10 * time.Second}), New(db, Options{Clock: c.now, TTL: 10 * time.Second})
		ctx := t.Context()
		first, err := a.Acquire(ctx, "job")
		if err != nil {
			t.Fatal(err)
		}
		check := func(l *Lease, want error) {
			t.Helper()
			if err := db.Write(ctx, l.Check); !errors.Is(err, want) {
				t.Errorf("check: %v, want %v", err, want)
			}
		}
		check(first, nil)
		if _, err := b.Acquire(ctx, "job"); !errors.Is(err, ErrHeld) {
			t.Errorf("a held lease: %v, want ErrHeld", err)
		}
		if _, err := b.Acquire(ctx, "other job"); err != nil {
			t.Errorf("another lease: %v", err)
		}
		c.at.Add(9)
		if err := first.Renew(ctx); err != nil {
			t.Fatal(err)
		}
		c.at.Add(9)
		if _, err := b.Acquire(ctx, "job"); !errors.Is(err, ErrHeld) {
			t.Errorf("a renewed lease: %v, want ErrHeld", err)
		}
		c.at.Add(1)
		check(first, nil) // expired, but nobody took it
		second, err := b.Acquire(ctx, "job")
		if err != nil || second.Epoch <= first.Epoch {
			t.Fatalf("an expired lease: epoch %d, %v", second.Epoch, err)
		}
		check(first, ErrLost)
		check(second, nil)
		if err := first.Renew(ctx); !errors.Is(err, ErrLost) {
			t.Errorf("renew: %v, want ErrLost", err)
		}
		if err := first.Release(ctx); err != nil {
			t.Errorf("release of a lost lease: %v", err)
		}
		check(second, nil)
		if err := second.Release(ctx); err != nil {
			t.Fatal(err)
		}
		check(second, ErrLost)
		third, err := a.Acquire(ctx, "job")
		if err != nil || third.Epoch <= second.Epoch {
			t.Errorf("after release: epoch %d, %v", third.Epoch, err)
		}
		again, err := New(db, Options{Holder: "a", Clock: c.now}).Acquire(ctx, "job") // the replica has started again
		if err != nil {
			t.Fatal(err)
		}
		check(third, ErrLost)
		check(again, nil)
	})
}

// A holder whose clock was an hour ahead dies: another takes over once it has seen for the time of a lease that nobody renews it, and not before
// while it is renewed.
func TestDeserted(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		ahead := func() time.Time { return time.Now().Add(time.Hour) }
		a, b := New(db, Options{Holder: "a", Clock: ahead, TTL: 300 * time.Millisecond}), New(db, Options{Holder: "b", TTL: 300 * time.Millisecond})
		held, err := a.Acquire(t.Context(), "job")
		if err != nil {
			t.Fatal(err)
		}
		tries := 0
		take := func() (*Lease, error) { tries++; return b.Acquire(t.Context(), "job") }
		for range 4 {
			if _, err := take(); !errors.Is(err, ErrHeld) {
				t.Fatalf("a lease just renewed: %v, want ErrHeld", err)
			}
			if err := held.Renew(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		taken, err := take()
		for deadline := time.Now().Add(2 * time.Minute); errors.Is(err, ErrHeld) && time.Now().Before(deadline); taken, err = take() {
			time.Sleep(5 * time.Millisecond)
		}
		if err != nil || taken.Epoch <= held.Epoch || tries < 6 {
			t.Errorf("a deserted lease: %v after %d tries", err, tries)
		}
		if err := held.Renew(t.Context()); !errors.Is(err, ErrLost) {
			t.Errorf("the former holder renews: %v, want ErrLost", err)
		}
	})
}

// One of many works at a time, also when it keeps failing to answer and others take over.
func TestHold(t *testing.T) {
	onAll(t, func(t *testing.T, db store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var working, turns atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			l := New(db, Options{TTL: 3 * time.Second})
			wg.Go(func() {
				for ctx.Err() == nil {
					err := l.Hold(ctx, "job", func(ctx context.Context, lease *Lease) error {
						if working.Add(1) > 1 {
							t.Error("two work at the same time")
						}
						defer working.Add(-1)
						turns.Add(1)
						return db.Write(ctx, lease.Check)
					})
					if err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
			})
		}
		deadline := time.Now().Add(2 * time.Minute)
		for turns.Load() < 12 && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
		wg.Wait()
		if turns.Load() < 12 {
			t.Errorf("%d turns", turns.Load())
		}
	})
}

// A job whose lease was taken has its context ended, and gets its turn again.
func TestHoldLosesItsLease(t *testing.T) {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := &clock{}
	l, thief := New(db, Options{TTL: 60 * time.Millisecond, Clock: c.now}), New(db, Options{Clock: c.now})
	turns := 0
	err = l.Hold(t.Context(), "job", func(ctx context.Context, lease *Lease) error {
		if turns++; turns == 2 {
			return errors.New("done")
		}
		c.at.Add(3600)
		stolen, err := thief.Acquire(ctx, "job")
		if err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		return stolen.Release(context.WithoutCancel(ctx))
	})
	if turns != 2 || err == nil || err.Error() != "done" {
		t.Errorf("%d turns, %v", turns, err)
	}
}
