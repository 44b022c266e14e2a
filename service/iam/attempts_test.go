package iam

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vauban/store"
	"vauban/store/sqlite"
)

var (
	home1   = netip.MustParseAddr("192.0.2.1")
	foreign = netip.MustParseAddr("198.51.100.7")
)

func memory(t *testing.T) store.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// waits is how long a try must wait; 0 when it was let through.
func waits(t *testing.T, db store.DB, now time.Time, s ...subject) time.Duration {
	t.Helper()
	err := try(t.Context(), db, now, s...)
	var later *TryLater
	if errors.As(err, &later) {
		return later.After
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func TestWaitsDouble(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := subjectPassword("111122223333", "dana", home1)
	for i := range 4 {
		if w := waits(t, db, now, s); w != 0 {
			t.Fatalf("try %d waits %s", i, w)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512} {
		if w := waits(t, db, now, s); w != 0 {
			t.Fatalf("a try after the wait waits %s", w)
		}
		if w := waits(t, db, now, s); w != want*time.Second {
			t.Fatalf("waits %s, want %s", w, want*time.Second)
		}
		now = now.Add(want*time.Second - time.Second)
		if w := waits(t, db, now, s); w != time.Second {
			t.Fatalf("a second before its end, the wait is %s", w)
		}
		now = now.Add(time.Second)
	}
}

// TestGuessesOfADay: who tries as often as it is let gets a hundred guesses a day.
func TestGuessesOfADay(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := subjectPassword("111122223333", "dana", foreign)
	guesses, end := 0, now.Add(24*time.Hour)
	for now.Before(end) {
		w := waits(t, db, now, s)
		if w > limitSecret.most {
			t.Fatalf("waits %s", w)
		}
		if w == 0 {
			guesses++
		}
		now = now.Add(w)
	}
	if guesses > 115 {
		t.Errorf("%d guesses", guesses)
	}
}

func TestForgotten(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := subjectPassword("111122223333", "dana", home1)
	for range 5 {
		waits(t, db, now, s)
	}
	if w := waits(t, db, now, s); w != time.Second {
		t.Fatalf("after five failures the wait is %s", w)
	}
	now = now.Add(5 * limitSecret.drain)
	for i := range 5 {
		if w := waits(t, db, now, s); w != 0 {
			t.Fatalf("try %d after all is forgotten waits %s", i, w)
		}
	}
}

// TestTriesAtOnce: no number of simultaneous tries gets more guesses than one after the other.
func TestTriesAtOnce(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := subjectPassword("111122223333", "dana", home1)
	var through atomic.Int64
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			err := try(t.Context(), db, now, s)
			var later *TryLater
			switch {
			case err == nil:
				through.Add(1)
			case !errors.As(err, &later):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := through.Load(); n != 5 {
		t.Errorf("%d of 40 tries at once were let through", n)
	}
}

func TestAStrangerDoesNotKeepTheOwnerOut(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	owner, stranger := subjectPassword("111122223333", "Dana", home1), subjectPassword("111122223333", "dana", foreign)
	waits(t, db, now, owner)
	if err := db.Write(t.Context(), func(tx store.Tx) error { return forgive(tx, owner, now) }); err != nil {
		t.Fatal(err)
	}
	for range 9 {
		now = now.Add(waits(t, db, now, stranger))
	}
	if w := waits(t, db, now, stranger); w == 0 {
		t.Error("the stranger does not wait")
	}
	for i := range 5 {
		if w := waits(t, db, now, owner); w != 0 {
			t.Errorf("the owner's try %d waits %s", i, w)
		}
	}
	if w := waits(t, db, now, owner); w != time.Second {
		t.Errorf("the owner's source is not slowed: %s", w)
	}
	now = now.Add(sourceKnown)
	for range 5 {
		waits(t, db, now, stranger)
	}
	if w := waits(t, db, now, owner); w != time.Second {
		t.Errorf("a source is still known after %s: wait %s", sourceKnown, w)
	}
}

func TestWithdrawnTriesDoNotCount(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	both := []subject{subjectPassword("111122223333", "dana", home1), subjectSource(home1)}
	for i := range 20 {
		if w := waits(t, db, now, both...); w != 0 {
			t.Fatalf("try %d waits %s", i, w)
		}
		if err := db.Write(t.Context(), func(tx store.Tx) error { return withdraw(tx, now, both...) }); err != nil {
			t.Fatal(err)
		}
	}
	if n := countTries(t, db); n != 0 {
		t.Errorf("%d documents are left", n)
	}
}

// TestManyNames: a source that goes through names is slowed by itself.
func TestManyNames(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	through := 0
	for i := range 200 {
		if waits(t, db, now, subjectPassword("111122223333", fmt.Sprint("user", i), foreign), subjectSource(foreign)) == 0 {
			through++
		}
	}
	if through != limitSource.free {
		t.Errorf("%d names were tried from one source", through)
	}
}

// TestSweep: what counts no longer goes away by itself.
func TestSweep(t *testing.T) {
	db, now := memory(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range 300 {
		waits(t, db, now, subjectPassword("111122223333", fmt.Sprint("user", i), foreign))
	}
	before := countTries(t, db)
	now = now.Add(24 * time.Hour)
	for i := range 300 {
		waits(t, db, now, subjectPassword("111122223333", fmt.Sprint("other", i), foreign))
	}
	if after := countTries(t, db); before != 300 || after > 360 {
		t.Errorf("%d documents, then %d", before, after)
	}
}

func countTries(t *testing.T, db store.DB) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(tx store.Tx) (err error) {
		n, err = tryTable.Count(tx, nil, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSourcesOfOneNetwork(t *testing.T) {
	a, b := netip.MustParseAddr("2001:db8:1:2::1"), netip.MustParseAddr("2001:db8:1:2:ffff::9")
	if string(subjectSource(a).id) != string(subjectSource(b).id) {
		t.Error("two addresses of one /64 are two sources")
	}
	if string(subjectSource(home1).id) != string(subjectSource(netip.MustParseAddr("::ffff:192.0.2.1")).id) {
		t.Error("an IPv4 address in IPv6 form is another source")
	}
	if string(subjectSource(home1).id) == string(subjectSource(foreign).id) {
		t.Error("two IPv4 addresses are one source")
	}
}
