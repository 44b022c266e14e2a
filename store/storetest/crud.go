package storetest

import (
	"errors"
	"testing"

	"vauban/store"
)

func testInsert(t *testing.T, db store.DB) {
	ann := &item{Owner: "1", Name: "ann", ID: "A", Tags: []string{"x", "y"}, N: 7, Data: "é\"\\\u0000\u2028"}
	insert(t, db, ann)
	same(t, "Get", get(t, db, store.K("1", "ann")), ann)
	exists(t, db, "", func(tx store.Tx) error { return items().Insert(tx, &item{Owner: "1", Name: "ann"}) })
	read(t, db, func(tx store.Tx) error {
		if _, err := items().Get(tx, store.K("1", "bob")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get of an absent key: %v", err)
		}
		if _, err := items().Get(tx, store.K("1")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get of a prefix: %v", err)
		}
		for key, want := range map[string]bool{"ann": true, "bob": false} {
			if has, err := items().Has(tx, store.K("1", key)); has != want || err != nil {
				t.Errorf("Has(%s) = %v, %v", key, has, err)
			}
		}
		return nil
	})
}

func testUpdate(t *testing.T, db store.DB) {
	fails(t, db, store.ErrNotFound, func(tx store.Tx) error { return items().Update(tx, &item{Owner: "1", Name: "ann"}) })
	insert(t, db, &item{Owner: "1", Name: "ann", ID: "A", Mail: "a@", Tags: []string{"x", "y"}, Group: "g"})
	next := &item{Owner: "1", Name: "ann", ID: "B", Tags: []string{"y", "z", "z"}, Group: "h", N: 2}
	write(t, db, func(tx store.Tx) error { return items().Update(tx, next) })
	same(t, "Get", get(t, db, store.K("1", "ann")), next)
	for tag, want := range map[string][]string{"x": nil, "y": {"1/ann"}, "z": {"1/ann"}} {
		same(t, "tag "+tag, refNames(t, db, "tag", store.K(tag)), want)
	}
	same(t, "group", refNames(t, db, "group", store.K("1", "g")), []string(nil))
	same(t, "group", refNames(t, db, "group", store.K("1", "h")), []string{"1/ann"})
	// The values given up are free again.
	insert(t, db, &item{Owner: "1", Name: "bob", ID: "A", Mail: "a@"})
}

func testPut(t *testing.T, db store.DB) {
	for n := 1; n <= 3; n++ {
		want := &item{Owner: "1", Name: "ann", ID: "A", N: n}
		write(t, db, func(tx store.Tx) error { return items().Put(tx, want) })
		same(t, "Get", get(t, db, store.K("1", "ann")), want)
	}
	exists(t, db, "id", func(tx store.Tx) error { return items().Put(tx, &item{Owner: "1", Name: "bob", ID: "A"}) })
	same(t, "names", names(t, db, nil), []string{"1/ann"})
}

func testDelete(t *testing.T, db store.DB) {
	key := store.K("1", "ann")
	fails(t, db, store.ErrNotFound, func(tx store.Tx) error { return items().Delete(tx, key) })
	ann := &item{Owner: "1", Name: "ann", ID: "A", Tags: []string{"x"}}
	insert(t, db, ann)
	write(t, db, func(tx store.Tx) error { return items().Delete(tx, key) })
	same(t, "names", names(t, db, nil), []string(nil))
	same(t, "tag", refNames(t, db, "tag", store.K("x")), []string(nil))
	read(t, db, func(tx store.Tx) error {
		if _, err := items().ByUnique(tx, "id", store.K("A")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ByUnique after Delete: %v", err)
		}
		return nil
	})
	insert(t, db, ann)
	same(t, "tag", refNames(t, db, "tag", store.K("x")), []string{"1/ann"})
}

