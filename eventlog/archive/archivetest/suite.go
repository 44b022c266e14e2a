package archivetest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vauban/eventlog/archive"
	"vauban/store"
)

// Run runs the suite. open gives an empty driver; the suite closes it.
func Run(t *testing.T, open func(t testing.TB) archive.Driver) {
	for _, c := range []struct {
		name string
		fn   func(*testing.T, func(testing.TB) archive.Driver)
	}{
		{"Rows", rows},
		{"Rollback", rollback},
		{"Info", info},
		{"DropPart", dropPart},
		{"Concurrent", concurrent},
		{"Model", model},
		{"ManyBlocks", manyBlocks},
		{"Work", work},
		{"LargeEvents", largeEvents},
	} {
		t.Run(c.name, func(t *testing.T) { c.fn(t, open) })
	}
}

var today = archive.Part{Kind: archive.Management, Day: 20000}

func opened(t testing.TB, open func(testing.TB) archive.Driver) archive.Driver {
	d := open(t)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func write(t testing.TB, d archive.Driver, p archive.Part, fn func(archive.Writer) error) {
	t.Helper()
	if err := d.Write(context.Background(), p, fn); err != nil {
		t.Fatal(err)
	}
}

func row(a, b int64, v string) archive.Row {
	return archive.Row{Key: archive.Key{A: a, B: b}, Value: []byte(v)}
}

func rows(t *testing.T, open func(testing.TB) archive.Driver) {
	d := opened(t, open)
	big := strings.Repeat("x", 200_000)
	for table := range archive.Table(archive.Tables) {
		a := int64(0) // the only one of frames and blocks
		if table == archive.Postings || table == archive.Segments {
			a = math.MinInt64
		}
		write(t, d, today, func(w archive.Writer) error {
			put := []archive.Row{row(a, 10, "ten"), row(a, 30, ""), row(a, 20, big), row(a, math.MaxInt64, "end")}
			if a != 0 {
				put = append(put, row(5, 20, "other"), row(math.MaxInt64, 20, "last"))
			}
			return w.Put(table, put)
		})
		check := func(from, to int64, desc bool, limit int, want ...archive.Row) {
			t.Helper()
			err := d.Read(t.Context(), today, func(r archive.Reader) error {
				got, err := r.Scan(table, a, from, to, desc, limit)
				if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" && len(want)+len(got) > 0 {
					t.Errorf("table %d, %d to %d: %s", table, from, to, diff)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		all := []archive.Row{row(a, 10, "ten"), row(a, 20, big), row(a, 30, ""), row(a, math.MaxInt64, "end")}
		check(math.MinInt64, math.MaxInt64, false, 10, all...)
		check(math.MinInt64, math.MaxInt64, false, 2, all[:2]...)
		check(11, 30, false, 10, all[1:3]...)
		check(11, 30, true, 1, all[2])
		check(math.MinInt64, 19, true, 10, all[0])
		check(31, 40, false, 10)
		check(40, 31, true, 10)
		write(t, d, today, func(w archive.Writer) error {
			if err := w.Delete(table, []archive.Key{{A: a, B: 10}, {A: a, B: 11}}); err != nil {
				return err
			}
			return w.Put(table, []archive.Row{row(a, 20, "twenty")})
		})
		check(math.MinInt64, 30, true, 10, row(a, 30, ""), row(a, 20, "twenty"))
	}
}

func rollback(t *testing.T, open func(testing.TB) archive.Driver) {
	d := opened(t, open)
	write(t, d, today, func(w archive.Writer) error {
		return errors.Join(w.Put(archive.Blocks, []archive.Row{row(0, 1, "kept")}), w.SetInfo(archive.Info{Part: today, First: 1, Last: 1, Events: 1}))
	})
	stop := errors.New("stop")
	err := d.Write(t.Context(), today, func(w archive.Writer) error {
		return errors.Join(w.Put(archive.Blocks, []archive.Row{row(0, 2, "undone")}), w.Delete(archive.Blocks, []archive.Key{{A: 0, B: 1}}),
			w.SetInfo(archive.Info{Part: today, First: 1, Last: 2, Events: 2}), stop)
	})
	if !errors.Is(err, stop) {
		t.Fatalf("got %v, want the function's error", err)
	}
	err = d.Read(t.Context(), today, func(r archive.Reader) error {
		got, err := r.Scan(archive.Blocks, 0, 0, 10, false, 10)
		if len(got) != 1 || string(got[0].Value) != "kept" {
			t.Errorf("rows %v after a rollback", got)
		}
		if i, err := r.Info(); err != nil || i.Last != 1 {
			t.Errorf("info %+v, %v after a rollback", i, err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	fresh := archive.Part{Kind: archive.Data, Day: 1}
	if err := d.Write(t.Context(), fresh, func(archive.Writer) error { return stop }); !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
	parts, err := d.Parts(t.Context())
	if err != nil || slices.ContainsFunc(parts, func(i archive.Info) bool { return i.Part == fresh && i.Events != 0 }) {
		t.Errorf("parts %+v, %v: one that was never written has events", parts, err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Write(canceled, today, func(w archive.Writer) error { return canceled.Err() }); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
}

func info(t *testing.T, open func(testing.TB) archive.Driver) {
	d := opened(t, open)
	want := []archive.Info{
		{Part: archive.Part{Kind: archive.Management, Day: archive.DayOf(time.Time{})}, First: 1, Last: 2, Events: 2, Bytes: 100, Segmented: 1},
		{Part: archive.Part{Kind: archive.Data, Day: 20000}, First: 3, Last: math.MaxInt64, Events: 3, Bytes: 1 << 40},
		{Part: archive.Part{Kind: archive.Management, Day: 20000}, First: 5, Last: 6, Events: 2},
		{Part: archive.Part{Kind: archive.Management, Day: archive.DayOf(time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC))}, First: 7, Last: 7, Events: 1},
	}
	for _, i := range want {
		write(t, d, i.Part, func(w archive.Writer) error {
			if have, err := w.Info(); err != nil || have != (archive.Info{Part: i.Part}) {
				t.Errorf("a new partition has info %+v, %v", have, err)
			}
			return w.SetInfo(i)
		})
		err := d.Read(t.Context(), i.Part, func(r archive.Reader) error {
			have, err := r.Info()
			if have != i {
				t.Errorf("info %+v, want %+v", have, i)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	got, err := d.Parts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(a, b archive.Info) int { return int(min(max(a.First-b.First, -1), 1)) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func dropPart(t *testing.T, open func(testing.TB) archive.Driver) {
	d := opened(t, open)
	other := archive.Part{Kind: archive.Data, Day: today.Day}
	for _, p := range []archive.Part{today, other} {
		write(t, d, p, func(w archive.Writer) error {
			return errors.Join(w.Put(archive.Frames, []archive.Row{row(0, 1, "x")}), w.SetInfo(archive.Info{Part: p, First: 1, Last: 1, Events: 1}))
		})
	}
	for range 2 {
		if err := d.Drop(t.Context(), today); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Read(t.Context(), today, func(archive.Reader) error { return nil }); !errors.Is(err, archive.ErrNoPart) {
		t.Errorf("reading a dropped partition: %v, want ErrNoPart", err)
	}
	parts, err := d.Parts(t.Context())
	if err != nil || len(parts) != 1 || parts[0].Part != other {
		t.Errorf("parts %+v, %v; want the other one", parts, err)
	}
	write(t, d, today, func(w archive.Writer) error {
		if got, err := w.Scan(archive.Frames, 0, 0, 10, false, 10); err != nil || len(got) != 0 {
			t.Errorf("a dropped partition came back with %v, %v", got, err)
		}
		return nil
	})
}

// concurrent writes events while others read: each reader sees a prefix.
func concurrent(t *testing.T, open func(testing.TB) archive.Driver) {
	a := newArchive(t, open)
	const n = 3000
	events := make([]store.Event, n)
	for i := range events {
		events[i] = event(int64(i+1), today.Day.Start(), archive.Management, "all")
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for last := 0; last < n; {
				ended := false
				select {
				case <-done:
					ended = true
				default:
				}
				got, err := a.Read(t.Context(), 0, math.MaxInt64, n)
				if err != nil || len(got) < last {
					t.Errorf("read %d events after %d: %v", len(got), last, err)
					return
				}
				for i := range got {
					if got[i].Seq != int64(i+1) {
						t.Errorf("event %d has number %d", i, got[i].Seq)
						return
					}
				}
				last = len(got)
				if ended && last != n {
					t.Errorf("read %d of %d", last, n)
					return
				}
			}
		})
	}
	for chunk := range slices.Chunk(events, 77) {
		if err := a.Append(t.Context(), chunk); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}
