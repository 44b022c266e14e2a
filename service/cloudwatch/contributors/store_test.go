package contributors

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vauban/engine/contributor"
	"vauban/seal"
	"vauban/store"
	"vauban/store/sqlite"
)

// world is a store in memory.
type world struct {
	*Store
	db    store.DB
	known map[string]bool
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := sqlite.Open(context.Background(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := seal.Open(context.Background(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &world{NewStore(ring, rand.Reader), db, map[string]bool{}}
}

func (w *world) read(fn func(store.Tx) error) error  { return w.db.Read(context.Background(), fn) }
func (w *world) write(fn func(store.Tx) error) error { return w.db.Write(context.Background(), fn) }

// knows says that a rule is of the account that its name begins with, "home" without a slash.
func (w *world) knows(_ store.Tx, rule string) (string, error) {
	if !w.known[rule] {
		return "", nil
	}
	if account, _, ok := strings.Cut(rule, "/"); ok {
		return account, nil
	}
	return "home", nil
}

func (w *world) put(rule string, c Counts) error {
	r := &Room{w.Store, rule}
	parts, err := r.Prepare(rule, c)
	if err != nil {
		return err
	}
	return w.write(func(tx store.Tx) error {
		for _, p := range parts {
			if err := p.Put(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// counted is what a rule has counted, by minute and contributor.
func (w *world) counted(rule string, from, to int64) (map[string]float64, error) {
	out, last := map[string]float64{}, int64(-1)
	err := w.read(func(tx store.Tx) error {
		return w.Each(tx, rule, from, to, free, func(at int64, sum *contributor.Summary) error {
			if at <= last {
				return fmt.Errorf("%d comes after %d", at, last)
			}
			last = at
			for _, c := range sum.Top(1000, false) {
				out[fmt.Sprint(at, c.Keys)] += c.Value
			}
			return nil
		})
	})
	return out, err
}

// free is a reading that has no bounds.
func free(int) error { return nil }

// TestCounts: whatever comes in which order, and whenever it is folded, what is read is what has come.
func TestCounts(t *testing.T) {
	w := newWorld(t)
	rules := 0
	rapid.Check(t, func(t *rapid.T) {
		rules++
		rule := fmt.Sprint("rule", rules)
		w.known[rule] = true
		want := map[string]float64{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "step") == 0 {
				if err := w.Fold(w.read, w.write, w.knows); err != nil {
					t.Fatal(err)
				}
			}
			c := Counts{}
			for range rapid.IntRange(1, 5).Draw(t, "events") {
				at, who, v := int64(rapid.IntRange(0, 400).Draw(t, "second")), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "who"), float64(rapid.IntRange(1, 9).Draw(t, "value"))
				c.Add(time.Unix(at, 0), []string{who}, v)
				want[fmt.Sprint(at-at%60, []string{who})] += v
			}
			if err := w.put(rule, c); err != nil {
				t.Fatal(err)
			}
		}
		got, err := w.counted(rule, 0, 1000)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
		from, to := int64(rapid.IntRange(0, 7).Draw(t, "from")*60), int64(rapid.IntRange(0, 7).Draw(t, "to")*60)
		maps.DeleteFunc(want, func(k string, _ float64) bool {
			var at int64
			_, err := fmt.Sscan(k, &at)
			return err != nil || at < from || at >= to
		})
		if got, err = w.counted(rule, from, to); err != nil || !maps.Equal(got, want) {
			t.Fatalf("from %d to %d: %v, %v, want %v", from, to, got, err, want)
		}
	})
}

// TestGone: what has come for a rule that is gone is dropped, and does not come back.
func TestGone(t *testing.T) {
	w := newWorld(t)
	w.known["kept"] = true
	for _, rule := range []string{"gone", "kept"} {
		c := Counts{}
		c.Add(time.Unix(60, 0), []string{"a"}, 1)
		if err := w.put(rule, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Fold(w.read, w.write, w.knows); err != nil {
		t.Fatal(err)
	}
	gone, err := w.counted("gone", 0, 1000)
	kept, err2 := w.counted("kept", 0, 1000)
	if len(gone) != 0 || len(kept) != 1 || err != nil || err2 != nil {
		t.Errorf("gone: %v, %v; kept: %v, %v", gone, err, kept, err2)
	}
}

// TestManyAreFolded: more has come than one transaction takes.
func TestManyAreFolded(t *testing.T) {
	w := newWorld(t)
	w.known["r"] = true
	for i := range 2*foldedAtOnce + 1 {
		c := Counts{}
		for m := range 3 {
			c.Add(time.Unix(int64(i%7+m)*60, 0), []string{"a"}, 1)
		}
		if err := w.put("r", c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Fold(w.read, w.write, w.knows); err != nil {
		t.Fatal(err)
	}
	total := 0.0
	got, err := w.counted("r", 0, 1000)
	for _, v := range got {
		total += v
	}
	if total != 3*(2*foldedAtOnce+1) || err != nil {
		t.Errorf("%v are counted, %v", total, err)
	}
}

// BenchmarkEach reads a day of a rule whose every minute is full.
func BenchmarkEach(b *testing.B) {
	w := newWorld(b)
	err := w.write(func(tx store.Tx) error {
		for m := range int64(1440) {
			c := Counts{}
			for i := range contributor.MaxContributors {
				c.Add(time.Unix(m*60, 0), []string{fmt.Sprintf("arn:aws:iam::111122223333:user/%d-%d", m, i), "ListUsers"}, float64(i))
			}
			if err := w.Store.put(tx, "r", c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := &contributor.Report{Period: 300}
		err := w.read(func(tx store.Tx) error {
			return w.Each(tx, "r", 0, 86400, free, func(at int64, s *contributor.Summary) error { r.Add(at, s); return nil })
		})
		if err != nil {
			b.Fatal(err)
		}
		r.End()
	}
}
