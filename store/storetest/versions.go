package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"vauban/store"
)

// The same table in three releases of a program: the name was one string, then two, then got a greeting.
type person0 struct{ ID, Name string }

type person1 struct{ ID, First, Last string }

type person2 struct{ ID, First, Last, Greeting string }

func people0() *store.Table[person0] {
	return &store.Table[person0]{
		Name: "test.person", Cached: true,
		Key: func(p *person0) store.Key { return store.K(p.ID) },
		Refs: map[string]func(*person0) []store.Key{"last": func(p *person0) []store.Key {
			_, last, _ := strings.Cut(p.Name, " ")
			return []store.Key{store.K(last)}
		}},
	}
}

func upgradePerson(version int, body []byte) ([]byte, error) {
	switch version {
	case 0:
		var p person0
		if err := json.Unmarshal(body, &p); err != nil {
			return nil, err
		}
		first, last, _ := strings.Cut(p.Name, " ")
		return json.Marshal(person1{p.ID, first, last})
	case 1:
		var p person1
		if err := json.Unmarshal(body, &p); err != nil {
			return nil, err
		}
		return json.Marshal(person2{p.ID, p.First, p.Last, "Dear " + p.First})
	}
	return nil, fmt.Errorf("no version %d", version)
}

func people1() *store.Table[person1] {
	return &store.Table[person1]{
		Name: "test.person", Cached: true, Version: 1, Upgrade: upgradePerson,
		Key:  func(p *person1) store.Key { return store.K(p.ID) },
		Refs: map[string]func(*person1) []store.Key{"last": func(p *person1) []store.Key { return []store.Key{store.K(p.Last)} }},
		Downgrade: func(body []byte) ([]byte, error) {
			var p person1
			if err := json.Unmarshal(body, &p); err != nil {
				return nil, err
			}
			return json.Marshal(person0{p.ID, p.First + " " + p.Last})
		},
	}
}

func people2() *store.Table[person2] {
	return &store.Table[person2]{
		Name: "test.person", Cached: true, Version: 2, Upgrade: upgradePerson,
		Key:  func(p *person2) store.Key { return store.K(p.ID) },
		Refs: map[string]func(*person2) []store.Key{"last": func(p *person2) []store.Key { return []store.Key{store.K(p.Last)} }},
	}
}

// versionsOf tells the stored versions.
func versionsOf(t *testing.T, db store.DB, table string) map[int]int {
	t.Helper()
	found := map[int]int{}
	read(t, db, func(tx store.Tx) error {
		clear(found)
		return tx.Scan(table, nil, nil, func(d store.Doc) bool { found[d.Version]++; return true })
	})
	return found
}

func testVersions(t *testing.T, db store.DB) {
	ctx := bounded(t)
	check := func(want error, tables ...store.Schema) {
		t.Helper()
		if err := store.CheckVersions(ctx, db, tables...); !errors.Is(err, want) {
			t.Fatalf("CheckVersions = %v, want %v", err, want)
		}
	}
	check(nil, people0(), items())
	for i := range 250 {
		write(t, db, func(tx store.Tx) error {
			return people0().Insert(tx, &person0{fmt.Sprintf("%03d", i), fmt.Sprint("Ann Lee", i)})
		})
	}
	check(nil, people2(), items())
	check(store.ErrNewer, people0())
	check(store.ErrNewer, people1())
	check(store.ErrNewer) // a program that has never heard of versions of the table
	read(t, db, func(tx store.Tx) error {
		p, err := people2().Get(tx, store.K("007"))
		same(t, "upgraded by two", p, &person2{"007", "Ann", "Lee7", "Dear Ann"})
		return err
	})
	write(t, db, func(tx store.Tx) error { return people2().Update(tx, &person2{"007", "Jo", "Bond", "Hello"}) })
	same(t, "versions", versionsOf(t, db, "test.person"), map[int]int{0: 249, 2: 1})
	// An old program neither reads the new document wrongly nor overwrites it.
	read(t, db, func(tx store.Tx) error {
		if _, err := people0().Get(tx, store.K("007")); !errors.Is(err, store.ErrNewer) {
			t.Errorf("Get of a newer document: %v", err)
		}
		if _, err := people0().List(tx, nil, nil, 0); !errors.Is(err, store.ErrNewer) {
			t.Errorf("List with a newer document: %v", err)
		}
		return nil
	})
	fails(t, db, store.ErrNewer, func(tx store.Tx) error { return people0().Put(tx, &person0{"007", "x y"}) })

	// An old program that still serves does not take the new one's note away, or it would start again on what it cannot read.
	if n, err := store.Rewrite(ctx, db, people1()); n != 0 || !errors.Is(err, store.ErrNewer) {
		t.Errorf("Rewrite of the old program = %d, %v", n, err)
	}
	check(store.ErrNewer, people1())

	head := headOf(t, db)
	if n, err := store.Rewrite(ctx, db, people2()); n != 249 || err != nil {
		t.Errorf("Rewrite = %d, %v", n, err)
	}
	same(t, "versions", versionsOf(t, db, "test.person"), map[int]int{2: 250})
	if n := len(changesFrom(t, db, head)); n != 249 {
		t.Errorf("%d changes by Rewrite", n)
	}
	if n, err := store.Rewrite(ctx, db, people2()); n != 0 || err != nil {
		t.Errorf("second Rewrite = %d, %v", n, err)
	}
	read(t, db, func(tx store.Tx) error {
		p, err := people2().ListRef(tx, "last", store.K("Lee9"), nil, 0)
		if err != nil || len(p.Items) != 1 || p.Items[0].Greeting != "Dear Ann" {
			t.Errorf("after Rewrite: %v, %v", p.Items, err)
		}
		return err
	})
}

