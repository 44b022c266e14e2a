package archivetest

import (
	"bytes"
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vauban/eventlog/archive"
	"vauban/store"
)

// Events of the suite say in their body what they are indexed by: "kind|term,term|padding".
func event(seq int64, at time.Time, kind archive.Kind, terms ...string) store.Event {
	body := fmt.Sprintf("%d|%s|%s", kind, strings.Join(terms, ","), strings.Repeat("p", int(seq%50)))
	return store.Event{Seq: seq, ID: fmt.Sprintf("id-%d", seq), Time: at.UTC(), Body: []byte(body)}
}

func index(e *store.Event) (archive.Kind, []archive.Term, error) {
	parts := strings.Split(string(e.Body), "|")
	var terms []archive.Term
	for _, t := range strings.Split(parts[1], ",") {
		terms = append(terms, archive.TermOf(t))
	}
	return archive.Kind(parts[0][0] - '0'), terms, nil
}

func equal(a, b store.Event) bool {
	return a.Seq == b.Seq && a.ID == b.ID && a.Time.Equal(b.Time) && bytes.Equal(a.Body, b.Body)
}

// difference tells where two lists of events part, "" when they do not. (go-cmp takes seconds for megabytes.)
func difference(want, got []store.Event) string {
	for i := range min(len(want), len(got)) {
		if !equal(want[i], got[i]) {
			return fmt.Sprintf("event %d is %d at %s, want %d at %s", i, got[i].Seq, got[i].Time, want[i].Seq, want[i].Time)
		}
	}
	if len(want) != len(got) {
		return fmt.Sprintf("%d events, want %d", len(got), len(want))
	}
	return ""
}

func hasTerm(e store.Event, term string) bool {
	return slices.Contains(strings.Split(strings.Split(string(e.Body), "|")[1], ","), term)
}

