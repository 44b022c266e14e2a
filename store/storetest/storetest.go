package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vauban/store"
)

// Open returns a new, empty store. The suite closes it.
type Open func(t *testing.T) store.DB

// Run checks the whole contract, each part on a store of its own.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, store.DB)
	}{
		{"Insert", testInsert},
		{"Update", testUpdate},
		{"Put", testPut},
		{"Delete", testDelete},
		{"Move", testMove},
		{"Revisions", testRevisions},
		{"RefusedWritesDoNothing", testRefused},
		{"Unique", testUnique},
		{"List", testList},
		{"Skim", testSkim},
		{"SkimPages", testSkimPages},
		{"ListRef", testListRef},
		{"Each", testEach},
		{"PagingWhileWriting", testPagingWhileWriting},
		{"ScanWithinScan", testNestedScan},
		{"WritingWithinScan", testWriteInScan},
		{"Tables", testTablesApart},
		{"EdgeKeys", testEdgeKeys},
		{"LongIndexValues", testLongValues},
		{"TooLarge", testTooLarge},
		{"BigDocuments", testBigDocuments},
		{"ManyReferences", testManyRefs},
		{"Rollback", testRollback},
		{"Isolation", testIsolation},
		{"ReadOnly", testReadOnly},
		{"Snapshot", testSnapshot},
		{"OwnWrites", testOwnWrites},
		{"Panic", testPanic},
		{"Unwound", testUnwound},
		{"Cancel", testCancel},
		{"KeptTx", testKeptTx},
		{"Counter", testCounter},
		{"WriteSkew", testWriteSkew},
		{"UniqueRace", testUniqueRace},
		{"Changes", testChanges},
		{"ChangesUnderLoad", testChangesUnderLoad},
		{"Events", testEvents},
		{"EventsUnderLoad", testEventsUnderLoad},
		{"Wake", testWake},
		{"Bells", testBells},
		{"Versions", testVersions},
		{"RollingUpgrade", testRollingUpgrade},
		{"RewriteUnread", testRewriteUnread},
		{"Close", testClose},
		{"Model", testModel},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, opened(t, open)) })
	}
}

func opened(t *testing.T, open Open) store.DB {
	t.Helper()
	db := open(t)
	t.Cleanup(func() {
		if err := db.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

// patience bounds every wait for a condition; a healthy driver takes milliseconds.
const patience = 20 * time.Second

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	t.Cleanup(cancel)
	return ctx
}

// item is the document of the suite: a key of two parts, two unique and two look-up indexes.
type item struct {
	Owner, Name string
	ID          string   `json:",omitempty"`
	Mail        string   `json:",omitempty"`
	Tags        []string `json:",omitempty"`
	Group       string   `json:",omitempty"`
	N           int      `json:",omitempty"`
	Data        string   `json:",omitempty"`
}

func items() *store.Table[item] {
	return &store.Table[item]{
		Name: "test.item",
		Key:  func(i *item) store.Key { return store.K(i.Owner, i.Name) },
		Unique: map[string]func(*item) store.Key{
			"id":   func(i *item) store.Key { return valueOf(i.ID) },
			"mail": func(i *item) store.Key { return valueOf(i.Mail) },
		},
		Refs: map[string]func(*item) []store.Key{
			"tag": func(i *item) []store.Key {
				var ks []store.Key
				for _, tag := range i.Tags {
					ks = append(ks, store.K(tag))
				}
				return ks
			},
			"group": func(i *item) []store.Key {
				if i.Group == "" {
					return nil
				}
				return []store.Key{store.K(i.Owner, i.Group)}
			},
		},
		Cached: true,
	}
}

func valueOf(s string) store.Key {
	if s == "" {
		return nil
	}
	return store.K(s)
}

func write(t *testing.T, db store.DB, fn func(store.Tx) error) {
	t.Helper()
	if err := db.Write(bounded(t), fn); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

func read(t *testing.T, db store.DB, fn func(store.Tx) error) {
	t.Helper()
	if err := db.Read(bounded(t), fn); err != nil {
		t.Fatalf("Read: %v", err)
	}
}

func insert(t *testing.T, db store.DB, all ...*item) {
	t.Helper()
	write(t, db, func(tx store.Tx) error {
		for _, i := range all {
			if err := items().Insert(tx, i); err != nil {
				return fmt.Errorf("insert %s/%s: %w", i.Owner, i.Name, err)
			}
		}
		return nil
	})
}

// names lists what is stored under a prefix, and checks that it comes in order.
func names(t *testing.T, db store.DB, prefix store.Key) []string {
	t.Helper()
	var out []string
	read(t, db, func(tx store.Tx) error {
		out = nil
		for i, err := range items().Each(tx, prefix) {
			if err != nil {
				return err
			}
			out = append(out, i.Owner+"/"+i.Name)
		}
		return nil
	})
	return out
}

func refNames(t *testing.T, db store.DB, index string, value store.Key) []string {
	t.Helper()
	var out []string
	read(t, db, func(tx store.Tx) error {
		out = nil
		for i, err := range items().EachRef(tx, index, value) {
			if err != nil {
				return err
			}
			out = append(out, i.Owner+"/"+i.Name)
		}
		return nil
	})
	return out
}

func get(t *testing.T, db store.DB, key store.Key) (got *item) {
	t.Helper()
	read(t, db, func(tx store.Tx) (err error) {
		got, err = items().Get(tx, key)
		return err
	})
	return got
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// fails checks the error of a write.
func fails(t *testing.T, db store.DB, want error, fn func(store.Tx) error) {
	t.Helper()
	if err := db.Write(bounded(t), fn); !errors.Is(err, want) {
		t.Errorf("Write = %v, want %v", err, want)
	}
}

// exists checks that a write is refused because of the index, "" for the primary key.
func exists(t *testing.T, db store.DB, index string, fn func(store.Tx) error) {
	t.Helper()
	err := db.Write(bounded(t), fn)
	var ex *store.ExistsError
	if !errors.As(err, &ex) || ex.Table != "test.item" || ex.Index != index {
		t.Errorf("Write = %v, want that %q exists", err, index)
	}
}

var errWanted = errors.New("wanted")
