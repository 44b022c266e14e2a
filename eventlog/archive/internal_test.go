package archive

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"vauban/store"
)

func plain(e *store.Event) (Kind, []Term, error) { return Management, []Term{1}, nil }

func makeEvents(from, n int64) (out []store.Event) {
	for seq := from; seq < from+n; seq++ {
		out = append(out, store.Event{Seq: seq, ID: fmt.Sprint("id-", seq), Time: time.Unix(seq, 0).UTC(), Body: []byte(fmt.Sprint("body ", seq))})
	}
	return out
}

// counting counts the frames that are written.
type counting struct {
	Memory
	events int
}

func (c *counting) tally(rows []Row, f *frames) {
	for _, r := range rows {
		_ = f.unpack(r, func(view) bool { c.events++; return true })
	}
}

// TestSmallAppendsMerge appends events one by one: few blocks are left, and little is rewritten.
func TestSmallAppendsMerge(t *testing.T) {
	c := &counting{}
	a, err := New(c, plain)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	const n = 3 * blockEvents
	part := Part{Management, DayOf(time.Unix(1, 0))}
	for _, e := range makeEvents(1, n) {
		before := framesOf(t, a, part)
		if err := a.Append(t.Context(), []store.Event{e}); err != nil {
			t.Fatal(err)
		}
		var fresh []Row
		for b, r := range framesOf(t, a, part) {
			if !bytes.Equal(before[b].Value, r.Value) {
				fresh = append(fresh, r)
			}
		}
		c.tally(fresh, a.frames)
	}
	blocks := 0
	err = c.Read(t.Context(), part, func(r Reader) error {
		rows, err := r.Scan(Blocks, 0, 0, math.MaxInt64, false, n)
		blocks = len(rows)
		return err
	})
	if err != nil || blocks > 3+10 {
		t.Errorf("%d blocks of %d events, %v", blocks, n, err)
	}
	if c.events > 12*n {
		t.Errorf("%d events were written for %d", c.events, n)
	}
	t.Logf("%d blocks; each event was written %.1f times", blocks, float64(c.events)/n)
}

func framesOf(t *testing.T, a *Archive, p Part) map[int64]Row {
	t.Helper()
	out := map[int64]Row{}
	err := a.reading(t.Context(), p, func(r Reader) error {
		rows, err := r.Scan(Frames, 0, 0, math.MaxInt64, true, 64) // newer ones only: older ones are done with
		for _, row := range rows {
			out[row.B] = row
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDays(t *testing.T) {
	for at, want := range map[time.Time]string{
		time.Unix(0, 0):  "19700101",
		time.Unix(-1, 0): "19691231",
		time.Date(2026, 5, 1, 23, 59, 59, 999, time.UTC):              "20260501",
		time.Date(2026, 5, 1, 23, 0, 0, 0, time.FixedZone("", -3600)): "20260502",
		{}: "00010101",
		time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC): "99991231",
		time.Date(-500, 1, 1, 0, 0, 0, 0, time.UTC):  "00000101",
	} {
		d := DayOf(at)
		if d.String() != want {
			t.Errorf("%s is day %s, want %s", at, d, want)
		}
		if back, err := ParseDay(d.String()); err != nil || back != d {
			t.Errorf("%s reads as %s, %v", d, back, err)
		}
	}
	if _, err := ParseDay("2026-05-01"); err == nil {
		t.Error("another form of a day was read")
	}
}

func TestTermsAreFixed(t *testing.T) { // they are on disk
	if got := TermOf("123456789012", "Username", "alice"); got != -3361042623686569139 {
		t.Errorf("the term is %d", got)
	}
	if TermOf("a", "bc") == TermOf("ab", "c") || TermOf("a") == TermOf("a", "") {
		t.Error("parts run together")
	}
}

// FuzzRows reads damaged rows: an error or something, but no panic and no endless memory.
func FuzzRows(f *testing.F) {
	fr, err := newFrames()
	if err != nil {
		f.Fatal(err)
	}
	events := makeEvents(1, 40)
	blk := makeBlock(events)
	found := postings{}
	for i := range events {
		found.add(&events[i], []Term{1})
	}
	segments, err := segment([]block{blk})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(fr.pack(events)[0].Value)
	f.Add(blk.row().Value)
	f.Add(found.rows(1)[0].Value)
	f.Add(segments[0].Value)
	f.Fuzz(func(t *testing.T, v []byte) {
		row := Row{Key{0, 1}, v}
		check := func(err error) {
			if err != nil && !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%v, want ErrCorrupt", err)
			}
		}
		check(fr.unpack(row, func(v view) bool { v.event(); return true }))
		check(eachEvent(v, 1, func(view) bool { return true }))
		b, err := decodeBlock(row)
		check(err)
		_, err = b.candidates(7)
		check(err)
		if err == nil {
			_, err = segment([]block{b})
			check(err)
		}
		_, err = inSegment(row, 7)
		check(err)
		_, err = decodePosting(row, math.MinInt64, math.MaxInt64)
		check(err)
	})
}
