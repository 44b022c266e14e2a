package sqlite

import (
	"fmt"

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
	k := layout.Doc(table, d.Key)
	entries := layout.Of(table, d.Key, ix)
	_, taken, err := t.c.queryInt("SELECT rowid FROM doc WHERE k = ?1", blob(k))
	if err != nil {
		return t.fail(err)
	}
	if taken {
		return &store.ExistsError{Table: table}
	}
	if err := t.vacant(table, d.Key, entries.Unique); err != nil {
		return err
	}
	t.write.rev++
	err = t.c.exec("INSERT INTO doc (k, rev, version, ix, body) VALUES (?1, ?2, ?3, ?4, ?5)",
		blob(k), num(t.write.rev), num(int64(d.Version)), blob(entries.Encode(table)), blob(d.Body))
	if err != nil {
		return t.fail(err)
	}
	return t.finish(table, d.Key, layout.Entries{}, entries, cached)
}

func (t *tx) Update(table string, d store.Doc, rev store.Rev, ix store.Indexes, cached bool) error {
	if err := t.writable(); err != nil {
		return err
	}
	if err := layout.Check(table, d.Key, d.Body, ix); err != nil {
		return err
	}
	old, err := t.current(table, d.Key, rev)
	if err != nil {
		return err
	}
	if old.version > d.Version {
		return fmt.Errorf("%s %v has version %d, not overwritten by %d: %w", table, d.Key, old.version, d.Version, store.ErrNewer)
	}
	entries := layout.Of(table, d.Key, ix)
	remove, add := layout.Diff(old.entries, entries)
	if err := t.vacant(table, d.Key, add.Unique); err != nil {
		return err
	}
	t.write.rev++
	err = t.c.exec("UPDATE doc SET rev = ?2, version = ?3, ix = ?4, body = ?5 WHERE rowid = ?1",
		num(old.rowid), num(t.write.rev), num(int64(d.Version)), blob(entries.Encode(table)), blob(d.Body))
	if err != nil {
		return t.fail(err)
	}
	return t.finish(table, d.Key, remove, add, cached)
}

func (t *tx) Delete(table string, key store.Key, rev store.Rev, cached bool) error {
	if err := t.writable(); err != nil {
		return err
	}
	old, err := t.current(table, key, rev)
	if err != nil {
		return err
	}
	if err := t.c.exec("DELETE FROM doc WHERE rowid = ?1", num(old.rowid)); err != nil {
		return t.fail(err)
	}
	return t.finish(table, key, old.entries, layout.Entries{}, cached)
}

// row is what a write needs to know of the document that it replaces.
type row struct {
	rowid   int64
	version int
	entries layout.Entries
}

// current finds the document to be replaced: ErrNotFound, or ErrConflict when rev is not 0 and differs.
func (t *tx) current(table string, key store.Key, rev store.Rev) (row, error) {
	s, err := t.c.prepare("SELECT rowid, rev, version, ix FROM doc WHERE k = ?1")
	if err != nil {
		return row{}, t.fail(err)
	}
	defer s.release()
	if err := s.bind([]arg{blob(layout.Doc(table, key))}); err != nil {
		return row{}, t.fail(err)
	}
	found, err := s.step()
	if err != nil {
		return row{}, t.fail(err)
	}
	if !found {
		return row{}, store.ErrNotFound
	}
	if have := store.Rev(s.int(1)); rev != 0 && rev != have {
		return row{}, fmt.Errorf("%s %v has revision %d, not %d: %w", table, key, have, rev, store.ErrConflict)
	}
	entries, err := layout.Decode(table, s.view(3))
	if err != nil {
		return row{}, t.fail(fmt.Errorf("%s %v: %w", table, key, err))
	}
	return row{rowid: s.int(0), version: int(s.int(2)), entries: entries}, nil
}

// vacant refuses unique values that another document has. It runs before anything is written, so that a refused operation has done nothing.
func (t *tx) vacant(table string, key store.Key, unique []layout.UniqueEntry) error {
	for _, u := range unique {
		owner, err := t.owner(u.Key)
		if err != nil {
			return err
		}
		if owner != nil {
			return &store.ExistsError{Table: table, Index: u.Index}
		}
	}
	return nil
}

// finish writes what goes with a document: its index entries and its place in the change feed.
func (t *tx) finish(table string, key store.Key, remove, add layout.Entries, cached bool) error {
	for _, u := range remove.Unique {
		if err := t.c.exec("DELETE FROM uniq WHERE k = ?1", blob(u.Key)); err != nil {
			return t.fail(err)
		}
	}
	for _, r := range remove.Refs {
		if err := t.c.exec("DELETE FROM ref WHERE k = ?1", blob(r)); err != nil {
			return t.fail(err)
		}
	}
	for _, u := range add.Unique {
		if err := t.c.exec("INSERT INTO uniq (k, pk) VALUES (?1, ?2)", blob(u.Key), blob(key)); err != nil {
			return t.fail(err)
		}
	}
	for _, r := range add.Refs {
		if err := t.c.exec("INSERT INTO ref (k) VALUES (?1)", blob(r)); err != nil {
			return t.fail(err)
		}
	}
	if !cached {
		return nil
	}
	t.write.change++
	t.woke = true
	return t.fail(t.c.exec("INSERT INTO change (seq, tbl, k) VALUES (?1, ?2, ?3)", num(t.write.change), text(table), blob(key)))
}
