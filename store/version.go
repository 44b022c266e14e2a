package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Schema is a table without its type, for what is done to all tables alike. Only *Table implements it.
type Schema interface {
	name() string
	version() int
	holdsBack() bool
	rewrite(tx Tx, after Key, limit int) (rewritten, error)
}

// note records in the store which version of a table's documents every serving program can read.
type note struct {
	Table   string
	Version int
}

// notes is the table of notes. It has version 0 for ever, or old programs could not read what refuses them.
func notes() *Table[note] {
	return &Table[note]{Name: "schema", Key: func(n *note) Key { return K(n.Table) }}
}

// CheckVersions is to be called at start with all tables that have a version; those that are not named are at version 0. It fails with ErrNewer when a
// newer program has written to the store, before anything is read or written wrongly, and notes this program's versions otherwise. A table with a
// Downgrade keeps its old note until Rewrite, if that is the version just before.
func CheckVersions(ctx context.Context, db DB, tables ...Schema) error {
	known := make(map[string]int, len(tables))
	for _, t := range tables {
		known[t.name()] = t.version()
	}
	err := db.Write(ctx, func(tx Tx) error {
		for n, err := range notes().Each(tx, nil) {
			if err != nil {
				return err
			}
			if n.Version > known[n.Table] {
				return fmt.Errorf("table %s is at version %d, this program knows %d: run the newer program, or restore a backup from before its start: %w",
					n.Table, n.Version, known[n.Table], ErrNewer)
			}
		}
		for _, t := range tables {
			if err := keepNote(tx, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("check schema version: %w", err)
	}
	return nil
}

// keepNote notes this program's version of a table, which is none that the store has a newer one of.
func keepNote(tx Tx, t Schema) error {
	n, err := notes().Get(tx, K(t.name()))
	if err == nil && t.holdsBack() && n.Version == t.version()-1 {
		return nil
	}
	return raiseNote(tx, t)
}

// HoldsBack reports whether programs of the former version may still serve beside this one: [Rewrite] of such a table ends that.
func HoldsBack(t Schema) bool { return t.holdsBack() }

// rewriteBatch documents are rewritten in one transaction: other writers wait that long.
const rewriteBatch = 100

// Rewrite brings all documents of a table to this program's version, in small transactions, and returns how many it wrote. Call it when no program of an
// earlier version serves any more: those cannot read the result. It can be stopped and begun again. It fails with ErrNewer, and writes nothing, when a newer
// program has begun to serve the table; documents that it cannot read it leaves as they are, and goes on, and tells of them in the error.
func Rewrite(ctx context.Context, db DB, t Schema) (int, error) {
	n, err := rewriteAll(ctx, db, t)
	if err != nil {
		err = fmt.Errorf("rewrite %s: %w", t.name(), err)
	}
	return n, err
}

func rewriteAll(ctx context.Context, db DB, t Schema) (int, error) {
	if err := db.Write(ctx, func(tx Tx) error { return raiseNote(tx, t) }); err != nil {
		return 0, err
	}
	total, unread := 0, 0
	var first error // of the unread
	for after, more := Key(nil), true; more; {
		var r rewritten
		err := db.Write(ctx, func(tx Tx) (err error) {
			r, err = t.rewrite(tx, after, rewriteBatch)
			return err
		})
		if err != nil {
			return total, err
		}
		total += r.documents
		unread, first = unread+r.unread, cmp.Or(first, r.err)
		after, more = r.next, r.next != nil
	}
	if unread > 0 {
		return total, fmt.Errorf("%d documents cannot be read, the first of them: %w", unread, first)
	}
	return total, nil
}

// raiseNote notes that the documents of a table are of this program's version from now on. It never lowers a note: the program before a newer one would
// start again on documents that it cannot read.
func raiseNote(tx Tx, t Schema) error {
	n, err := notes().Get(tx, K(t.name()))
	switch {
	case errors.Is(err, ErrNotFound):
		return notes().Insert(tx, &note{t.name(), t.version()})
	case err != nil:
		return err
	case n.Version > t.version():
		return fmt.Errorf("the store is at version %d, this program knows %d: %w", n.Version, t.version(), ErrNewer)
	case n.Version == t.version():
		return nil
	}
	return notes().Update(tx, &note{t.name(), t.version()})
}

// rewritten is what was done to one batch of documents.
type rewritten struct {
	next      Key // nil at the end
	documents int
	unread    int
	err       error // of the first of the unread
}

func (t *Table[T]) name() string    { return t.Name }
func (t *Table[T]) version() int    { return t.Version }
func (t *Table[T]) holdsBack() bool { return t.Downgrade != nil }

// rewrite looks at limit documents after `after` and rewrites the old ones that it can read.
func (t *Table[T]) rewrite(tx Tx, after Key, limit int) (r rewritten, err error) {
	var old []Doc
	seen := 0
	err = tx.Scan(t.Name, nil, after, func(d Doc) bool {
		if seen == limit {
			return false
		}
		seen++
		after = d.Key
		if d.Version < t.Version {
			old = append(old, d)
		}
		return true
	})
	if err != nil {
		return rewritten{}, err
	}
	for _, d := range old {
		v, err := t.decode(d)
		if err != nil {
			r.unread, r.err = r.unread+1, cmp.Or(r.err, err)
			continue
		}
		body, err := json.Marshal(v)
		if err != nil {
			return rewritten{}, err
		}
		// The key is the stored one even if the new program would compute another: documents do not move by themselves.
		err = tx.Update(t.Name, Doc{Key: d.Key, Version: t.Version, Body: body}, d.Rev, t.indexes(v), t.Cached)
		if err != nil {
			return rewritten{}, err
		}
		r.documents++
	}
	if seen == limit {
		r.next = after
	}
	return r, nil
}

// holdBack writes the former version for as long as the store's note names it.
func (t *Table[T]) holdBack(tx Tx, d *Doc) error {
	n, err := notes().Get(tx, K(t.Name))
	if errors.Is(err, ErrNotFound) || err == nil && n.Version != t.Version-1 {
		return nil
	}
	if err != nil {
		return err
	}
	if d.Body, err = t.Downgrade(d.Body); err != nil {
		return fmt.Errorf("store: downgrade %s %v: %w", t.Name, d.Key, err)
	}
	d.Version = n.Version
	return nil
}

// NameOf is the name of a table.
func NameOf(t Schema) string { return t.name() }
