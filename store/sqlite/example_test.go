package sqlite_test

import (
	"context"
	"errors"
	"fmt"

	"vauban/store"
	"vauban/store/sqlite"
)

type group struct {
	Account, Name string
	Members       []string
}

// A table says how its documents are found; a transaction reads and writes them.
func Example() {
	groups := &store.Table[group]{
		Name: "example.group",
		Key:  func(g *group) store.Key { return store.K(g.Account, g.Name) },
		Refs: map[string]func(*group) []store.Key{"member": func(g *group) (keys []store.Key) {
			for _, m := range g.Members {
				keys = append(keys, store.K(g.Account, m))
			}
			return keys
		}},
	}
	ctx := context.Background()
	db, err := sqlite.Open(ctx, "", sqlite.Options{})
	if err != nil {
		panic(err)
	}
	defer db.Close()

	err = db.Write(ctx, func(tx store.Tx) error {
		return errors.Join(
			groups.Insert(tx, &group{"1", "ops", []string{"ann", "bob"}}),
			groups.Insert(tx, &group{"1", "dev", []string{"bob"}}))
	})
	if err != nil {
		panic(err)
	}
	err = db.Read(ctx, func(tx store.Tx) error {
		for g, err := range groups.EachRef(tx, "member", store.K("1", "bob")) {
			if err != nil {
				return err
			}
			fmt.Println(g.Name)
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// dev
	// ops
}
