package lake

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/store"
	"vauban/store/sqlite"
)

func database(t *testing.T) store.DB {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestBlocksKeepWhatWasAppended: whatever the batches, and whatever is appended or expires while a scan goes on, the scan sees what was there when it began,
// each event once and in order.
func TestBlocksKeepWhatWasAppended(t *testing.T) {
	db, run := database(t), 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		id, n, all := fmt.Sprintf("store-%d", run), 0, []string{}
		write := func(fn func(store.Tx) error) {
			if err := db.Write(context.Background(), fn); err != nil {
				t.Fatal(err)
			}
		}
		add := func() {
			var batch []event
			for range rapid.IntRange(1, 40).Draw(t, "events") {
				n++
				batch = append(batch, event{time.UnixMicro(int64(n)).UTC(), fmt.Appendf(nil, "event %d", n)})
				all = append(all, fmt.Sprintf("event %d", n))
			}
			write(func(tx store.Tx) error { return appendEvents(tx, id, batch) })
		}
		for range rapid.IntRange(0, 30).Draw(t, "batches") {
			add()
		}
		want, got := append([]string{}, all...), []string{}
		s := &scan{id: id, upTo: int64(n), end: time.UnixMicro(int64(n))}
		for {
			var events []event
			if err := db.Read(context.Background(), func(tx store.Tx) (err error) { events, err = s.next(tx); return err }); err != nil {
				t.Fatal(err)
			}
			if events == nil {
				break
			}
			for _, e := range events {
				got = append(got, string(e.record))
			}
			if rapid.Bool().Draw(t, "meanwhile") {
				add()
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		blocksNow := 0
		write(func(tx store.Tx) (err error) { blocksNow, err = blocks.Count(tx, store.K(id), 0); return err })
		if most := 12 + n/(fullBlock/2); blocksNow > most {
			t.Errorf("%d events lie in %d blocks, more than %d", n, blocksNow, most)
		}
	})
}

func TestScansSkipOtherTimes(t *testing.T) {
	db := database(t)
	err := db.Write(t.Context(), func(tx store.Tx) error {
		for day := range 3 {
			events := make([]event, fullBlock)
			for i := range events {
				events[i] = event{time.Date(2026, 1, 1+day, 0, 0, i, 0, time.UTC), fmt.Appendf(nil, "day %d", day)}
			}
			if err := appendEvents(tx, "x", events); err != nil {
				return err
			}
		}
		s := &scan{id: "x", upTo: 3 * fullBlock, start: time.Date(2026, 1, 2, 0, 0, 3, 0, time.UTC), end: time.Date(2026, 1, 2, 0, 0, 4, 0, time.UTC)}
		events, err := s.next(tx)
		if err != nil || len(events) != fullBlock || string(events[0].record) != "day 1" {
			t.Errorf("%d events, %v", len(events), err)
		}
		if events, err = s.next(tx); events != nil || err != nil {
			t.Errorf("%d more, %v", len(events), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRetention(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	db := database(t)
	d := &DataStore{Account: "111122223333", Region: "us-east-1", ID: "x", Name: "x", Retention: 30}
	read := func() (n int) {
		err := db.Read(t.Context(), func(tx store.Tx) (err error) { n, err = blocks.Count(tx, store.K("x"), 0); return err })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	expire := func(now time.Time) {
		err := db.Write(t.Context(), func(tx store.Tx) error { left := mostDropped; return d.expire(tx, now, &left) })
		if err != nil {
			t.Fatal(err)
		}
	}
	err := db.Write(t.Context(), func(tx store.Tx) error {
		if err := dataStores.Insert(tx, d); err != nil {
			return err
		}
		for _, age := range []int{32, 31, 1} {
			events := make([]event, fullBlock)
			for i := range events {
				events[i] = event{now.AddDate(0, 0, -age), []byte("{}")}
			}
			if err := appendEvents(tx, "x", events); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if expire(now); read() != 1 {
		t.Errorf("%d blocks after the retention", read())
	}
	d.Deleted = now
	if expire(now.Add(waitForDeletion - 1)); read() != 1 {
		t.Errorf("%d blocks while the deletion waits", read())
	}
	expire(now.Add(waitForDeletion))
	err = db.Read(t.Context(), func(tx store.Tx) error { _, err := dataStores.Get(tx, dataStores.Key(d)); return err })
	if read() != 0 || !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%d blocks and %v after the deletion", read(), err)
	}
}

func FuzzUnpack(f *testing.F) {
	data, err := pack([]event{{time.UnixMicro(1), []byte("{}")}, {time.UnixMicro(-1), nil}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := unpack(data)
		if err != nil {
			return
		}
		again, err := pack(events)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := unpack(again); err != nil || len(back) != len(events) {
			t.Errorf("%d events became %d: %v", len(events), len(back), err)
		}
	})
}
