package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vauban/store"
)

func testList(t *testing.T, db store.DB) {
	for _, name := range []string{"b", "a", "c", "ab", ""} {
		for _, owner := range []string{"2", "1", "10"} {
			insert(t, db, &item{Owner: owner, Name: name})
		}
	}
	want := []string{"1/", "1/a", "1/ab", "1/b", "1/c"}
	same(t, "prefix 1", names(t, db, store.K("1")), want)
	same(t, "prefix 10", names(t, db, store.K("10")), []string{"10/", "10/a", "10/ab", "10/b", "10/c"})
	same(t, "no such prefix", names(t, db, store.K("3")), []string(nil))
	same(t, "whole key", names(t, db, store.K("1", "a")), []string{"1/a"})
	if n := len(names(t, db, nil)); n != 15 {
		t.Errorf("%d documents in all", n)
	}
	for limit := 0; limit <= 6; limit++ {
		same(t, fmt.Sprint("pages of ", limit), pages(t, db, store.K("1"), limit), want)
	}
	read(t, db, func(tx store.Tx) error {
		p, err := items().List(tx, store.K("1"), store.K("1", "aa"), 2) // after a key that is not there
		if err != nil {
			return err
		}
		if len(p.Items) != 2 || p.Items[0].Name != "ab" || p.Next.Compare(store.K("1", "b")) != 0 {
			t.Errorf("List after aa = %v", p)
		}
		if p, err = items().List(tx, store.K("10"), store.K("1", "b"), 1); err != nil || p.Items[0].Owner != "10" {
			t.Errorf("List after a key before the prefix = %v, %v", p, err)
		}
		if p, err = items().List(tx, store.K("1"), store.K("2"), 1); err != nil || len(p.Items) != 0 || p.Next != nil {
			t.Errorf("List after a key behind the prefix = %v, %v", p, err)
		}
		for most, want := range map[int]int{0: 5, 3: 3, 9: 5} {
			if n, err := items().Count(tx, store.K("1"), most); n != want || err != nil {
				t.Errorf("Count up to %d = %d, %v", most, n, err)
			}
		}
		return nil
	})
}

// pages lists by pages and checks their sizes.
func pages(t *testing.T, db store.DB, prefix store.Key, limit int) (all []string) {
	t.Helper()
	for after := store.Key(nil); ; {
		var p store.Page[item]
		read(t, db, func(tx store.Tx) (err error) {
			p, err = items().List(tx, prefix, after, limit)
			return err
		})
		if limit > 0 && (len(p.Items) > limit || p.Next != nil && len(p.Items) < limit) || limit == 0 && p.Next != nil {
			t.Fatalf("page of %d for limit %d, next %v", len(p.Items), limit, p.Next)
		}
		for _, i := range p.Items {
			all = append(all, i.Owner+"/"+i.Name)
		}
		if p.Next == nil {
			return all
		}
		after = p.Next
	}
}

func testListRef(t *testing.T, db store.DB) {
	insert(t, db,
		&item{Owner: "2", Name: "a", Tags: []string{"x"}},
		&item{Owner: "1", Name: "b", Tags: []string{"x", "xy"}},
		&item{Owner: "1", Name: "a", Tags: []string{"x", "x"}, Group: "x"},
		&item{Owner: "1", Name: "c", Tags: []string{"", "y"}},
	)
	same(t, "x", refNames(t, db, "tag", store.K("x")), []string{"1/a", "1/b", "2/a"})
	same(t, "xy", refNames(t, db, "tag", store.K("xy")), []string{"1/b"})
	same(t, "empty", refNames(t, db, "tag", store.K("")), []string{"1/c"})
	same(t, "z", refNames(t, db, "tag", store.K("z")), []string(nil))
	same(t, "group", refNames(t, db, "group", store.K("1", "x")), []string{"1/a"})
	same(t, "part of a value", refNames(t, db, "group", store.K("1")), []string(nil))
	read(t, db, func(tx store.Tx) error {
		var got []string
		var after store.Key
		for {
			p, err := items().ListRef(tx, "tag", store.K("x"), after, 2)
			if err != nil {
				return err
			}
			for _, i := range p.Items {
				got = append(got, i.Owner+"/"+i.Name)
			}
			if after = p.Next; after == nil {
				break
			}
		}
		same(t, "pages", got, []string{"1/a", "1/b", "2/a"})
		for value, want := range map[string]bool{"x": true, "z": false} {
			if has, err := items().HasRef(tx, "tag", store.K(value)); has != want || err != nil {
				t.Errorf("HasRef(%s) = %v, %v", value, has, err)
			}
		}
		n, err := items().CountRef(tx, "tag", store.K("x"), 0)
		if n != 3 {
			t.Errorf("CountRef = %d", n)
		}
		return err
	})
}