func testMove(t *testing.T, db store.DB) {
	insert(t, db,
		&item{Owner: "1", Name: "ann", ID: "A", Tags: []string{"x"}},
		&item{Owner: "1", Name: "bob", ID: "B"})
	key := store.K("1", "ann")
	exists(t, db, "", func(tx store.Tx) error {
		return swallow(tx, items().Move(tx, key, &item{Owner: "1", Name: "bob", ID: "A"}))
	})
	exists(t, db, "id", func(tx store.Tx) error {
		return swallow(tx, items().Move(tx, key, &item{Owner: "1", Name: "cid", ID: "B"}))
	})
	fails(t, db, store.ErrNotFound, func(tx store.Tx) error {
		return items().Move(tx, store.K("1", "none"), &item{Owner: "1", Name: "cid"})
	})
	same(t, "names", names(t, db, nil), []string{"1/ann", "1/bob"})
	write(t, db, func(tx store.Tx) error {
		return items().Move(tx, key, &item{Owner: "1", Name: "cid", ID: "A", Tags: []string{"x"}})
	})
	same(t, "names", names(t, db, nil), []string{"1/bob", "1/cid"})
	same(t, "tag", refNames(t, db, "tag", store.K("x")), []string{"1/cid"})
	write(t, db, func(tx store.Tx) error {
		return items().Move(tx, store.K("1", "cid"), &item{Owner: "1", Name: "cid", N: 9})
	})
	same(t, "Get", get(t, db, store.K("1", "cid")), &item{Owner: "1", Name: "cid", N: 9})
}

// swallow passes an error on after looking that the transaction still works.
func swallow(tx store.Tx, err error) error {
	if _, look := items().Get(tx, store.K("1", "bob")); look != nil {
		return look
	}
	return err
}

func testRevisions(t *testing.T, db store.DB) {
	key := store.K("1", "ann")
	seen := map[store.Rev]bool{}
	var last store.Rev
	look := func() (rev store.Rev) {
		read(t, db, func(tx store.Tx) (err error) {
			_, rev, err = items().GetRev(tx, key)
			return err
		})
		if rev <= last || seen[rev] {
			t.Fatalf("revision %d after %d", rev, last)
		}
		seen[rev], last = true, rev
		return rev
	}
	ann := &item{Owner: "1", Name: "ann"}
	insert(t, db, ann)
	first := look()
	write(t, db, func(tx store.Tx) error { return items().UpdateRev(tx, ann, first) })
	second := look()
	fails(t, db, store.ErrConflict, func(tx store.Tx) error { return items().UpdateRev(tx, ann, first) })
	fails(t, db, store.ErrConflict, func(tx store.Tx) error { return items().DeleteRev(tx, key, first) })
	write(t, db, func(tx store.Tx) error { return items().DeleteRev(tx, key, second) })
	insert(t, db, ann)
	look() // greater than before the deletion
	fails(t, db, store.ErrConflict, func(tx store.Tx) error { return items().UpdateRev(tx, ann, second) })
	// Within one transaction the revision moves too.
	write(t, db, func(tx store.Tx) error {
		_, before, err := items().GetRev(tx, key)
		if err != nil {
			return err
		}
		if err := items().UpdateRev(tx, ann, before); err != nil {
			return err
		}
		_, after, err := items().GetRev(tx, key)
		if err == nil && after <= before {
			t.Errorf("revision %d after %d in one transaction", after, before)
		}
		if err := items().UpdateRev(tx, ann, before); !errors.Is(err, store.ErrConflict) {
			t.Errorf("UpdateRev with an old revision: %v", err)
		}
		return err
	})
	look()
}

