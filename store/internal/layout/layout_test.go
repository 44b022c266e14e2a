package layout

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/store"
)

// TestApart: rows of different tables, indexes and values never share a prefix, whatever the values are.
func TestApart(t *testing.T) {
	text := rapid.SampledFrom([]string{"a", "ab", "b", "a.b"})
	value := rapid.Map(rapid.OneOf(
		rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 'a', 0xff}), 0, 5),
		rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0xff}), maxValue-2, maxValue+3)), func(b []byte) store.Key { return b })
	rapid.Check(t, func(rt *rapid.T) {
		table1, table2 := text.Draw(rt, "table1"), text.Draw(rt, "table2")
		index1, index2 := text.Draw(rt, "index1"), text.Draw(rt, "index2")
		v1, v2 := value.Draw(rt, "v1"), value.Draw(rt, "v2")
		same := table1 == table2 && index1 == index2 && v1.Compare(v2) == 0
		r1, r2 := Ref(table1, index1, v1, 0), Ref(table2, index2, v2, 0)
		if bytes.HasPrefix(r2, r1) != same {
			rt.Fatalf("%x and %x", r1, r2)
		}
		if len(r1) > 2*64+4+maxValue+2 {
			rt.Fatalf("entry of %d bytes", len(r1))
		}
		if bytes.Equal(Unique(table1, index1, v1), Unique(table2, index2, v2)) != same {
			rt.Fatal("unique values meet")
		}
		if bytes.HasPrefix(Doc(table2, v2), Table(table1, 0)) != (table1 == table2) {
			rt.Fatal("tables meet")
		}
	})
}

func indexes(rt *rapid.T, label string) store.Indexes {
	value := rapid.Map(rapid.SampledFrom([]string{"", "a", "b", "c", strings.Repeat("l", 600)}), func(s string) store.Key { return store.K(s) })
	name := rapid.SampledFrom([]string{"x", "y", "z"})
	return store.Indexes{
		Unique: rapid.MapOfN(name, value, 0, 3).Draw(rt, label+" unique"),
		Refs:   rapid.MapOfN(name, rapid.SliceOfN(value, 0, 4), 0, 3).Draw(rt, label+" refs"),
	}
}

func rows(e Entries) map[string]bool {
	all := map[string]bool{}
	for _, u := range e.Unique {
		all["u"+string(u.Key)] = true
	}
	for _, r := range e.Refs {
		all["r"+string(r)] = true
	}
	return all
}

// TestDiffLaw: what is removed and added turns the old rows into the new ones, and touches nothing else.
func TestDiffLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := store.K("k")
		next := Of("t", key, indexes(rt, "next"))
		old, err := Decode("t", Of("t", key, indexes(rt, "old")).Encode("t"))
		if err != nil {
			rt.Fatal(err)
		}
		remove, add := Diff(old, next)
		have := rows(old)
		for r := range rows(remove) {
			if !have[r] || rows(next)[r] {
				rt.Fatalf("removes %q", r)
			}
			delete(have, r)
		}
		for r := range rows(add) {
			if have[r] {
				rt.Fatalf("adds %q again", r)
			}
			have[r] = true
		}
		if d := cmp.Diff(rows(next), have); d != "" {
			rt.Fatal(d)
		}
	})
}

func TestCheck(t *testing.T) {
	long := strings.Repeat("n", 65)
	for _, c := range []struct {
		what  string
		table string
		key   store.Key
		body  []byte
		ix    store.Indexes
		want  error
	}{
		{"all well", "t", store.K("a"), []byte("{}"), store.Indexes{Unique: map[string]store.Key{"u": nil}}, nil},
		{"largest", long[1:], make(store.Key, store.MaxKey), make([]byte, store.MaxBody), store.Indexes{}, nil},
		{"no table", "", nil, nil, store.Indexes{}, errName},
		{"long table", long, nil, nil, store.Indexes{}, errName},
		{"long key", "t", make(store.Key, store.MaxKey+1), nil, store.Indexes{}, store.ErrTooLarge},
		{"long body", "t", nil, make([]byte, store.MaxBody+1), store.Indexes{}, store.ErrTooLarge},
		{"no index", "t", nil, nil, store.Indexes{Unique: map[string]store.Key{"": nil}}, errName},
		{"long index", "t", nil, nil, store.Indexes{Refs: map[string][]store.Key{long: nil}}, errName},
	} {
		if err := Check(c.table, c.key, c.body, c.ix); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add(Of("t", store.K("k"), store.Indexes{Unique: map[string]store.Key{"u": store.K(1)}, Refs: map[string][]store.Key{"r": {store.K(2)}}}).Encode("t"))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, packed []byte) {
		e, err := Decode("t", packed)
		if err != nil {
			return
		}
		again, err := Decode("t", e.Encode("t"))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(rows(e), rows(again)); d != "" {
			t.Error(d)
		}
	})
}
