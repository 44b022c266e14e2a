package eventlog

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"vauban/eventlog/archive"
	"vauban/store"
)

// failing is a driver whose writes can be made to fail, before or after they are done.
type failing struct {
	archive.Driver
	mu            sync.Mutex
	before, after error
}

func (f *failing) set(before, after error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, after
}

func (f *failing) Write(ctx context.Context, p archive.Part, fn func(archive.Writer) error) error {
	f.mu.Lock()
	before, after := f.before, f.after
	f.mu.Unlock()
	if before != nil {
		return before
	}
	return errors.Join(f.Driver.Write(ctx, p, fn), after)
}

// While the archive cannot be written, nothing is lost and everything is seen; when it can, it catches up.
func TestFullArchive(t *testing.T) {
	f := &failing{Driver: &archive.Memory{}}
	b := backend{openSQLite(t, ""), f}
	l := b.log(t, Options{FlushEvents: 10, FlushAfter: time.Millisecond, MaxOutbox: 300})
	f.set(store.ErrFull, nil)
	run(t, l)
	start := newClock().now()
	n := 0
	for ; n < 100; n++ {
		appendAll(t, l, small(n+1, start))
	}
	eventually(t, "the trouble shows", func() bool {
		s := l.Status()
		return len(s.Problems) == 1 && s.Problems[0].Job == "relay" && !s.Problems[0].Since.IsZero() && s.Waiting == 100
	})
	if got := lookupAll(t, l, Query{Account: "111111111111"}); len(got) != n {
		t.Errorf("%d entries, want %d", len(got), n)
	}
	eventually(t, "reads are refused when too many wait", func() bool {
		err := l.Append(t.Context(), small(n+1, start))
		if err == nil {
			n++
		}
		return errors.Is(err, ErrBacklog)
	})
	if err := l.Room(); !errors.Is(err, ErrBacklog) {
		t.Errorf("room for more: %v, want ErrBacklog", err)
	}
	// A change is recorded even then.
	n++
	if err := b.db.Write(t.Context(), func(tx store.Tx) error { return Append(tx, small(n, start)) }); err != nil {
		t.Error(err)
	}
	f.set(nil, nil)
	eventually(t, "the archive catches up", func() bool { s := l.Status(); return s.Waiting == 0 && len(s.Problems) == 0 && l.Room() == nil })
	n++
	appendAll(t, l, small(n, start))
	if got := lookupAll(t, l, Query{Account: "111111111111", Limit: 30}); len(got) != n {
		t.Errorf("%d entries, want %d", len(got), n)
	}
}

// The relay is cut off after the archive has committed, again and again: nothing is seen twice.
func TestRelayCutOff(t *testing.T) {
	onAll(t, func(t *testing.T, b backend) {
		f := &failing{Driver: b.driver}
		b.driver = f
		l := b.log(t, Options{})
		start, cut := newClock().now(), errors.New("cut off")
		n := 0
		for round := range 6 {
			for range 40 {
				n++
				e := small(n, start.Add(time.Duration(n)*20*time.Minute)) // several days
				e.Data = n%3 == 0
				appendAll(t, l, e)
			}
			f.set(nil, cut) // the first of several partitions is written, the others are not
			if _, err := l.relayOnce(t.Context(), nil); !errors.Is(err, cut) {
				t.Fatalf("got %v, want the cut", err)
			}
			f.set(nil, nil)
			check := func() {
				t.Helper()
				got := readAll(t, l, 7+round)
				if len(got) != n {
					t.Fatalf("read %d entries, want %d", len(got), n)
				}
				if found := lookupAll(t, l, Query{Account: "111111111111", Limit: 33}); len(found) != n-n/3 {
					t.Fatalf("found %d entries, want %d", len(found), n-n/3)
				}
			}
			check()
			if round%2 == 0 {
				relayAll(t, l)
				check()
			}
		}
	})
}

// An entry that this program cannot read is not dropped, and not hidden: the log says so.
func TestUnknownEntry(t *testing.T) {
	b := backend{openSQLite(t, ""), &archive.Memory{}}
	l := b.log(t, Options{FlushEvents: 1})
	run(t, l)
	if err := b.db.Append(t.Context(), store.Event{ID: "x", Time: newClock().now(), Body: []byte{99}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the trouble shows", func() bool { return len(l.Status().Problems) > 0 })
	if _, _, err := l.Lookup(t.Context(), Query{Account: "1"}); !errors.Is(err, ErrDecode) {
		t.Errorf("look up: %v, want ErrDecode", err)
	}
}
