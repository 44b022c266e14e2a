package storetest

import (
	"errors"
	"fmt"
	"testing"

	"vauban/store"
)

// testCounter: increments of one document are never lost, whatever runs at once.
func testCounter(t *testing.T, db store.DB) { counter(t, []store.DB{db}) }

func counter(t *testing.T, dbs []store.DB) {
	insert(t, dbs[0], &item{Owner: "1", Name: "n"})
	const workers, times = 12, 15
	for i, err := range each(workers, func(w int) error {
		for range times {
			err := dbs[w%len(dbs)].Write(bounded(t), func(tx store.Tx) error {
				n, rev, err := items().GetRev(tx, store.K("1", "n"))
				if err != nil {
					return err
				}
				n.N++
				return errors.Join(items().UpdateRev(tx, n, rev), tx.Append(event(fmt.Sprint(n.N))))
			})
			if err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Errorf("worker %d: %v", i, err)
		}
	}
	if n := get(t, dbs[0], store.K("1", "n")).N; n != workers*times {
		t.Errorf("counted %d of %d", n, workers*times)
	}
	// The log has them in the order of the commits.
	for i, id := range eventIDs(t, dbs[0], 0) {
		if id != fmt.Sprint(i+1) {
			t.Fatalf("event %d says %s", i, id)
		}
	}
}

// testWriteSkew: two transactions that each read what the other writes cannot both win. The rule here is IAM's: a group with a
// member is not deleted, and a member joins only a group that is there.
func testWriteSkew(t *testing.T, db store.DB) { writeSkew(t, []store.DB{db}) }

func writeSkew(t *testing.T, dbs []store.DB) {
	for round := range 15 {
		group := fmt.Sprintf("g%02d", round)
		insert(t, dbs[0], &item{Owner: "group", Name: group})
		errs := each(4, func(i int) error {
			return dbs[i%len(dbs)].Write(bounded(t), func(tx store.Tx) error {
				if i < 2 { // join
					if _, err := items().Get(tx, store.K("group", group)); err != nil {
						return err
					}
					return items().Insert(tx, &item{Owner: "member", Name: fmt.Sprint(group, i), Tags: []string{group}})
				}
				if used, err := items().HasRef(tx, "tag", store.K(group)); err != nil || used {
					return errors.Join(err, errWanted)
				}
				return items().Delete(tx, store.K("group", group))
			})
		})
		for i, err := range errs {
			if err != nil && !errors.Is(err, store.ErrNotFound) && err.Error() != errWanted.Error() {
				t.Errorf("round %d, %d: %v", round, i, err)
			}
		}
		read(t, dbs[0], func(tx store.Tx) error {
			used, err := items().HasRef(tx, "tag", store.K(group))
			if err != nil {
				return err
			}
			has, err := items().Has(tx, store.K("group", group))
			if used && !has {
				t.Errorf("round %d: members of a group that was deleted", round)
			}
			if !used && has {
				t.Errorf("round %d: nobody won", round)
			}
			return err
		})
	}
}

// testUniqueRace: of all that want a key or a unique value at once, one gets it.
func testUniqueRace(t *testing.T, db store.DB) { uniqueRace(t, []store.DB{db}) }

func uniqueRace(t *testing.T, dbs []store.DB) {
	for round := range 8 {
		for _, kind := range []string{"key", "id"} {
			errs := each(8, func(i int) error {
				it := &item{Owner: "1", Name: fmt.Sprint("k", round)}
				if kind == "id" {
					it = &item{Owner: "2", Name: fmt.Sprint(round, ".", i), ID: fmt.Sprint("id", round), Tags: []string{"x"}}
				}
				return dbs[i%len(dbs)].Write(bounded(t), func(tx store.Tx) error { return items().Insert(tx, it) })
			})
			won := 0
			for _, err := range errs {
				var ex *store.ExistsError
				switch {
				case err == nil:
					won++
				case !errors.As(err, &ex):
					t.Errorf("%s: %v", kind, err)
				}
			}
			if won != 1 {
				t.Errorf("%s: %d winners", kind, won)
			}
		}
	}
	if n := len(refNames(t, dbs[0], "tag", store.K("x"))); n != 8 {
		t.Errorf("%d references of 8 winners", n)
	}
}
