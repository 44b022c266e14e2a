package fieldindex_test

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"vauban/engine/fieldindex"
)

// TestNoFalseNo: what a block has, its index never says no to.
func TestNoFalseNo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, want := fieldindex.Index{}, map[string]map[string]struct{}{}
		var fields []string
		for _, f := range rapid.SliceOfNDistinct(rapid.StringN(1, 5, 20), 0, 5, rapid.ID).Draw(t, "fields") {
			want[f] = map[string]struct{}{}
			for _, v := range rapid.SliceOf(rapid.String()).Draw(t, "values") {
				want[f][v] = struct{}{}
			}
			x.Add(f, want[f])
			fields = append(fields, f)
		}
		back, err := fieldindex.Unmarshal(x.Marshal(fields))
		if err != nil {
			t.Fatal(err)
		}
		for f, values := range want {
			for v := range values {
				if !back.May(f, v) {
					t.Fatalf("%q of %q is missed", v, f)
				}
			}
		}
		if !back.May("no such field\x00", "x") {
			t.Fatal("what is not indexed is refused")
		}
	})
}

// TestFewFalseYes: of a thousand values that are not there, it takes few.
func TestFewFalseYes(t *testing.T) {
	x, values := fieldindex.Index{}, map[string]struct{}{}
	for i := range 1000 {
		values["v"+strconv.Itoa(i)] = struct{}{}
	}
	x.Add("f", values)
	x.Add("none", nil)
	yes := 0
	for i := range 1000 {
		if x.May("f", "w"+strconv.Itoa(i)) {
			yes++
		}
	}
	if yes > 50 || x.May("none", "a") {
		t.Errorf("%d of 1000 are taken", yes)
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte{1, 'a', 1, 0xff}, "a", "b")
	f.Add([]byte{1, 'a', 0}, "a", "b")
	f.Fuzz(func(t *testing.T, raw []byte, field, value string) {
		x, err := fieldindex.Unmarshal(raw)
		if err == nil {
			x.May(field, value)
		}
	})
}
