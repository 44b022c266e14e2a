package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"vauban/store"
	"vauban/store/internal/layout"
)

// tx is a transaction on one connection: a snapshot, or one savepoint of a commit.
type tx struct {
	ctx       context.Context
	c         *conn
	write     *numbers // nil in a read transaction
	broke     error    // an engine error: the transaction must not commit, whatever fn makes of it
	lastEvent int64    // before this transaction
	over      bool     // fn has returned: a Tx kept beyond it does nothing
	woke      bool     // changes or events were written
}

var errOver = errors.New("sqlite: transaction used after its function returned")

func (t *tx) readable() error {
	switch {
	case t.over:
		return errOver
	case t.broke != nil:
		return t.broke
	}
	return t.ctx.Err()
}

func (t *tx) writable() error {
	if t.write == nil {
		return store.ErrReadOnly
	}
	return t.readable()
}

// fail remembers an engine error. Nothing after it can be trusted to be complete.
func (t *tx) fail(err error) error {
	if err != nil && t.broke == nil {
		t.broke = err
	}
	return err
}

func (t *tx) Get(table string, key store.Key) (store.Doc, error) {
	if err := t.readable(); err != nil {
		return store.Doc{}, err
	}
	s, err := t.c.prepare("SELECT rev, version, body FROM doc WHERE k = ?1")
	if err != nil {
		return store.Doc{}, t.fail(err)
	}
	defer s.release()
	if err := s.bind([]arg{blob(layout.Doc(table, key))}); err != nil {
		return store.Doc{}, t.fail(err)
	}
	row, err := s.step()
	if err != nil {
		return store.Doc{}, t.fail(err)
	}
	if !row {
		return store.Doc{}, store.ErrNotFound
	}
	return store.Doc{Key: bytes.Clone(key), Rev: store.Rev(s.int(0)), Version: int(s.int(1)), Body: s.blob(2)}, nil
}

func (t *tx) Lookup(table, index string, value store.Key) (store.Key, error) {
	if err := t.readable(); err != nil {
		return nil, err
	}
	owner, err := t.owner(layout.Unique(table, index, value))
	if err == nil && owner == nil {
		err = store.ErrNotFound
	}
	return owner, err
}

// owner returns the primary key in a row of uniq, or nil.
func (t *tx) owner(unique []byte) (store.Key, error) {
	s, err := t.c.prepare("SELECT pk FROM uniq WHERE k = ?1")
	if err != nil {
		return nil, t.fail(err)
	}
	defer s.release()
	if err := s.bind([]arg{blob(unique)}); err != nil {
		return nil, t.fail(err)
	}
	row, err := s.step()
	if err != nil || !row {
		return nil, t.fail(err)
	}
	return s.blob(0), nil
}

func (t *tx) Scan(table string, prefix, after store.Key, fn func(store.Doc) bool) error {
	from := store.Key(layout.Doc(table, prefix))
	cut := len(from) - len(prefix)
	end := from.End()
	if after != nil {
		if next := store.Key(layout.Doc(table, after)).Next(); next.Compare(from) > 0 {
			from = next
		}
	}
	return t.scan("SELECT k, rev, version, body FROM doc WHERE k >= ?1 AND k < ?2 ORDER BY k", from, end, cut, fn)
}

func (t *tx) ScanRef(table, index string, value, after store.Key, fn func(store.Doc) bool) error {
	from := store.Key(layout.Ref(table, index, value, len(after)+1))
	end := from.End()
	cut := len(from)
	if after != nil {
		from = append(append(from, after...), 0)
	}
	return t.scanRef(table, from, end, cut, fn)
}

// scan visits the rows of [from, end) with the columns k, rev, version and body; cut bytes of k are not the document's key.
func (t *tx) scan(sql string, from, end store.Key, cut int, fn func(store.Doc) bool) error {
	if err := t.readable(); err != nil {
		return err
	}
	s, err := t.c.prepare(sql)
	if err != nil {
		return t.fail(err)
	}
	defer s.release()
	if err := s.bind([]arg{blob(from), blob(end)}); err != nil {
		return t.fail(err)
	}
	for {
		row, err := s.step()
		if err != nil || !row {
			return t.fail(err)
		}
		key := s.blob(0)[cut:]
		if !fn(store.Doc{Key: key, Rev: store.Rev(s.int(1)), Version: int(s.int(2)), Body: s.blob(3)}) {
			return nil
		}
		if err := t.readable(); err != nil {
			return err
		}
	}
}

// scanRef visits the documents named by the rows of ref in [from, end), whose keys begin at cut.
func (t *tx) scanRef(table string, from, end store.Key, cut int, fn func(store.Doc) bool) error {
	if err := t.readable(); err != nil {
		return err
	}
	s, err := t.c.prepare("SELECT k FROM ref WHERE k >= ?1 AND k < ?2 ORDER BY k")
	if err != nil {
		return t.fail(err)
	}
	defer s.release()
	if err := s.bind([]arg{blob(from), blob(end)}); err != nil {
		return t.fail(err)
	}
	for {
		row, err := s.step()
		if err != nil || !row {
			return t.fail(err)
		}
		d, err := t.Get(table, s.view(0)[cut:])
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted by fn after the cursor had passed on
		}
		if err != nil || !fn(d) {
			return err
		}
	}
}

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

func (t *tx) Append(events ...store.Event) error {
	if err := t.writable(); err != nil {
		return err
	}
	for _, e := range events {
		if err := layout.CheckEvent(e); err != nil {
			return err
		}
	}
	t.woke = t.woke || len(events) > 0
	return t.fail(t.c.appendEvents(t.write, events))
}

// appendEvents numbers and writes events.
func (c *conn) appendEvents(n *numbers, events []store.Event) error {
	for i := range events {
		n.event++
		err := c.exec("INSERT INTO event (seq, id, at, body) VALUES (?1, ?2, ?3, ?4)",
			num(n.event), text(events[i].ID), num(events[i].Time.UnixMicro()), blob(events[i].Body))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Events(after int64, limit int) ([]store.Event, error) {
	if err := t.readable(); err != nil {
		return nil, err
	}
	s, err := t.c.prepare("SELECT seq, id, at, body FROM event WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3")
	if err != nil {
		return nil, t.fail(err)
	}
	defer s.release()
	if err := s.bind([]arg{num(after), num(t.lastEvent), num(int64(limit))}); err != nil {
		return nil, t.fail(err)
	}
	var out []store.Event
	for {
		row, err := s.step()
		if err != nil {
			return nil, t.fail(err)
		}
		if !row {
			return out, nil
		}
		out = append(out, store.Event{
			Seq: s.int(0), ID: string(s.view(1)), Time: time.UnixMicro(s.int(2)).UTC(), Body: s.blob(3),
		})
	}
}

func (t *tx) DropEvents(upTo int64) error {
	if err := t.writable(); err != nil {
		return err
	}
	return t.fail(t.c.exec("DELETE FROM event WHERE seq <= ?1", num(upTo)))
}
