package store_test

import (
	"errors"
	"slices"
	"testing"

	"vauban/store"
	"vauban/store/sqlite"
)

type word struct{ Key, Text string }

var words = &store.Table[word]{Name: "test.word", Key: func(w *word) store.Key { return store.K("words", w.Key) }}

func TestMemo(t *testing.T) {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	put := func(key, text string) {
		t.Helper()
		if err := db.Write(t.Context(), func(tx store.Tx) error { return words.Put(tx, &word{key, text}) }); err != nil {
			t.Fatal(err)
		}
	}
	made := 0
	memo := store.NewMemo(func(w *word) string { made++; return w.Key + "=" + w.Text })
	list := func(after store.Key, limit int) (got []string, next store.Key) {
		t.Helper()
		err := db.Read(t.Context(), func(tx store.Tx) (err error) {
			got = nil
			next, err = store.VisitMemo(tx, words, memo, store.K("words"), after, func(s string) bool {
				if len(got) == limit {
					return false
				}
				got = append(got, s)
				return true
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return got, next
	}
	put("a", "1")
	put("b", "2")
	put("c", "3")
	first, next := list(nil, 2)
	if !slices.Equal(first, []string{"a=1", "b=2"}) || next == nil {
		t.Fatalf("first page: %v, next %v", first, next)
	}
	if rest, next := list(next, 2); !slices.Equal(rest, []string{"c=3"}) || next != nil {
		t.Errorf("second page: %v, next %v", rest, next)
	}
	before := made
	if all, _ := list(nil, 10); len(all) != 3 || made != before {
		t.Errorf("unchanged documents were worked out again: %v, %d", all, made-before)
	}
	put("b", "two")
	if all, _ := list(nil, 10); !slices.Equal(all, []string{"a=1", "b=two", "c=3"}) || made != before+1 {
		t.Errorf("after a change: %v, worked out %d", all, made-before)
	}
	if err := db.Write(t.Context(), func(tx store.Tx) error { return words.Delete(tx, store.K("words", "b")) }); err != nil {
		t.Fatal(err)
	}
	put("b", "3")
	if all, _ := list(nil, 10); !slices.Equal(all, []string{"a=1", "b=3", "c=3"}) {
		t.Errorf("a document made again: %v", all)
	}
}

// TestMemoInWrite: what a transaction that rolls back has written is never taken for what later has the same revision.
func TestMemoInWrite(t *testing.T) {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	memo, key := store.NewMemo(func(w *word) *word { return w }), store.K("words", "a")
	get := func(tx store.Tx) *word {
		t.Helper()
		w, err := memo.Get(tx, words, key)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	read := func() (w *word) {
		t.Helper()
		if err := db.Read(t.Context(), func(tx store.Tx) error { w = get(tx); return nil }); err != nil {
			t.Fatal(err)
		}
		return w
	}
	undone := errors.New("undone")
	for _, commit := range []struct {
		text, want string
		err        error
	}{{"1", "1", nil}, {"lost", "1", undone}, {"2", "2", nil}, {"lost", "2", undone}} {
		err := db.Write(t.Context(), func(tx store.Tx) error {
			if err := words.Put(tx, &word{"a", commit.text}); err != nil {
				return err
			}
			if w := get(tx); w.Text != commit.text {
				t.Errorf("inside: %q, want %q", w.Text, commit.text)
			} else {
				w.Text = "the transaction's own to change"
			}
			return commit.err
		})
		if !errors.Is(err, commit.err) {
			t.Fatal(err)
		}
		if w := read(); w.Text != commit.want || read() != w {
			t.Errorf("after %q: %q, or not kept", commit.text, w.Text)
		}
	}
	if err := db.Read(t.Context(), func(tx store.Tx) error { _, err := memo.Get(tx, words, store.K("words", "z")); return err }); !store.IsAbsent(err) {
		t.Errorf("an absent document: %v", err)
	}
}