func newArchive(t testing.TB, open func(testing.TB) archive.Driver) *archive.Archive {
	t.Helper()
	a, err := archive.New(open(t), index)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// model compares the archive with a list of events. Times jump, chunks have any size, and are sometimes appended twice.
func model(t *testing.T, open func(testing.TB) archive.Driver) {
	rapid.Check(t, func(rt *rapid.T) {
		a, err := archive.New(open(t), index)
		if err != nil {
			rt.Fatal(err)
		}
		defer a.Close()
		var (
			all  []store.Event
			seq  int64
			now  = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
			seed = rapid.Uint64().Draw(rt, "seed") // events are many: one draw for all of them
			rng  = mathrand.New(mathrand.NewPCG(seed, 0))
			word = func() string { return []string{"red", "green", "blue"}[rng.IntN(3)] }
		)
		for range rapid.IntRange(1, 8).Draw(rt, "chunks") {
			var chunk []store.Event
			for range rapid.SampledFrom([]int{1, 2, 5, 30, 100, 513}).Draw(rt, "size") {
				seq += int64(1 + rng.IntN(3))
				now = now.Add(time.Duration(rng.IntN(2)) * time.Second)
				if rng.IntN(100) == 0 { // the clock jumps
					now = now.Add(time.Duration([]int{600, -3600, 40_000, -90_000}[rng.IntN(4)]) * time.Second)
				}
				kind := archive.Kind(rng.IntN(5) / 4)
				chunk = append(chunk, event(seq, now, kind, "all", word(), word()))
			}
			if err := a.Append(t.Context(), chunk); err != nil {
				rt.Fatal(err)
			}
			if rapid.IntRange(0, 3).Draw(rt, "again") == 0 {
				if err := a.Append(t.Context(), chunk); err != nil {
					rt.Fatal(err)
				}
			}
			all = append(all, chunk...)
		}
		checkRead(rt, a, all)
		checkFind(rt, a, all)
	})
}

func checkRead(t *rapid.T, a *archive.Archive, all []store.Event) {
	t.Helper()
	limit := rapid.IntRange(1, 700).Draw(t, "limit")
	upTo := all[rapid.IntRange(0, len(all)-1).Draw(t, "up to")].Seq
	var got []store.Event
	for after := int64(0); ; {
		page, err := a.Read(context.Background(), after, upTo, limit)
		if err != nil || len(page) > limit {
			t.Fatalf("read: %d events, %v", len(page), err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		after = page[len(page)-1].Seq
	}
	n, _ := slices.BinarySearchFunc(all, upTo+1, func(e store.Event, s int64) int { return int(e.Seq - s) })
	if diff := difference(all[:n], got); diff != "" {
		t.Fatalf("read in pages of %d up to %d: %s", limit, upTo, diff)
	}
}

func checkFind(t *rapid.T, a *archive.Archive, all []store.Event) {
	t.Helper()
	parts, err := a.Parts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	events := int64(0)
	for _, p := range parts {
		events += p.Events
		for _, terms := range [][]string{{"all"}, {"red"}, {"green", "blue"}, {"blue", "red", "all"}, {"none"}, {"none", "all"}} {
			want := slices.DeleteFunc(slices.Clone(all), func(e store.Event) bool {
				kind, _, _ := index(&e)
				return kind != p.Kind || archive.DayOf(e.Time) != p.Day || slices.ContainsFunc(terms, func(w string) bool { return !hasTerm(e, w) })
			})
			slices.Reverse(want)
			search := archive.Search{Part: p.Part}
			for _, w := range terms {
				search.Terms = append(search.Terms, archive.TermOf(w))
			}
			got := findAll(t, a, search, rapid.SampledFrom([]int{3, 10, 100000, 100000}).Draw(t, "work"))
			if diff := difference(want, got); diff != "" {
				t.Fatalf("find %v on %s: %s", terms, p.Day, diff)
			}
		}
	}
	if events != int64(len(all)) {
		t.Fatalf("the partitions count %d events, want %d", events, len(all))
	}
	for range 20 {
		e := all[rapid.IntRange(0, len(all)-1).Draw(t, "event")]
		kind, _, _ := index(&e)
		got := findAll(t, a, archive.Search{Part: archive.Part{Kind: kind, Day: archive.DayOf(e.Time)}, ID: e.ID}, 100000)
		if i := slices.IndexFunc(got, func(x store.Event) bool { return x.ID == e.ID }); i < 0 || !equal(got[i], e) {
			t.Fatalf("find %s: %v", e.ID, got)
		}
	}
}

// findAll goes on until the search is done, with so much work at a time.
func findAll(t rapid.TB, a *archive.Archive, s archive.Search, work int) (out []store.Event) {
	t.Helper()
	for {
		next, err := a.Find(context.Background(), s, &archive.Work{Left: work + 1}, func(e store.Event) bool {
			out = append(out, e)
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		if next == 0 {
			return out
		}
		s.Before = next
	}
}

// manyBlocks fills enough blocks for segments, with chunks that leave small ones behind.
func manyBlocks(t *testing.T, open func(testing.TB) archive.Driver) {
	a := newArchive(t, open)
	const n = 150*512 + 1000
	var all []store.Event
	for seq := int64(1); seq <= n; {
		size := []int64{4096, 700, 1, 33}[seq%4]
		var chunk []store.Event
		for ; size > 0 && seq <= n; size-- {
			term := "many"
			if seq%10_000 == 0 {
				term = "rare"
			}
			chunk = append(chunk, event(seq, today.Day.Start().Add(time.Duration(seq)*time.Second/2), archive.Management, "all", term))
			seq++
		}
		if err := a.Append(t.Context(), chunk); err != nil {
			t.Fatal(err)
		}
		all = append(all, chunk...)
	}
	parts, err := a.Parts(t.Context())
	if err != nil || len(parts) != 1 || parts[0].Events != n || parts[0].First != 1 || parts[0].Last != n {
		t.Fatalf("parts %+v, %v", parts, err)
	}
	if parts[0].Segmented == 0 {
		t.Error("no segment was made")
	}
	for _, seq := range []int64{1, 2, 511, 512, 513, 30_000, parts[0].Segmented, parts[0].Segmented + 1, n - 1, n} {
		got := findAll(t, a, archive.Search{Part: today, ID: fmt.Sprintf("id-%d", seq)}, 1000)
		if len(got) == 0 || !slices.ContainsFunc(got, func(e store.Event) bool { return equal(e, all[seq-1]) }) {
			t.Errorf("event %d is not found by its ID: %v", seq, got)
		}
	}
	if got := findAll(t, a, archive.Search{Part: today, Terms: []archive.Term{archive.TermOf("all"), archive.TermOf("rare")}}, 1000); len(got) != n/10_000 {
		t.Errorf("found %d rare events, want %d", len(got), n/10_000)
	}
	got, err := a.Read(t.Context(), 0, n, n)
	if err != nil || len(got) != n || difference(all, got) != "" {
		t.Errorf("read %d of %d, %v", len(got), n, err)
	}
	start, end := all[20_000].Time, all[20_100].Time
	found := 0
	_, err = a.Find(t.Context(), archive.Search{Part: today, Terms: []archive.Term{archive.TermOf("all")}, Start: start, End: end}, &archive.Work{Left: 1000}, func(e store.Event) bool {
		if !e.Time.Before(start) && !e.Time.After(end) {
			found++
		}
		return true
	})
	if err != nil || found != 101 {
		t.Errorf("found %d events between two times, %v; want 101", found, err)
	}
}

// work shows that a search stops in time and can go on.
func work(t *testing.T, open func(testing.TB) archive.Driver) {
	a := newArchive(t, open)
	var all []store.Event
	for seq := int64(1); seq <= 2000; seq++ {
		all = append(all, event(seq, today.Day.Start(), archive.Management, "all"))
	}
	if err := a.Append(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	seen := 0
	next, err := a.Find(t.Context(), archive.Search{Part: today, Terms: []archive.Term{archive.TermOf("all")}}, &archive.Work{Left: 5}, func(store.Event) bool {
		seen++
		return true
	})
	if err != nil || next == 0 || seen == 0 || seen > 5*32 {
		t.Errorf("with little work: %d events, next %d, %v", seen, next, err)
	}
	if next != 2001-int64(seen) {
		t.Errorf("%d events were seen, but the search goes on before %d", seen, next)
	}
}

func largeEvents(t *testing.T, open func(testing.TB) archive.Driver) {
	a := newArchive(t, open)
	var all []store.Event
	for seq := int64(1); seq <= 12; seq++ {
		e := event(seq, today.Day.Start(), archive.Management, "all")
		e.Body = append(e.Body, bytes.Repeat([]byte{byte(seq)}, 1<<20)...)
		all = append(all, e)
	}
	for i := range all {
		if err := a.Append(t.Context(), all[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	var got []store.Event
	for len(got) < len(all) {
		page, err := a.Read(t.Context(), int64(len(got)), 100, 100)
		if err != nil || len(page) == 0 || len(page) > 9 {
			t.Fatalf("a page of %d large events, %v", len(page), err)
		}
		got = append(got, page...)
	}
	if difference(all, got) != "" {
		t.Error("large events changed")
	}
}