// testRefused: an operation that answers an error has done nothing, even when the transaction goes on and commits.
func testRefused(t *testing.T, db store.DB) {
	insert(t, db,
		&item{Owner: "1", Name: "ann", ID: "A", Mail: "a@", Tags: []string{"x"}},
		&item{Owner: "1", Name: "bob", ID: "B", Mail: "b@"})
	write(t, db, func(tx store.Tx) error {
		for _, refused := range []error{
			items().Insert(tx, &item{Owner: "1", Name: "ann", ID: "C", Tags: []string{"y"}}),
			items().Insert(tx, &item{Owner: "1", Name: "cid", ID: "C", Mail: "b@", Tags: []string{"y"}}),
			items().Insert(tx, &item{Owner: "1", Name: "cid", ID: "A", Mail: "c@", Tags: []string{"y"}}),
			items().Update(tx, &item{Owner: "1", Name: "ann", ID: "C", Mail: "b@", Tags: []string{"y"}}),
			items().Put(tx, &item{Owner: "1", Name: "dan", ID: "D", Mail: "b@", Tags: []string{"y"}}),
		} {
			var ex *store.ExistsError
			if !errors.As(refused, &ex) {
				t.Errorf("not refused: %v", refused)
			}
		}
		if err := items().UpdateRev(tx, &item{Owner: "1", Name: "bob", Tags: []string{"y"}}, 1<<40); !errors.Is(err, store.ErrConflict) {
			t.Errorf("UpdateRev = %v", err)
		}
		return items().Insert(tx, &item{Owner: "1", Name: "eve"})
	})
	same(t, "names", names(t, db, nil), []string{"1/ann", "1/bob", "1/eve"})
	same(t, "tag x", refNames(t, db, "tag", store.K("x")), []string{"1/ann"})
	same(t, "tag y", refNames(t, db, "tag", store.K("y")), []string(nil))
	// No unique value was left behind by a refused write.
	insert(t, db,
		&item{Owner: "2", Name: "c", ID: "C", Mail: "c@"},
		&item{Owner: "2", Name: "d", ID: "D"})
}

func testUnique(t *testing.T, db store.DB) {
	insert(t, db, &item{Owner: "1", Name: "ann", ID: "A", Mail: "a@"}, &item{Owner: "1", Name: "none"}, &item{Owner: "1", Name: "none2"})
	exists(t, db, "id", func(tx store.Tx) error { return items().Insert(tx, &item{Owner: "2", Name: "x", ID: "A"}) })
	exists(t, db, "mail", func(tx store.Tx) error { return items().Insert(tx, &item{Owner: "2", Name: "x", Mail: "a@"}) })
	exists(t, db, "id", func(tx store.Tx) error { return items().Update(tx, &item{Owner: "1", Name: "none", ID: "A"}) })
	// The same value in another index, or of the same document, is no conflict.
	insert(t, db, &item{Owner: "3", Name: "y", ID: "a@", Mail: "A"})
	write(t, db, func(tx store.Tx) error {
		return items().Update(tx, &item{Owner: "1", Name: "ann", ID: "A", Mail: "a@", N: 1})
	})
	read(t, db, func(tx store.Tx) error {
		for _, c := range []struct{ index, value, want string }{{"id", "A", "ann"}, {"mail", "a@", "ann"}, {"id", "a@", "y"}, {"mail", "A", "y"}} {
			if got, err := items().ByUnique(tx, c.index, store.K(c.value)); err != nil || got.Name != c.want {
				t.Errorf("ByUnique(%s, %s) = %+v, %v", c.index, c.value, got, err)
			}
		}
		_, rev, err := items().GetRev(tx, store.K("1", "ann"))
		_, byID, err2 := items().ByUniqueRev(tx, "id", store.K("A"))
		if rev != byID || rev == 0 {
			t.Errorf("ByUniqueRev = %d, want %d", byID, rev)
		}
		if _, err := items().ByUnique(tx, "id", store.K("B")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ByUnique of an absent value: %v", err)
		}
		return errors.Join(err, err2)
	})
	// A value can change hands within one transaction.
	write(t, db, func(tx store.Tx) error {
		if err := items().Update(tx, &item{Owner: "1", Name: "ann", ID: "A2"}); err != nil {
			return err
		}
		return items().Update(tx, &item{Owner: "1", Name: "none", ID: "A", Mail: "a@"})
	})
	read(t, db, func(tx store.Tx) error {
		got, err := items().ByUnique(tx, "id", store.K("A"))
		if err == nil && got.Name != "none" {
			t.Errorf("ByUnique after the change of hands = %+v", got)
		}
		return err
	})
}
