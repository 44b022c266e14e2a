package scheduler

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vauban/engine/schedule"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

// TestEveryOccurrenceOnce: whatever the clock does and however often the transaction of the job fails or is run again, a schedule that is due is
// invoked once, for the occurrence that was due, and its next one lies ahead.
func TestEveryOccurrenceOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		db, err := sqlite.Open(context.Background(), "", sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		now := time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC)
		clock := func() time.Time { return now }
		s := New(service.Deps{Store: db, Clock: clock, Rand: rand.Reader, Outbound: delivery.New(db, delivery.Options{Clock: clock}), Partition: "aws"})

		text := rapid.SampledFrom([]string{"rate(7 minutes)", "cron(0/20 * * * ? *)", "cron(30 2 * * ? *)", "at(2026-03-29T03:10:00)"}).Draw(t, "expression")
		x := &Schedule{Account: "1", Region: "r", Group: "g", Name: "n", Timing: Timing{Expression: text, Zone: "Europe/Berlin", State: "ENABLED"}, After: "NONE", Target: Target{ARN: "target"}}
		x.Window = rapid.SampledFrom([]int64{0, 15}).Draw(t, "window")
		begin := now
		if err := x.begin(now); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(context.Background(), func(tx store.Tx) error { return put(tx, x, time.Time{}) }); err != nil {
			t.Fatal(err)
		}
		e, err := schedule.Parse(text, schedule.Scheduler)
		if err != nil {
			t.Fatal(err)
		}
		loc, err := zone("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		next, want := x.Next, 0
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-30, 240).Draw(t, "minutes")) * time.Minute)
			crash := errors.New("killed")
			work := &service.Work{Context: context.Background(), Partition: "aws", Check: func(store.Tx) error { return nil }}
			if rapid.Bool().Draw(t, "killed") { // before the commit: nothing must have happened
				err := db.Write(context.Background(), func(tx store.Tx) error {
					list, err := dues.List(tx, nil, nil, 1)
					if err != nil {
						return err
					}
					for _, d := range list.Items {
						if skipped, err := s.fire(tx, d, now, "aws"); err != nil || skipped != nil {
							return errors.Join(err, skipped)
						}
					}
					return crash
				})
				if !errors.Is(err, crash) {
					t.Fatal(err)
				}
			}
			for range rapid.IntRange(1, 3).Draw(t, "turns") {
				if err := s.fireAll(work); err != nil {
					t.Fatal(err)
				}
			}
			if !next.IsZero() && !next.After(now) { // the model
				want++
				if next = e.Since(begin, now, loc); e.Once() {
					next = time.Time{}
				}
			}
			err := db.Read(context.Background(), func(tx store.Tx) error {
				got, _, err := s.Outbound.Count(tx, kindInvocation, 1000)
				if err != nil {
					return err
				}
				have, err := schedules.Get(tx, schedules.Key(x))
				if err != nil {
					return err
				}
				if got != want || !have.Next.Equal(next) {
					t.Fatalf("%s at %v: %d invocations, want %d; next %v, want %v", text, now, got, want, have.Next, next)
				}
				n, err := dues.Count(tx, nil, 10)
				if n > 1 || (n == 1) == next.IsZero() {
					t.Fatalf("%d due entries", n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestBadScheduleHoldsUpNone: a schedule that this program cannot read stays due, and the others are invoked.
func TestBadScheduleHoldsUpNone(t *testing.T) {
	db, err := sqlite.Open(context.Background(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s := New(service.Deps{Store: db, Clock: clock, Rand: rand.Reader, Outbound: delivery.New(db, delivery.Options{Clock: clock}), Partition: "aws"})
	err = db.Write(context.Background(), func(tx store.Tx) error {
		for i := range 3 * fireBatch {
			x := &Schedule{Account: "1", Region: "r", Group: "g", Name: fmt.Sprint(i), Timing: Timing{Expression: "rate(1 hour)", Zone: "UTC", State: "ENABLED"}, After: "NONE", Target: Target{ARN: "target"}}
			if err := x.begin(now); err != nil {
				return err
			}
			if i%2 == 0 {
				x.Zone = "Mars/Olympus"
			}
			if err := put(tx, x, time.Time{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	work := &service.Work{Context: context.Background(), Partition: "aws", Check: func(store.Tx) error { return nil }}
	for range 2 {
		if err := s.fireAll(work); err == nil || !strings.Contains(err.Error(), "schedule g/0 of 1: ValidationException: Invalid Schedule Expression Timezone Mars/Olympus.") {
			t.Fatalf("the job answers %v", err)
		}
		err := db.Read(context.Background(), func(tx store.Tx) error {
			n, _, err := s.Outbound.Count(tx, kindInvocation, 1000)
			if n != 3*fireBatch/2 {
				t.Errorf("%d were invoked", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