// testRewriteUnread: documents that cannot be read stay as they are, and keep no others from being rewritten.
func testRewriteUnread(t *testing.T, db store.DB) {
	ctx := bounded(t)
	for i := range 250 {
		write(t, db, func(tx store.Tx) error { return people0().Insert(tx, &person0{fmt.Sprintf("%03d", i), "Ann Lee"}) })
	}
	unread := errors.New("no such person")
	picky := people1()
	picky.Upgrade = func(version int, body []byte) ([]byte, error) {
		if strings.Contains(string(body), `"007"`) || strings.Contains(string(body), `"107"`) {
			return nil, unread
		}
		return upgradePerson(version, body)
	}
	n, err := store.Rewrite(ctx, db, picky)
	if n != 248 || !errors.Is(err, unread) || !strings.Contains(err.Error(), "2 documents") || !strings.Contains(err.Error(), "007") {
		t.Errorf("Rewrite = %d, %v", n, err)
	}
	same(t, "versions", versionsOf(t, db, "test.person"), map[int]int{0: 2, 1: 248})
}

// testRollingUpgrade: while programs of two versions serve, both read what either writes.
func testRollingUpgrade(t *testing.T, db store.DB) {
	ctx := bounded(t)
	if err := store.CheckVersions(ctx, db, people0()); err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx store.Tx) error { return people0().Insert(tx, &person0{"1", "Ann Lee"}) })
	// The first new replica starts beside old ones.
	if err := store.CheckVersions(ctx, db, people1()); err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx store.Tx) error {
		p, err := people1().Get(tx, store.K("1"))
		if err != nil {
			return err
		}
		p.Last = "Kim"
		return errors.Join(people1().Update(tx, p), people1().Insert(tx, &person1{"2", "Bob", "Ray"}))
	})
	// An old replica may even restart now, and goes on working with everything.
	if err := store.CheckVersions(ctx, db, people0()); err != nil {
		t.Fatalf("an old replica is refused in the middle of an upgrade: %v", err)
	}
	write(t, db, func(tx store.Tx) error {
		p, err := people0().List(tx, nil, nil, 0)
		if err != nil {
			return err
		}
		same(t, "as the old program sees it", p.Items, []*person0{{"1", "Ann Kim"}, {"2", "Bob Ray"}})
		p.Items[0].Name = "Ann Fox"
		return people0().Update(tx, p.Items[0])
	})
	read(t, db, func(tx store.Tx) error {
		p, err := people1().Get(tx, store.K("1"))
		same(t, "as the new program sees it", p, &person1{"1", "Ann", "Fox"})
		return err
	})
	// All are new: from now on the new version is written, and an old program is refused.
	if n, err := store.Rewrite(ctx, db, people1()); n != 2 || err != nil {
		t.Errorf("Rewrite = %d, %v", n, err)
	}
	write(t, db, func(tx store.Tx) error { return people1().Put(tx, &person1{"3", "Cy", "Orr"}) })
	same(t, "versions", versionsOf(t, db, "test.person"), map[int]int{1: 3})
	if err := store.CheckVersions(ctx, db, people0()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("CheckVersions of the old program = %v", err)
	}
}
