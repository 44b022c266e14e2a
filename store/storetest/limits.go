package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vauban/store"
)

// raw stores documents under any key, without a table's encoding.
func raw(t *testing.T, db store.DB, keys ...store.Key) {
	t.Helper()
	write(t, db, func(tx store.Tx) error {
		for _, k := range keys {
			d := store.Doc{Key: k, Body: []byte(fmt.Sprintf("%q", k.String()))}
			ix := store.Indexes{Unique: map[string]store.Key{"u": k}, Refs: map[string][]store.Key{"r": {k}, "all": {store.Key{}}}}
			if err := tx.Insert("raw", d, ix, false); err != nil {
				return fmt.Errorf("%v: %w", k, err)
			}
		}
		return nil
	})
}

func testEdgeKeys(t *testing.T, db store.DB) {
	keys := []store.Key{
		{},
		{0x00},
		{0x00, 0x00},
		{0x01},
		store.K(""),
		store.K("", ""),
		store.K("\x00"),
		store.K("\x00\x00"),
		store.K("\x00", "a"),
		store.K("\x01"),
		store.K("\x01\x01"),
		store.K("\x02"),
		store.K("a"),
		store.K("a", "\x00"),
		store.K("a", "b"),
		store.K("a\x00"),
		store.K("a\x00b"),
		store.K("a\xff"),
		store.K("\xff\xff"),
		store.K(strings.Repeat("k", 1500)),
		{0xff},
		{0xff, 0xff, 0xff},
	}
	raw(t, db, keys...)
	read(t, db, func(tx store.Tx) error {
		for _, k := range keys {
			if d, err := tx.Get("raw", k); err != nil || !bytes.Equal(d.Key, k) || string(d.Body) != fmt.Sprintf("%q", k.String()) {
				t.Errorf("Get(%x) = %+v, %v", k, d, err)
			}
			if pk, err := tx.Lookup("raw", "u", k); err != nil || !bytes.Equal(pk, k) {
				t.Errorf("Lookup(%x) = %x, %v", k, pk, err)
			}
			var refs []store.Key
			err := tx.ScanRef("raw", "r", k, nil, func(d store.Doc) bool { refs = append(refs, d.Key); return true })
			if err != nil || len(refs) != 1 || !bytes.Equal(refs[0], k) {
				t.Errorf("ScanRef(%x) = %x, %v", k, refs, err)
			}
			checkScan(t, tx, keys, k)
		}
		return nil
	})
}

// checkScan compares scans from and below k with what bytes say.
func checkScan(t *testing.T, tx store.Tx, keys []store.Key, k store.Key) {
	t.Helper()
	collect := func(out *[]string) func(store.Doc) bool {
		return func(d store.Doc) bool { *out = append(*out, string(d.Key)); return true }
	}
	var below, after, wantBelow, wantAfter, refAfter []string
	for _, other := range sorted(keys) {
		if bytes.HasPrefix(other, k) {
			wantBelow = append(wantBelow, string(other))
		}
		if bytes.Compare(other, k) > 0 {
			wantAfter = append(wantAfter, string(other))
		}
	}
	err := errors.Join(
		tx.Scan("raw", k, nil, collect(&below)),
		tx.Scan("raw", nil, k, collect(&after)),
		tx.ScanRef("raw", "all", store.Key{}, k, collect(&refAfter)))
	if err != nil {
		t.Errorf("scan %x: %v", k, err)
	}
	same(t, fmt.Sprintf("prefix %x", k), below, wantBelow)
	same(t, fmt.Sprintf("after %x", k), after, wantAfter)
	same(t, fmt.Sprintf("references after %x", k), refAfter, wantAfter)
}

func sorted(keys []store.Key) []store.Key {
	return slices.SortedFunc(slices.Values(keys), store.Key.Compare)
}

