package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"vauban/store"
)

type user struct {
	Account, Name, ID string
	Groups            []string
}

func users() *store.Table[user] {
	return &store.Table[user]{
		Name: "iam.user",
		Key:  func(u *user) store.Key { return store.K(u.Account, u.Name) },
		Unique: map[string]func(*user) store.Key{
			"id": func(u *user) store.Key { return store.K(u.ID) },
		},
		Refs: map[string]func(*user) []store.Key{
			"group": func(u *user) []store.Key {
				var ks []store.Key
				for _, g := range u.Groups {
					ks = append(ks, store.K(u.Account, g))
				}
				return ks
			},
		},
		Cached: true,
	}
}

func TestSpine(t *testing.T) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "new", "state.db")} {
		ctx := context.Background()
		start := time.Now()
		db, err := Open(ctx, path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("open %q: %v", path, time.Since(start))
		us := users()
		err = db.Write(ctx, func(tx store.Tx) error {
			return errors.Join(
				us.Insert(tx, &user{"1", "ann", "A1", []string{"dev", "ops"}}),
				us.Insert(tx, &user{"1", "bob", "A2", []string{"ops"}}),
				tx.Append(store.Event{ID: "e1", Time: time.Unix(1, 0), Body: []byte("{}")}),
			)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Read(ctx, func(tx store.Tx) error {
			p, err := us.ListRef(tx, "group", store.K("1", "ops"), nil, 1)
			if err != nil || len(p.Items) != 1 || p.Items[0].Name != "ann" {
				t.Errorf("ListRef = %+v, %v", p, err)
			}
			p, err = us.ListRef(tx, "group", store.K("1", "ops"), p.Next, 1)
			if err != nil || len(p.Items) != 1 || p.Items[0].Name != "bob" || p.Next != nil {
				t.Errorf("ListRef = %+v, %v", p, err)
			}
			u, err := us.ByUnique(tx, "id", store.K("A2"))
			if err != nil || u.Name != "bob" {
				t.Errorf("ByUnique = %+v, %v", u, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var ex *store.ExistsError
		err = db.Write(ctx, func(tx store.Tx) error { return us.Insert(tx, &user{"2", "x", "A2", nil}) })
		if !errors.As(err, &ex) || ex.Index != "id" {
			t.Fatal(err)
		}
		if h, err := db.Head(ctx); h != 2 || err != nil {
			t.Fatal(h, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
