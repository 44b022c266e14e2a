package server

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"vauban/store"
)

// note is a document of a table that has got a second version.
type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

func noteTable(version int) *store.Table[note] {
	t := &store.Table[note]{Name: "test.note", Version: version, Key: func(n *note) store.Key { return store.K(n.ID) }}
	if version > 0 {
		t.Upgrade = func(_ int, body []byte) ([]byte, error) {
			var n note
			if err := json.Unmarshal(body, &n); err != nil {
				return nil, err
			}
			n.Text = strings.ToUpper(n.Text)
			return json.Marshal(n)
		}
	}
	return t
}

// unreadTable is one whose documents of the former version cannot be read.
func unreadTable(version int) *store.Table[note] {
	t := noteTable(version)
	t.Name, t.Upgrade = "test.unread", func(int, []byte) ([]byte, error) { return nil, errUnread }
	return t
}

var errUnread = errors.New("not to be read")

// TestDocumentsOfAnotherVersion: a newer program rewrites the documents of an older one, and the older one does not start on them again.
func TestDocumentsOfAnotherVersion(t *testing.T) {
	dir := t.TempDir()
	config := func(tables ...store.Schema) Config {
		return Config{Data: dir, Logger: slog.New(slog.DiscardHandler), versioned: tables}
	}
	before, err := Open(t.Context(), config(noteTable(0)))
	if err != nil {
		t.Fatal(err)
	}
	err = before.state.Store.Write(t.Context(), func(tx store.Tx) error {
		return errors.Join(noteTable(0).Insert(tx, &note{"1", "hello"}), unreadTable(0).Insert(tx, &note{"1", "hello"}))
	})
	if err = errors.Join(err, before.Close()); err != nil {
		t.Fatal(err)
	}

	after, err := Open(t.Context(), config(unreadTable(1), noteTable(1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := after.Turn(t.Context(), "documents"); !errors.Is(err, errUnread) {
		t.Errorf("the job answers %v, want the error of the table that it could not rewrite", err)
	}
	err = after.state.Store.Read(t.Context(), func(tx store.Tx) error {
		return tx.Scan("test.note", nil, nil, func(d store.Doc) bool {
			if d.Version != 1 || !strings.Contains(string(d.Body), "HELLO") {
				t.Errorf("version %d: %s", d.Version, d.Body)
			}
			return true
		})
	})
	if err = errors.Join(err, after.Close()); err != nil {
		t.Fatal(err)
	}

	for name, tables := range map[string][]store.Schema{"the former program": {noteTable(0)}, "one without the table": {}} {
		s, err := Open(t.Context(), config(tables...))
		if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "run the newer program") {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			t.Error(s.Close())
		}
	}
}