func testLongValues(t *testing.T, db store.DB) {
	long := strings.Repeat("v", 10_000)
	insert(t, db,
		&item{Owner: "1", Name: "a", ID: long, Tags: []string{long, long + "x"}},
		&item{Owner: "1", Name: "b", ID: long + "x", Tags: []string{long}})
	exists(t, db, "id", func(tx store.Tx) error { return items().Insert(tx, &item{Owner: "1", Name: "c", ID: long}) })
	same(t, "both", refNames(t, db, "tag", store.K(long)), []string{"1/a", "1/b"})
	same(t, "one", refNames(t, db, "tag", store.K(long+"x")), []string{"1/a"})
	read(t, db, func(tx store.Tx) error {
		got, err := items().ByUnique(tx, "id", store.K(long+"x"))
		if err == nil && got.Name != "b" {
			t.Errorf("ByUnique = %s", got.Name)
		}
		return err
	})
	write(t, db, func(tx store.Tx) error { return items().Delete(tx, store.K("1", "a")) })
	insert(t, db, &item{Owner: "1", Name: "c", ID: long})
	same(t, "after deletion", refNames(t, db, "tag", store.K(long)), []string{"1/b"})
	// Around the length at which hashing begins.
	for n := 505; n < 515; n++ {
		v := strings.Repeat("\x00", n/2) + strings.Repeat("z", n-n/2)
		insert(t, db, &item{Owner: "2", Name: fmt.Sprint(n), ID: v, Tags: []string{v}})
		same(t, fmt.Sprint(n, " bytes"), refNames(t, db, "tag", store.K(v)), []string{fmt.Sprint("2/", n)})
	}
}

func testTooLarge(t *testing.T, db store.DB) {
	fails(t, db, store.ErrTooLarge, func(tx store.Tx) error {
		return items().Insert(tx, &item{Owner: "1", Name: strings.Repeat("n", store.MaxKey)})
	})
	fails(t, db, store.ErrTooLarge, func(tx store.Tx) error {
		return tx.Insert("raw", store.Doc{Key: store.K(1), Body: make([]byte, store.MaxBody+1)}, store.Indexes{}, false)
	})
	if err := db.Append(bounded(t), store.Event{ID: "x", Body: make([]byte, store.MaxBody+1)}); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("Append of a large event: %v", err)
	}
	for _, id := range []string{"a\x00b", "\xff"} {
		if err := db.Append(bounded(t), store.Event{ID: id}); err == nil {
			t.Errorf("Append took the id %q", id)
		}
	}
	// The largest key works with the longest look-up values and names.
	key := make(store.Key, store.MaxKey)
	for i := range key {
		key[i] = byte(i*7 + i>>3)
	}
	table, index, value := strings.Repeat("t", 64), strings.Repeat("i", 64), store.Key(bytes.Repeat([]byte{0}, 512))
	write(t, db, func(tx store.Tx) error {
		return tx.Insert(table, store.Doc{Key: key, Body: []byte("1")}, store.Indexes{
			Unique: map[string]store.Key{index: value}, Refs: map[string][]store.Key{index: {value}},
		}, true)
	})
	n := 0
	read(t, db, func(tx store.Tx) error {
		n = 0
		return tx.ScanRef(table, index, value, nil, func(d store.Doc) bool {
			if bytes.Equal(d.Key, key) {
				n++
			}
			return true
		})
	})
	if n != 1 {
		t.Errorf("found %d documents by the largest reference", n)
	}
}

func testBigDocuments(t *testing.T, db store.DB) {
	for n := range 3 {
		insert(t, db, &item{Owner: "1", Name: fmt.Sprint(n), N: n, Data: strings.Repeat(string(rune('a'+n)), 1<<20)})
	}
	got := get(t, db, store.K("1", "1"))
	if got.Data != strings.Repeat("b", 1<<20) {
		t.Errorf("a document of 1 MB came back with %d bytes", len(got.Data))
	}
	got.Data = strings.Repeat("z", 2<<20)
	write(t, db, func(tx store.Tx) error { return items().Update(tx, got) })
	total := 0
	read(t, db, func(tx store.Tx) error {
		total = 0
		for i, err := range items().Each(tx, store.K("1")) {
			if err != nil {
				return err
			}
			total += len(i.Data)
		}
		return nil
	})
	if total != 4<<20 {
		t.Errorf("%d bytes in all", total)
	}
}

func testManyRefs(t *testing.T, db store.DB) {
	var tags []string
	for i := range 2000 {
		tags = append(tags, fmt.Sprintf("t%04d", i))
	}
	doc := &item{Owner: "1", Name: "a", Tags: tags}
	insert(t, db, doc)
	doc.Tags = tags[1000:]
	write(t, db, func(tx store.Tx) error { return items().Update(tx, doc) })
	for i := 0; i < 2000; i += 333 {
		want := []string(nil)
		if i >= 1000 {
			want = []string{"1/a"}
		}
		same(t, tags[i], refNames(t, db, "tag", store.K(tags[i])), want)
	}
}
