package storetest

import (
	"errors"
	"testing"

	"vauban/store"
)

// RunShared checks what holds between two handles on the same, empty data: two replicas, or a server and the command line.
func RunShared(t *testing.T, open func(t *testing.T) (a, b store.DB)) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, []store.DB)
	}{
		{"Counter", counter},
		{"WriteSkew", writeSkew},
		{"UniqueRace", uniqueRace},
		{"ChangesUnderLoad", changesUnderLoad},
		{"EventsUnderLoad", eventsUnderLoad},
		{"Wake", wakeOther},
		{"Bells", bells},
		{"Handover", handover},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := open(t)
			for _, db := range []store.DB{a, b} {
				t.Cleanup(func() {
					if err := db.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
						t.Errorf("Close: %v", err)
					}
				})
			}
			c.test(t, []store.DB{a, b})
		})
	}
}

// wakeOther: a commit through one handle wakes those who wait at the other.
func wakeOther(t *testing.T, dbs []store.DB) {
	ch, cancel := dbs[1].Wake()
	defer cancel()
	for range 2 {
		insertNext(t, dbs[0])
		for seen := 0; seen == 0; {
			await(t, ch) // it may be woken without reason, too
			seen = len(changesFrom(t, dbs[1], 0))
		}
		if err := dbs[0].Append(bounded(t), event("e")); err != nil {
			t.Fatal(err)
		}
		for seen := 0; seen == 0; {
			await(t, ch)
			seen = len(eventIDs(t, dbs[1], 0))
		}
		write(t, dbs[0], func(tx store.Tx) error {
			return errors.Join(tx.DropEvents(1<<40), items().Delete(tx, store.K("1", "next")))
		})
	}
}

// bells: a bell that one handle's transaction rings is heard through both.
func bells(t *testing.T, dbs []store.DB) {
	for _, db := range dbs {
		heard, cancel := db.Listen("q")
		defer cancel()
		for range 2 {
			write(t, dbs[0], func(tx store.Tx) error { return errors.Join(tx.Ring("q"), tx.Ring("r"), tx.Append(event("e"))) })
			await(t, heard)
			write(t, dbs[0], func(tx store.Tx) error { return tx.DropEvents(1 << 40) })
		}
	}
}

func insertNext(t *testing.T, db store.DB) { insert(t, db, &item{Owner: "1", Name: "next"}) }

// handover: what one handle has written is there for the other at once, also after the first is closed.
func handover(t *testing.T, dbs []store.DB) {
	for n, name := range []string{"a", "b", "c", "d"} {
		insert(t, dbs[n%2], &item{Owner: "1", Name: name, ID: name})
		if got := get(t, dbs[1-n%2], store.K("1", name)); got.ID != name {
			t.Errorf("the other handle sees %+v", got)
		}
	}
	var revs []store.Rev
	read(t, dbs[0], func(tx store.Tx) error {
		revs = nil
		return tx.Scan("test.item", nil, nil, func(d store.Doc) bool { revs = append(revs, d.Rev); return true })
	})
	for i := 1; i < len(revs); i++ {
		if revs[i] <= revs[i-1] {
			t.Errorf("revisions of documents written in turn: %v", revs)
		}
	}
	if err := dbs[0].Close(); err != nil {
		t.Fatal(err)
	}
	insert(t, dbs[1], &item{Owner: "1", Name: "e"})
	same(t, "names", names(t, dbs[1], nil), []string{"1/a", "1/b", "1/c", "1/d", "1/e"})
}