func testEach(t *testing.T, db store.DB) {
	for i := range 50 {
		insert(t, db, &item{Owner: "1", Name: fmt.Sprintf("%02d", i), Tags: []string{"all"}})
	}
	read(t, db, func(tx store.Tx) error {
		for name, seq := range map[string]func(func(*item, error) bool){
			"Each": items().Each(tx, store.K("1")), "EachRef": items().EachRef(tx, "tag", store.K("all")),
		} {
			n := 0
			for i, err := range seq {
				if err != nil {
					return err
				}
				if i.Name != fmt.Sprintf("%02d", n) {
					t.Errorf("%s: %s at %d", name, i.Name, n)
				}
				if n++; n == 40 {
					break
				}
			}
			if n != 40 {
				t.Errorf("%s ended after %d", name, n)
			}
		}
		return nil
	})
}

// testPagingWhileWriting: what is there all the time is listed once, in order, whatever comes and goes between the pages.
func testPagingWhileWriting(t *testing.T, db store.DB) {
	var stay []string
	for i := range 60 {
		insert(t, db, &item{Owner: "1", Name: fmt.Sprintf("%03d", i*10)})
		stay = append(stay, fmt.Sprintf("1/%03d", i*10))
	}
	var got []string
	extra := 0
	for after := store.Key(nil); ; {
		var p store.Page[item]
		read(t, db, func(tx store.Tx) (err error) {
			p, err = items().List(tx, store.K("1"), after, 7)
			return err
		})
		for _, i := range p.Items {
			got = append(got, i.Owner+"/"+i.Name)
		}
		if after = p.Next; after == nil {
			break
		}
		// The document that the cursor names disappears, others come before and after it.
		last := p.Items[len(p.Items)-1]
		write(t, db, func(tx store.Tx) error { return items().Delete(tx, items().Key(last)) })
		insert(t, db, &item{Owner: "1", Name: fmt.Sprintf("%03d", extra*10+5)}, &item{Owner: "1", Name: last.Name + "x"})
		extra++
	}
	if !slices.IsSorted(got) {
		t.Errorf("not in order: %v", got)
	}
	seen := map[string]int{}
	for _, g := range got {
		seen[g]++
	}
	for _, s := range stay {
		if seen[s] != 1 {
			t.Errorf("%s listed %d times", s, seen[s])
		}
	}
}

func testNestedScan(t *testing.T, db store.DB) {
	for i := range 12 {
		insert(t, db, &item{Owner: fmt.Sprint(i / 4), Name: fmt.Sprint(i), Tags: []string{"all"}})
	}
	n := 0
	read(t, db, func(tx store.Tx) error {
		n = 0
		for outer, err := range items().EachRef(tx, "tag", store.K("all")) {
			if err != nil {
				return err
			}
			for inner, err := range items().Each(tx, store.K(outer.Owner)) {
				if err != nil {
					return err
				}
				for _, err := range items().Each(tx, store.K(inner.Owner, inner.Name)) {
					if err != nil {
						return err
					}
					n++
				}
			}
		}
		return nil
	})
	if n != 12*4 {
		t.Errorf("visited %d, want 48", n)
	}
}

