package store

import (
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
	rewrite(tx Tx, after Key, limit int) (next Key, rewritten int, err error)
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
	switch {
	case errors.Is(err, ErrNotFound):
		return notes().Insert(tx, &note{t.name(), t.version()})
	case err != nil:
		return err
	case n.Version == t.version() || t.holdsBack() && n.Version == t.version()-1:
		return nil
	}
	return notes().Update(tx, &note{t.name(), t.version()})
}

// HoldsBack reports whether programs of the former version may still serve beside this one: [Rewrite] of such a table ends that.
func HoldsBack(t Schema) bool { return t.holdsBack() }

// rewriteBatch documents are rewritten in one transaction: other writers wait that long.
const rewriteBatch = 100

// Rewrite brings all documents of the tables to this program's version, in small transactions, and returns how many it
// wrote. Call it when no program of an earlier version serves any more: those cannot read the result. It can be stopped and begun
// again.
func Rewrite(ctx context.Context, db DB, tables ...Schema) (int, error) {
	total := 0
	for _, t := range tables {
		err := db.Write(ctx, func(tx Tx) error { return notes().Put(tx, &note{t.name(), t.version()}) })
		if err != nil {
			return total, fmt.Errorf("rewrite %s: %w", t.name(), err)
		}
		for after, more := Key(nil), true; more; {
			var n int
			var next Key
			err := db.Write(ctx, func(tx Tx) (err error) {
				next, n, err = t.rewrite(tx, after, rewriteBatch)
				return err
			})
			if err != nil {
				return total, fmt.Errorf("rewrite %s: %w", t.name(), err)
			}
			total += n
			after, more = next, next != nil
		}
	}
	return total, nil
}

func (t *Table[T]) name() string    { return t.Name }
func (t *Table[T]) version() int    { return t.Version }
func (t *Table[T]) holdsBack() bool { return t.Downgrade != nil }

// rewrite looks at limit documents after `after` and rewrites the old ones. next is nil at the end.
func (t *Table[T]) rewrite(tx Tx, after Key, limit int) (next Key, rewritten int, err error) {
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
		return nil, 0, err
	}
	for _, d := range old {
		v, err := t.decode(d)
		if err != nil {
			return nil, 0, err
		}
		body, err := json.Marshal(v)
		if err != nil {
			return nil, 0, err
		}
		// The key is the stored one even if the new program would compute another: documents do not move by themselves.
		err = tx.Update(t.Name, Doc{Key: d.Key, Version: t.Version, Body: body}, d.Rev, t.indexes(v), t.Cached)
		if err != nil {
			return nil, 0, err
		}
	}
	if seen < limit {
		after = nil
	}
	return after, len(old), nil
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
