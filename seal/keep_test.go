package seal

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

func onStores(t *testing.T, test func(t *testing.T, db store.DB)) {
	for name, open := range map[string]func() (store.DB, error){
		"sqlite":   func() (store.DB, error) { return sqlite.Open(t.Context(), "", sqlite.Options{}) },
		"postgres": func() (store.DB, error) { return postgres.Open(t.Context(), storetest.Postgres(t), postgres.Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			test(t, db)
		})
	}
}

// TestRingInStore starts several replicas at once on an empty store: they agree on one ring.
func TestRingInStore(t *testing.T) {
	onStores(t, func(t *testing.T, db store.DB) {
		root := File{Path: filepath.Join(t.TempDir(), "root.key")}
		rings := make([]*Ring, 4)
		var wg sync.WaitGroup
		for i := range rings {
			wg.Go(func() {
				r, err := Open(context.Background(), root, Keep(db), Options{})
				if err != nil {
					t.Error(err)
					return
				}
				rings[i] = r
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		token, err := rings[0].SealToken("p", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rings {
			if got, err := r.OpenToken("p", token); err != nil || string(got) != "x" {
				t.Errorf("a replica opens %q, %v", got, err)
			}
		}
		before, err := db.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rings {
			if err := r.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		changes, err := db.Changes(t.Context(), before, 100)
		if err != nil || len(changes) != len(rings) || changes[0].Table != TableName {
			t.Errorf("rotations show as %v in the change feed, %v", changes, err)
		}
		other := File{Path: filepath.Join(t.TempDir(), "root.key")}
		if _, err := Open(t.Context(), other, Keep(db), Options{}); !errors.Is(err, ErrNoRootKey) {
			t.Errorf("without the root key: %v, want ErrNoRootKey", err)
		}
	})
}

func TestSaveTellsChanges(t *testing.T) {
	onStores(t, func(t *testing.T, db store.DB) {
		k := Keep(db)
		if rec, err := k.Load(t.Context()); err != nil || rec != nil {
			t.Fatalf("an empty store has %+v, %v", rec, err)
		}
		if err := k.Save(t.Context(), &Record{RootKey: "a"}); err != nil {
			t.Fatal(err)
		}
		if err := k.Save(t.Context(), &Record{RootKey: "b"}); !errors.Is(err, ErrChanged) {
			t.Errorf("a second first record: %v, want ErrChanged", err)
		}
		one, err := k.Load(t.Context())
		if err != nil || one.RootKey != "a" {
			t.Fatalf("loaded %+v, %v", one, err)
		}
		one.RootKey = "c"
		if err := k.Save(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		if err := k.Save(t.Context(), one); !errors.Is(err, ErrChanged) {
			t.Errorf("an old record: %v, want ErrChanged", err)
		}
	})
}
