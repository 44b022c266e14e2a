package eventlog

import (
	"testing"
	"time"

	"vauban/eventlog/archive"
	"vauban/store"
)

func days(parts []archive.Info, kind archive.Kind) (out []archive.Day) {
	for _, p := range parts {
		if p.Kind == kind {
			out = append(out, p.Day)
		}
	}
	return out
}

// history has one management and one data event on each of n days, archived.
func history(t *testing.T, l *Log, c *clock, n int) {
	t.Helper()
	for i := range n {
		a, b := small(2*i+1, c.now()), small(2*i+2, c.now())
		b.Data = true
		appendAll(t, l, a, b)
		relayAll(t, l)
		c.add(24 * time.Hour)
	}
}

func parts(t *testing.T, l *Log) []archive.Info {
	t.Helper()
	p, err := l.archive.Parts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func expireNow(t *testing.T, l *Log) int {
	t.Helper()
	dropped, err := l.expireOnce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(dropped)
}

func TestRetention(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		c := newClock()
		l := b.log(t, Options{Clock: c.now, ManagementDays: 10, DataDays: 3})
		history(t, l, c, 10)
		if got := expireNow(t, l); got != 7 {
			t.Errorf("dropped %d partitions, want 7", got)
		}
		if m, d := days(parts(t, l), archive.Management), days(parts(t, l), archive.Data); len(m) != 10 || len(d) != 3 {
			t.Errorf("%d and %d days are left, want 10 and 3", len(m), len(d))
		}
		history(t, l, c, 3)
		if got := expireNow(t, l); got != 3+3 {
			t.Errorf("dropped %d partitions, want 6", got)
		}
		if got := lookupAll(t, l, Query{Account: "111111111111"}); len(got) != 10 {
			t.Errorf("%d entries are left, want 10", len(got))
		}
		if got := readAll(t, l, 5); len(got) != 10+3 {
			t.Errorf("%d entries are left to read, want 13", len(got))
		}
	})
}

// A cursor that has not passed a day keeps it.
func TestRetentionWaitsForCursors(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	c := newClock()
	l := b.log(t, Options{Clock: c.now, ManagementDays: 3, DataDays: 3})
	history(t, l, c, 10)
	l.Consume("new", deriving("new"))
	if got := expireNow(t, l); got != 0 {
		t.Errorf("dropped %d partitions that a consumer has not seen", got)
	}
	cons := l.registered()[0]
	if _, err := l.consumeOnce(t.Context(), cons, nil, 5); err != nil {
		t.Fatal(err)
	}
	if got := expireNow(t, l); got != 2+2+1 { // entries 1 to 5: two days, and the management event of the third
		t.Errorf("dropped %d partitions, want 5", got)
	}
	for {
		n, err := l.consumeOnce(t.Context(), cons, nil, 100)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if got := expireNow(t, l); got != 2*(10-3)-5 {
		t.Errorf("dropped %d partitions, want 9", got)
	}
	if n := countDerived(t, b.db, "new"); n != 20 {
		t.Errorf("the consumer saw %d entries, want 20", n)
	}
}

// A clock that jumps, ahead or back, makes nothing be dropped that is young, nor kept for ever.
func TestRetentionAndJumpingClocks(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	c := newClock()
	l := b.log(t, Options{Clock: c.now, ManagementDays: 5, DataDays: 5})
	at := func(n int, when time.Time) {
		t.Helper()
		appendAll(t, l, small(n, when))
		relayAll(t, l)
	}
	n := 0
	for range 4 {
		n++
		at(n, c.now())
		c.add(24 * time.Hour)
	}
	far := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	back := time.Date(1970, 1, 1, 0, 0, 5, 0, time.UTC)
	jumped := &clock{t: far}
	l.opt.Clock = jumped.now
	n++
	at(n, far)
	if got := expireNow(t, l); got != 0 {
		t.Errorf("a clock in 2099 dropped %d days", got)
	}
	l.opt.Clock = c.now
	n++
	at(n, back)
	if got := expireNow(t, l); got != 0 {
		t.Errorf("%d days were dropped after the clock had been in 1970", got)
	}
	if got := lookupAll(t, l, Query{Account: "111111111111", Limit: 2}); len(got) != n || got[0].ID != "event-5" || got[n-1].ID != "event-6" {
		t.Errorf("found %v", ids(got))
	}
	for range 12 {
		n++
		at(n, c.now())
		c.add(24 * time.Hour)
	}
	expireNow(t, l)
	left := days(parts(t, l), archive.Management)
	if len(left) != 5 || left[0] != archive.DayOf(c.now())-5 {
		t.Errorf("days %v are left, want the last five", left)
	}
}

// An event from the past goes to its day and is found, also when that day's file has been dropped before.
func TestEventOfADroppedDay(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		c := newClock()
		first := c.now()
		l := b.log(t, Options{Clock: c.now, ManagementDays: 2, DataDays: 2})
		history(t, l, c, 6)
		if expireNow(t, l) == 0 {
			t.Fatal("nothing was dropped")
		}
		late := small(1000, first)
		if err := b.db.Write(t.Context(), func(tx store.Tx) error { return Append(tx, late) }); err != nil {
			t.Fatal(err)
		}
		relayAll(t, l)
		got := lookupAll(t, l, Query{Account: "111111111111", End: first.Add(time.Hour)})
		if len(got) != 1 || got[0].ID != late.ID {
			t.Errorf("found %v", ids(got))
		}
	})
}

// TestOutlived: what is older than any event is kept for is outlived, however little of it has been read; a clock that jumps outlives nothing.
func TestOutlived(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		c := newClock()
		l := b.log(t, Options{Clock: c.now, ManagementDays: 4, DataDays: 2})
		outlived := func() int64 {
			t.Helper()
			seq, err := l.Outlived(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return seq
		}
		history(t, l, c, 4)
		if seq := outlived(); seq != 0 {
			t.Errorf("up to %d after four days", seq)
		}
		c.add(1000 * 24 * time.Hour)
		if seq := outlived(); seq != 0 {
			t.Errorf("up to %d by a clock that jumps", seq)
		}
		c.add(-1000 * 24 * time.Hour)
		history(t, l, c, 3)
		// Events are numbered two a day; the days before the fourth-last are outlived.
		if seq := outlived(); seq != 6 {
			t.Errorf("up to %d after seven days, want 6", seq)
		}
	})
}
