package series

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/engine/metric"
	"vauban/store"
	"vauban/store/sqlite"
)

func open(t testing.TB) store.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// world is a store and its series.
type world struct {
	*Store
	db store.DB
	t  interface{ Fatal(...any) }
}

func (w world) put(now time.Time, samples ...Sample) error {
	return w.db.Write(context.Background(), func(tx store.Tx) error {
		_, err := w.Put(tx, samples, now)
		return err
	})
}

func (w world) read(m *Metric, q Query, now time.Time) (bins []Bin) {
	err := w.db.Read(context.Background(), func(tx store.Tx) (err error) {
		bins, err = w.Read(tx, m.ID(), q, now)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return bins
}

func (w world) retain(now time.Time) {
	read := func(fn func(store.Tx) error) error { return w.db.Read(context.Background(), fn) }
	write := func(fn func(store.Tx) error) error { return w.db.Write(context.Background(), fn) }
	if err := w.Retain(now, read, write); err != nil {
		w.t.Fatal(err)
	}
}

func sample(m *Metric, at time.Time, values ...float64) Sample {
	x := Sample{Metric: m, Time: at}
	for _, v := range values {
		x.Add(v, 1)
	}
	return x
}

var about = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), 1) })

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// TestRollUp: what is rolled up is what would have been aggregated at once, whatever the order in which samples came.
func TestRollUp(t *testing.T) {
	db := open(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		w := world{NewStore(1000), db, t}
		m := &Metric{Account: "1", Region: "r", Namespace: "N", Name: string(rune('a'+n%26)) + time.Duration(n).String()}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		direct := map[int64]*metric.Bucket{}
		var samples []Sample
		for range rapid.IntRange(1, 60).Draw(t, "samples") {
			at := noon.Add(time.Duration(random.IntN(7200)) * time.Second)
			v := math.Floor(random.Float64()*50) / 2
			samples = append(samples, sample(m, at, v))
			hour := floor(at.Unix(), 3600)
			if direct[hour] == nil {
				direct[hour] = &metric.Bucket{}
			}
			direct[hour].Add(v, 1)
		}
		for part := range slices.Chunk(samples, 7) {
			if err := w.put(noon, part...); err != nil {
				t.Fatal(err)
			}
		}
		q := Query{Period: 3600, Start: noon.Unix(), End: noon.Unix() + 7200}
		for _, age := range []time.Duration{0, 16 * 24 * time.Hour, 70 * 24 * time.Hour} {
			now := noon.Add(age)
			w.retain(now)
			bins := w.read(m, q, now)
			if len(bins) != len(direct) {
				t.Fatalf("after %s: %d hours, want %d", age, len(bins), len(direct))
			}
			for _, b := range bins {
				if diff := cmp.Diff(direct[b.Start], &b.Bucket, about); diff != "" {
					t.Fatalf("after %s (-direct +rolled up):\n%s", age, diff)
				}
			}
		}
	})
}

// TestRetention: seconds are kept for three hours, minutes for 15 days, five minutes for 63, hours for 455; then the metric is forgotten.
func TestRetention(t *testing.T) {
	w := world{NewStore(1), open(t), t}
	m := &Metric{Account: "1", Region: "r", Namespace: "N", Name: "m", Dimensions: []Dimension{{"b", "2"}, {"a", "1"}}}
	fine := sample(m, noon, 1)
	fine.Fine = true
	if err := w.put(noon, fine); err != nil {
		t.Fatal(err)
	}
	has := func(period int64, age time.Duration) bool {
		return len(w.read(m, Query{Period: period, Start: noon.Unix(), End: noon.Unix() + period}, noon.Add(age))) == 1
	}
	const day = 24 * time.Hour
	for _, x := range []struct {
		age  time.Duration
		have []int64
	}{{0, []int64{1, 60, 300, 3600}}, {4 * time.Hour, []int64{60, 300, 3600}}, {16 * day, []int64{300, 3600}}, {64 * day, []int64{3600}}, {456 * day, nil}} {
		w.retain(noon.Add(x.age))
		for _, period := range []int64{1, 60, 300, 3600} {
			if got := has(period, x.age); got != slices.Contains(x.have, period) {
				t.Errorf("after %s, period %d: %v", x.age, period, got)
			}
		}
	}
	if err := w.put(noon, sample(&Metric{Account: "1", Region: "r", Namespace: "N", Name: "other"}, noon, 1)); err != nil {
		t.Errorf("the metric that was forgotten still counts: %v", err)
	}
}

// TestCardinality: an account has only so many metrics, and those that it has go on.
func TestCardinality(t *testing.T) {
	w := world{NewStore(2), open(t), t}
	m := func(name string) *Metric { return &Metric{Account: "1", Region: "r", Namespace: "N", Name: name} }
	if err := w.put(noon, sample(m("a"), noon, 1), sample(m("b"), noon, 1)); err != nil {
		t.Fatal(err)
	}
	if err := w.put(noon, sample(m("c"), noon, 1)); err != ErrCardinality {
		t.Errorf("a third: %v", err)
	}
	if err := w.put(noon, sample(m("a"), noon, 1)); err != nil {
		t.Error(err)
	}
	other := m("c")
	other.Account = "2"
	if err := w.put(noon, sample(other, noon, 1)); err != nil {
		t.Errorf("another account: %v", err)
	}
}

// TestIdentity: dimensions have no order, and names do not run into each other.
func TestIdentity(t *testing.T) {
	a := &Metric{Name: "m", Dimensions: []Dimension{{"a", "1"}, {"b", "2"}}}
	b := &Metric{Name: "m", Dimensions: []Dimension{{"b", "2"}, {"a", "1"}}}
	if a.ID() != b.ID() {
		t.Error("the order of dimensions matters")
	}
	if (&Metric{Namespace: "ab", Name: "c"}).ID() == (&Metric{Namespace: "a", Name: "bc"}).ID() {
		t.Error("names run into each other")
	}
}

// TestUnits: samples of different units are apart, and together for who does not ask.
func TestUnits(t *testing.T) {
	w := world{NewStore(9), open(t), t}
	m := &Metric{Account: "1", Region: "r", Namespace: "N", Name: "m"}
	bytes, none := sample(m, noon, 5), sample(m, noon, 7)
	bytes.Unit = "Bytes"
	if err := w.put(noon, bytes, none); err != nil {
		t.Fatal(err)
	}
	for unit, sum := range map[string]float64{"Bytes": 5, "None": 7, "": 12} {
		if bins := w.read(m, Query{Unit: unit, Period: 60, Start: noon.Unix(), End: noon.Unix() + 60}, noon); len(bins) != 1 || bins[0].Sum != sum {
			t.Errorf("%q: %+v", unit, bins)
		}
	}
}