func testWriteInScan(t *testing.T, db store.DB) {
	for i := range 100 {
		insert(t, db, &item{Owner: "1", Name: fmt.Sprintf("%03d", i), ID: fmt.Sprint(i), Tags: []string{"old"}})
	}
	write(t, db, func(tx store.Tx) error {
		for i, err := range items().Each(tx, store.K("1")) {
			if err != nil {
				return err
			}
			i.Tags = []string{"new"}
			if err := items().Update(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if n := len(refNames(t, db, "tag", store.K("new"))); n != 100 {
		t.Errorf("%d updated", n)
	}
	write(t, db, func(tx store.Tx) error {
		for i, err := range items().EachRef(tx, "tag", store.K("new")) {
			if err != nil {
				return err
			}
			if err := items().Delete(tx, items().Key(i)); err != nil {
				return err
			}
		}
		return nil
	})
	same(t, "after deletion", names(t, db, nil), []string(nil))
}

func testTablesApart(t *testing.T, db store.DB) {
	other := items()
	other.Name = "test.item2"
	dotted := items()
	dotted.Name = "test"
	write(t, db, func(tx store.Tx) error {
		for _, table := range []*store.Table[item]{items(), other, dotted} {
			if err := table.Insert(tx, &item{Owner: "1", Name: table.Name, ID: "A", Tags: []string{"x"}}); err != nil {
				return err
			}
		}
		return nil
	})
	read(t, db, func(tx store.Tx) error {
		for _, table := range []*store.Table[item]{items(), other, dotted} {
			all, err := table.List(tx, nil, nil, 0)
			if err != nil {
				return err
			}
			refs, err := table.ListRef(tx, "tag", store.K("x"), nil, 0)
			if err != nil {
				return err
			}
			one, err := table.ByUnique(tx, "id", store.K("A"))
			if err != nil {
				return err
			}
			if len(all.Items) != 1 || len(refs.Items) != 1 || all.Items[0].Name != table.Name || one.Name != table.Name {
				t.Errorf("%s holds %v, %v, %v", table.Name, all.Items, refs.Items, one)
			}
		}
		return nil
	})
}

// testSkim: the documents that Skim visits are those of Scan without the rest of each group.
func testSkim(t *testing.T, db store.DB) {
	for _, name := range []string{"a", "a/1", "a/2", "a/b/3", "a//", "b", "b/", "b0", "c/x/1", "c/y/2", "é/1", "é/2", "/", "//", ""} {
		for _, owner := range []string{"1", "10", "2"} {
			insert(t, db, &item{Owner: owner, Name: name})
		}
	}
	inside := func(owner, prefix string) store.Key { // the keys of an owner whose names have the prefix
		k := store.K(owner, prefix)
		return k[:len(k)-1]
	}
	for _, sep := range []string{"/", "//", "x/", "é", "no such"} {
		for _, prefix := range []string{"", "a", "a/", "a/b", "c/", "d"} {
			for _, after := range []store.Key{nil, store.K("0"), store.K("1", "a/1"), append(inside("1", "a/"), 0xff), store.K("1", "b"), store.K("3")} {
				var want, got []string
				read(t, db, func(tx store.Tx) error {
					p, seen := inside("1", prefix), map[string]bool{}
					if err := tx.Scan("test.item", p, after, func(d store.Doc) bool {
						group, _, grouped := strings.Cut(string(d.Key[len(p):]), sep)
						if !grouped || !seen[group] {
							want = append(want, d.Key.String())
						}
						if grouped {
							seen[group] = true
						}
						return true
					}); err != nil {
						return err
					}
					return tx.Skim("test.item", p, after, []byte(sep), func(d store.Doc) bool {
						got = append(got, d.Key.String())
						return true
					})
				})
				same(t, fmt.Sprintf("sep %q, prefix %q, after %v", sep, prefix, after), got, want)
			}
		}
	}
}

// testSkimPages: a visit that is ended goes on where it ended, over many chunks.
func testSkimPages(t *testing.T, db store.DB) {
	var all []*item
	for i := range 300 {
		for j := range 3 {
			all = append(all, &item{Owner: "1", Name: fmt.Sprintf("%03d/%d", i, j)})
		}
	}
	insert(t, db, all...)
	prefix := store.K("1", "")
	prefix = prefix[:len(prefix)-1]
	n := 0
	read(t, db, func(tx store.Tx) error {
		var after store.Key
		for {
			last, visited := store.Key(nil), 0
			err := tx.Skim("test.item", prefix, after, []byte("/"), func(d store.Doc) bool {
				if visited == 70 {
					return false
				}
				visited++
				last = d.Key
				return true
			})
			n += visited
			if err != nil || visited == 0 {
				return err
			}
			after = append(last[:len(prefix)+len("000/")], 0xff)
		}
	})
	if n != 300 {
		t.Errorf("%d groups, want 300", n)
	}
}
