package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"vauban/store"
	"vauban/store/internal/layout"
)

func (t *tx) Insert(table string, d store.Doc, ix store.Indexes, cached bool) error {
	if err := t.writable(); err != nil {
		return err
	}
	if err := layout.Check(table, d.Key, d.Body, ix); err != nil {
		return err
	}
	physical := layout.Doc(table, d.Key)
	entries := layout.Of(table, d.Key, ix)
	r := row{version: d.Version, packed: entries.Encode(table)}
	var unique [][]byte
	err := t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev, &unique) }, insertSQL,
		physical, d.Version, r.packed, notNil(d.Body), notNil(d.Key), keysOf(entries.Unique), notNilList(entries.Refs))
	if err != nil {
		return err
	}
	if r.rev == 0 {
		return &store.ExistsError{Table: table}
	}
	if len(unique) < len(entries.Unique) {
		err := t.query(ignore, undoInsertSQL, physical, unique)
		return errors.Join(err, &store.ExistsError{Table: table, Index: missing(entries.Unique, unique)})
	}
	t.know(physical, r)
	t.changed(table, d.Key, cached)
	return nil
}

func ignore(pgx.Rows) error { return nil }

// missing names the first index whose value was not taken.
func missing(wanted []layout.UniqueEntry, got [][]byte) string {
	for _, u := range wanted {
		found := false
		for _, k := range got {
			found = found || bytes.Equal(k, u.Key)
		}
		if !found {
			return u.Index
		}
	}
	return ""
}

func keysOf(unique []layout.UniqueEntry) [][]byte {
	out := make([][]byte, len(unique))
	for i, u := range unique {
		out[i] = u.Key
	}
	return out
}

// Both engines tell NULL from a value of no bytes; the store has no NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func notNilList(l [][]byte) [][]byte {
	if l == nil {
		return [][]byte{}
	}
	return l
}

func (t *tx) Update(table string, d store.Doc, rev store.Rev, ix store.Indexes, cached bool) error {
	if err := t.writable(); err != nil {
		return err
	}
	if err := layout.Check(table, d.Key, d.Body, ix); err != nil {
		return err
	}
	physical := layout.Doc(table, d.Key)
	old, oldEntries, err := t.current(table, d.Key, physical, rev)
	if err != nil {
		return err
	}
	if old.version > d.Version {
		return fmt.Errorf("%s %v has version %d, not overwritten by %d: %w", table, d.Key, old.version, d.Version, store.ErrNewer)
	}
	entries := layout.Of(table, d.Key, ix)
	remove, add := layout.Diff(oldEntries, entries)
	r := row{version: d.Version, packed: entries.Encode(table)}
	var unique [][]byte
	if len(remove.Unique)+len(remove.Refs)+len(add.Unique)+len(add.Refs) == 0 {
		err = t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev) },
			updateBodySQL, physical, d.Version, notNil(d.Body))
	} else {
		err = t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev, &unique) }, updateSQL,
			physical, d.Version, r.packed, notNil(d.Body), notNil(d.Key),
			keysOf(add.Unique), notNilList(add.Refs), keysOf(remove.Unique), notNilList(remove.Refs))
	}
	if err != nil {
		return err
	}
	if r.rev == 0 {
		err := t.query(ignore, undoUpdateSQL, notNilList(unique))
		return errors.Join(err, &store.ExistsError{Table: table, Index: missing(add.Unique, unique)})
	}
	t.know(physical, r)
	t.changed(table, d.Key, cached)
	return nil
}

func (t *tx) Delete(table string, key store.Key, rev store.Rev, cached bool) error {
	if err := t.writable(); err != nil {
		return err
	}
	physical := layout.Doc(table, key)
	_, entries, err := t.current(table, key, physical, rev)
	if err != nil {
		return err
	}
	err = t.query(ignore, deleteSQL,
		physical, keysOf(entries.Unique), notNilList(entries.Refs))
	if err != nil {
		return err
	}
	delete(t.known, string(physical))
	t.changed(table, key, cached)
	return nil
}

// current finds the document to be replaced: ErrNotFound, or ErrConflict when rev is not 0 and differs.
func (t *tx) current(table string, key store.Key, physical []byte, rev store.Rev) (row, layout.Entries, error) {
	r, ok := t.known[string(physical)]
	if !ok {
		err := t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev, &r.version, &r.packed) },
			currentSQL, physical)
		if err != nil {
			return row{}, layout.Entries{}, err
		}
		if r.rev == 0 {
			return row{}, layout.Entries{}, store.ErrNotFound
		}
	}
	if rev != 0 && rev != r.rev {
		return row{}, layout.Entries{}, fmt.Errorf("%s %v has revision %d, not %d: %w", table, key, r.rev, rev, store.ErrConflict)
	}
	entries, err := layout.Decode(table, r.packed)
	if err != nil {
		return row{}, layout.Entries{}, t.fail(fmt.Errorf("%s %v: %w", table, key, err))
	}
	return r, entries, nil
}

func (t *tx) changed(table string, key store.Key, cached bool) {
	if cached {
		t.changes = append(t.changes, store.Change{Table: table, Key: bytes.Clone(key)})
	}
}

func (t *tx) Ring(bell string) error {
	if err := t.writable(); err != nil {
		return err
	}
	if !slices.Contains(t.rung, bell) {
		t.rung = append(t.rung, bell)
	}
	return nil
}

func (t *tx) Append(events ...store.Event) error {
	if err := t.writable(); err != nil {
		return err
	}
	for _, e := range events {
		if err := layout.CheckEvent(e); err != nil {
			return err
		}
	}
	t.events = append(t.events, events...)
	return nil
}

func (t *tx) DropEvents(upTo int64) error {
	if err := t.writable(); err != nil {
		return err
	}
	return t.query(ignore, dropEventsSQL, upTo)
}
