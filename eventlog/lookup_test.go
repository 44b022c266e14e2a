package eventlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vauban/eventlog/archive"
	"vauban/store"
)

// randomEntry is an entry of a small world, so that look-ups find several.
func randomEntry(rng *rand.Rand, n int, at time.Time) *Entry {
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	e := &Entry{
		ID: fmt.Sprintf("event-%d", n), Time: at.UTC().Truncate(time.Microsecond), Account: pick("111111111111", "111111111111", "222222222222"), Region: pick("us-east-1", "us-east-1", "eu-west-1"),
		Name: pick("GetUser", "CreateUser", "PutObject"), Source: pick("iam.amazonaws.com", "s3.amazonaws.com"), User: pick("alice", "bob", ""), AccessKeyID: pick("AKIA1", "AKIA2", ""),
		ReadOnly: rng.IntN(2) == 0, Data: rng.IntN(6) == 0, Record: []byte(fmt.Sprintf(`{"n":%d}`, n)),
	}
	if rng.IntN(10) == 0 {
		e.Authz = []byte(`{"decision":"allow"}`)
	}
	for range rng.IntN(3) {
		e.Resources = append(e.Resources, Resource{Type: pick("AWS::IAM::User", "AWS::S3::Object"), Name: pick("x", "y", "z")})
	}
	return e
}

// expected is what a look-up of the entries should give: by day, then by number, newest first.
func expected(entries []*Entry, q Query) []*Entry {
	var out []*Entry
	for _, e := range entries {
		if q.matches(e) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *Entry) int {
		return cmp.Or(cmp.Compare(archive.DayOf(b.Time), archive.DayOf(a.Time)), cmp.Compare(b.Seq, a.Seq))
	})
	return out
}

func queries(rng *rand.Rand, all []*Entry) []Query {
	some := all[rng.IntN(len(all))]
	other := all[rng.IntN(len(all))]
	var out []Query
	for _, q := range []Query{
		{}, {Attribute: ByEventName, Value: "CreateUser"}, {Attribute: ByReadOnly, Value: "false"}, {Attribute: ByReadOnly, Value: "true"}, {Attribute: ByUsername, Value: "bob"},
		{Attribute: ByUsername, Value: ""}, {Attribute: ByResourceType, Value: "AWS::S3::Object"}, {Attribute: ByResourceName, Value: "y"}, {Attribute: ByEventSource, Value: "s3.amazonaws.com"},
		{Attribute: ByAccessKeyID, Value: "AKIA2"}, {Attribute: ByEventID, Value: some.ID}, {Attribute: ByEventID, Value: "absent"}, {Attribute: "Unknown", Value: "x"},
		{Start: some.Time}, {End: other.Time}, {Attribute: ByUsername, Value: "alice", Start: some.Time, End: other.Time}, {Start: some.Time, End: some.Time},
	} {
		q.Account = []string{"111111111111", "222222222222", "333333333333"}[rng.IntN(3)]
		q.Region = []string{"", "us-east-1", "eu-west-1", "nowhere"}[rng.IntN(4)]
		q.Limit = []int{7, 50, 1000, 1000}[rng.IntN(4)]
		out = append(out, q)
	}
	return out
}

// TestLookupModel appends and relays in random order, with a clock that jumps, and compares look-ups, reads and gets with a list.
func TestLookupModel(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		l := b.log(t, Options{})
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		now := newClock().now()
		n := 0
		var all []*Entry
		for round := range 20 {
			var batch []*Entry
			for range []int{1, 3, 40, 300}[rng.IntN(4)] {
				now = now.Add(time.Duration(rng.IntN(3000)) * time.Millisecond)
				if rng.IntN(150) == 0 {
					now = now.Add(time.Duration([]int{-100, -3600, 50_000, -90_000}[rng.IntN(4)]) * time.Second)
				}
				n++
				batch = append(batch, randomEntry(rng, n, now))
			}
			if rng.IntN(2) == 0 {
				appendAll(t, l, batch...)
			} else if err := b.db.Write(t.Context(), func(tx store.Tx) error { return Append(tx, batch...) }); err != nil {
				t.Fatal(err)
			}
			all = append(all, batch...)
			if rng.IntN(3) > 0 {
				if _, err := l.relayOnce(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			if round%5 == 4 {
				checkAgainst(t, l, rng, all)
			}
		}
		relayAll(t, l)
		checkAgainst(t, l, rng, all)
		// A log that starts anew on the same state finds the same.
		fresh := &Log{db: l.db, archive: l.archive, opt: l.opt, consumers: map[string]*consumer{}}
		checkAgainst(t, fresh, rng, all)
	})
}

func checkAgainst(t *testing.T, l *Log, rng *rand.Rand, all []*Entry) {
	t.Helper()
	got := readAll(t, l, 1+rng.IntN(400))
	if diff := gocmp.Diff(all, got, cmpopts.IgnoreFields(Entry{}, "Seq")); diff != "" {
		t.Fatalf("read: %s", diff)
	}
	for _, q := range queries(rng, got) {
		found := lookupAll(t, l, q)
		if diff := gocmp.Diff(ids(expected(got, q)), ids(found), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("look up %+v: %s", q, diff)
		}
	}
	for range 10 {
		want := got[rng.IntN(len(got))]
		e, err := l.Get(t.Context(), want.Account, want.ID)
		if err != nil || !gocmp.Equal(e, want) {
			t.Fatalf("get %s: %+v, %v", want.ID, e, err)
		}
		if _, err := l.Get(t.Context(), "999999999999", want.ID); !errors.Is(err, ErrNotFound) {
			t.Fatalf("get from another account: %v, want ErrNotFound", err)
		}
	}
	if _, err := l.Get(t.Context(), "111111111111", "absent"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("get an absent event: %v, want ErrNotFound", err)
	}
}

