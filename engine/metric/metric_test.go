package metric

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func of(values ...float64) *Bucket {
	b := &Bucket{}
	for _, v := range values {
		b.Add(v, 1)
	}
	return b
}

func TestStatistics(t *testing.T) {
	hundred := &Bucket{}
	for i := range 100 {
		hundred.Add(float64(i+1), 1)
	}
	few := of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	for _, x := range []struct {
		stat string
		of   *Bucket
		want float64
	}{
		{"SampleCount", few, 10}, {"Sum", few, 55}, {"Average", few, 5.5}, {"Minimum", few, 1}, {"Maximum", few, 10},
		{"p0", few, 1}, {"p50", few, 5}, {"p90", few, 9}, {"p99.9", few, 10}, {"p100", few, 10},
		{"tm90", few, 5}, {"TM(10%:90%)", few, 5.5}, {"TM(:90%)", few, 5}, {"TM(20%:)", few, 6.5}, {"TM(2:5)", few, 4}, {"IQM", of(1, 2, 3, 4, 5, 6, 7, 8), 4.5},
		{"tc90", few, 9}, {"TC(2:5)", few, 3}, {"TC(:3)", few, 3}, {"TC(8:)", few, 2}, {"ts90", few, 45}, {"TS(80%:)", few, 19}, {"TS(2:5)", few, 12},
		{"PR(:3)", few, 30}, {"PR(3:5)", few, 20}, {"PR(9:)", few, 10}, {"wm90", few, 5.4}, {"WM(10%:90%)", few, 5.4}, {"WM(2:9)", few, 5.5},
		{"Average", hundred, 50.5}, {"p100", hundred, 100}, {"p0", hundred, 1},
	} {
		s, err := ParseStatistic(x.stat)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := s.Of(x.of); !ok || math.Abs(got-x.want) > 1e-9 {
			t.Errorf("%s is %v %v, want %v", x.stat, got, ok, x.want)
		}
	}
}

// TestNotKnown: of statistic sets and negative values there is no distribution, and of nothing there is nothing.
func TestNotKnown(t *testing.T) {
	set, negative, same := &Bucket{}, of(-1, 2), &Bucket{}
	set.AddSet(10, 1, 6, 3)
	same.AddSet(15, 5, 5, 3)
	p50, _ := ParseStatistic("p50")
	average, _ := ParseStatistic("Average")
	for _, b := range []*Bucket{set, negative, {}} {
		if v, ok := p50.Of(b); ok {
			t.Errorf("p50 of %+v is %v", b, v)
		}
	}
	if v, ok := p50.Of(same); !ok || v != 5 {
		t.Errorf("p50 of three fives: %v %v", v, ok)
	}
	if v, _ := average.Of(negative); v != 0.5 {
		t.Errorf("average %v", v)
	}
	if v, _ := average.Of(set); math.Abs(v-10.0/3) > 1e-12 {
		t.Errorf("average of the set %v", v)
	}
}

func TestNoStatistic(t *testing.T) {
	for _, text := range []string{"", "p", "p101", "P99", "tm", "TM", "TM()", "TM(:)", "TM(10%:90)", "TM(90%:10%)", "PR(10%:20%)", "PR(:)", "average", "p9x", "p-1", "p1.12345678901",
		"XX(1:2)", "TM(1:2", "o5", "p50_E", "TM(101%:)", "TM(1:2:3)", "p1e1", "(:)", "IQM5"} {
		if s, err := ParseStatistic(text); err == nil {
			t.Errorf("%q is %+v", text, s)
		}
	}
}

// near compares buckets but for what the order of additions does to a float.
func near(a, b *Bucket) string {
	return cmp.Diff(a, b, cmp.Comparer(func(x, y float64) bool { return x == y || math.Abs(x-y) <= 1e-9*math.Max(math.Abs(x), math.Abs(y)) }))
}

func samples(t *rapid.T) []Entry {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Entry {
		return Entry{math.Exp(rapid.Float64Range(-20, 20).Draw(t, "log")), float64(rapid.IntRange(1, 3).Draw(t, "count"))}
	}), 1, 900).Draw(t, "samples")
}

// TestOrderNeverMatters: samples make the same bucket in any order, and merged from any parts.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := samples(t)
		direct := &Bucket{}
		for _, e := range all {
			direct.Add(e.Value, e.Count)
		}
		shuffled := slices.Clone(all)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		parts := make([]*Bucket, rapid.IntRange(1, 7).Draw(t, "parts"))
		for i := range parts {
			parts[i] = &Bucket{}
		}
		for i, e := range shuffled {
			parts[i%len(parts)].Add(e.Value, e.Count)
		}
		merged := &Bucket{}
		for _, p := range parts {
			merged.Merge(p)
		}
		if diff := near(direct, merged); diff != "" {
			t.Fatalf("(-direct +merged):\n%s", diff)
		}
	})
}

// TestError: a percentile is at most 1 % off while the level is 1, and exact before.
func TestError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2000).Draw(t, "n")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		b, all := &Bucket{}, make([]float64, n)
		for i := range all {
			all[i] = math.Exp(random.NormFloat64())
			b.Add(all[i], 1)
		}
		slices.Sort(all)
		for _, p := range []float64{0, 1, 25, 50, 90, 99, 99.9, 100} {
			s, err := ParseStatistic(fmt.Sprint("p", p))
			if err != nil {
				t.Fatal(err)
			}
			got, _ := s.Of(b)
			want := all[max(0, int(math.Ceil(p/100*float64(n)-1e-9))-1)]
			bound := 0.0101
			if b.Level == 0 {
				bound = 0
			}
			if b.Level > 1 || math.Abs(got-want) > bound*want {
				t.Fatalf("p%v of %d values at level %d is %v, want %v", p, n, b.Level, got, want)
			}
		}
	})
}

// TestBounded: whatever comes, a bucket stays small.
func TestBounded(t *testing.T) {
	b, random := &Bucket{}, rand.New(rand.NewPCG(1, 3))
	for range 50_000 {
		b.Add(math.Ldexp(random.Float64(), random.IntN(720)-360), 1)
	}
	if len(b.Values) > maxCoarse || b.Count != 50_000 {
		t.Errorf("%d entries at level %d, count %v", len(b.Values), b.Level, b.Count)
	}
}

func TestJSON(t *testing.T) {
	b := of(1, 2, 2.5, 2)
	text, err := json.Marshal(b)
	if err != nil || string(text) != `{"s":7.5,"l":1,"h":2.5,"n":4,"v":[1,1,2,2,2.5,1]}` {
		t.Errorf("%s %v", text, err)
	}
	back := &Bucket{}
	if err := json.Unmarshal(text, back); err != nil || near(b, back) != "" {
		t.Errorf("%v %s", err, near(b, back))
	}
}

func FuzzParseStatistic(f *testing.F) {
	for _, s := range []string{"p99", "TM(2%:98%)", "PR(:300)", "IQM", "tc1.5", "WM(1:)"} {
		f.Add(s)
	}
	b := of(1, 2, 3, 0)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseStatistic(text)
		if err != nil {
			return
		}
		if v, ok := s.Of(b); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
			t.Errorf("%q of %v is %v", text, b, v)
		}
	})
}