// TestLookupWhileEventsArriveAndMove pages through a log that grows, with the relay running: what was there at the beginning is
// seen once, in order.
func TestLookupWhileEventsArriveAndMove(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		l := b.log(t, Options{FlushEvents: 20, FlushAfter: 5 * time.Millisecond})
		run(t, l)
		start := newClock().now()
		var next int
		put := func(n int) {
			var batch []*Entry
			for range n {
				next++
				batch = append(batch, small(next, start.Add(time.Duration(next)*time.Second)))
			}
			if err := l.Append(context.Background(), batch...); err != nil {
				t.Error(err)
			}
		}
		put(500)
		var wg sync.WaitGroup
		wg.Go(func() {
			for range 200 {
				put(7)
			}
		})
		for range 5 {
			first, _, err := l.Lookup(t.Context(), Query{Account: "111111111111", Limit: 1})
			if err != nil || len(first) != 1 {
				t.Fatalf("%d entries, %v", len(first), err)
			}
			got := lookupAll(t, l, Query{Account: "111111111111", Limit: 33})
			i := slices.IndexFunc(got, func(e *Entry) bool { return e.Seq == first[0].Seq })
			if i < 0 {
				t.Fatal("the newest entry has gone")
			}
			for k, e := range got[i:] {
				if want := fmt.Sprintf("event-%d", len(got)-i-k); e.ID != want {
					t.Fatalf("entry %d from the newest is %s, want %s", k, e.ID, want)
				}
			}
			if int(first[0].Seq) < len(got)-i {
				t.Fatalf("%d entries, more than numbers (%d)", len(got)-i, first[0].Seq)
			}
		}
		wg.Wait()
		eventually(t, "everything is archived", func() bool { return l.Status().Waiting == 0 })
		if got := lookupAll(t, l, Query{Account: "111111111111", Limit: 1000}); len(got) != next {
			t.Errorf("%d entries, want %d", len(got), next)
		}
	})
}

// TestLargeOutbox has more events waiting than the window holds.
func TestLargeOutbox(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	l := b.log(t, Options{})
	const n = windowItems + 3000
	start := newClock().now()
	var all []*Entry
	for i := range n {
		all = append(all, small(i+1, start))
	}
	for chunk := range slices.Chunk(all, 1000) {
		appendAll(t, l, chunk...)
	}
	if diff := gocmp.Diff(ids(all), ids(readAll(t, l, 700))); diff != "" {
		t.Error(diff)
	}
	if got := lookupAll(t, l, Query{Account: "111111111111", Limit: 900}); len(got) != n || got[0].ID != all[n-1].ID || got[n-1].ID != all[0].ID {
		t.Errorf("%d entries, want %d", len(got), n)
	}
	if moved, err := l.relayOnce(t.Context(), nil); err != nil || moved != relayEvents {
		t.Errorf("moved %d, %v", moved, err)
	}
	if got := lookupAll(t, l, Query{Account: "111111111111", Limit: 900}); len(got) != n {
		t.Errorf("%d entries after some have moved, want %d", len(got), n)
	}
	if e, err := l.Get(t.Context(), "111111111111", "event-5000"); err != nil || e.Seq != 5000 {
		t.Errorf("got %+v, %v", e, err)
	}
	relayAll(t, l)
	if diff := gocmp.Diff(ids(all), ids(readAll(t, l, 700))); diff != "" {
		t.Error(diff)
	}
}

func TestLookupRefuses(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	l := b.log(t, Options{})
	if _, _, err := l.Lookup(t.Context(), Query{}); err == nil {
		t.Error("a query without an account was answered")
	}
	for _, bad := range []string{"x", "1", "1.", ".1", "1.2.3", "1.-2", "01.2", "99999999999.1", "1.99999999999999999999"} {
		if _, _, err := l.Lookup(t.Context(), Query{Account: "1", Before: bad}); !errors.Is(err, ErrPosition) {
			t.Errorf("position %q: %v, want ErrPosition", bad, err)
		}
	}
}

// TestLookupIsBounded: a page that would have to look through too much ends early and says where to go on.
func TestLookupIsBounded(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	l := b.log(t, Options{})
	start := newClock().now()
	var batch []*Entry
	for i := range 3000 {
		e := small(i+1, start.Add(time.Duration(i)*time.Second))
		if i == 10 {
			e.User = "rare"
		}
		batch = append(batch, e)
	}
	appendAll(t, l, batch...)
	relayAll(t, l)
	p := page{q: &Query{Account: "111111111111", End: start.Add(10 * time.Second)}, at: parseStart(t), limit: 5, work: archive.Work{Left: 3}}
	if err := l.lookupPart(t.Context(), &p, archive.Part{Day: archive.DayOf(start)}, 3000); err != nil {
		t.Fatal(err)
	}
	entries, next := p.result()
	if next == "" || len(entries) != 0 {
		t.Errorf("%d entries, next %q; want to be told to go on", len(entries), next)
	}
	if got := lookupAll(t, l, Query{Account: "111111111111", End: start.Add(10 * time.Second), Before: next}); len(got) != 11 {
		t.Errorf("%d entries from there on, want 11", len(got))
	}
}

func parseStart(t *testing.T) position {
	p, err := parsePosition("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}
