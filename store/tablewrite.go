package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Insert adds a document; *ExistsError when its key or a unique value is taken.
func (t *Table[T]) Insert(tx Tx, v *T) error {
	d, ix, err := t.encode(tx, v)
	if err != nil {
		return err
	}
	return tx.Insert(t.Name, d, ix, t.Cached)
}

// Update replaces the document of the same key; ErrNotFound when there is none, *ExistsError when a unique value is taken.
func (t *Table[T]) Update(tx Tx, v *T) error { return t.UpdateRev(tx, v, 0) }

// UpdateRev is Update that answers ErrConflict when the document no longer has the revision.
func (t *Table[T]) UpdateRev(tx Tx, v *T, rev Rev) error {
	d, ix, err := t.encode(tx, v)
	if err != nil {
		return err
	}
	return tx.Update(t.Name, d, rev, ix, t.Cached)
}

// Put inserts the document or replaces the one of the same key; *ExistsError when a unique value is taken by another document.
func (t *Table[T]) Put(tx Tx, v *T) error {
	d, ix, err := t.encode(tx, v)
	if err != nil {
		return err
	}
	err = tx.Update(t.Name, d, 0, ix, t.Cached)
	if errors.Is(err, ErrNotFound) {
		return tx.Insert(t.Name, d, ix, t.Cached)
	}
	return err
}

// Delete removes the document; ErrNotFound when there is none.
func (t *Table[T]) Delete(tx Tx, key Key) error { return tx.Delete(t.Name, key, 0, t.Cached) }

// DeleteRev is Delete that answers ErrConflict when the document no longer has the revision.
func (t *Table[T]) DeleteRev(tx Tx, key Key, rev Rev) error {
	return tx.Delete(t.Name, key, rev, t.Cached)
}

// Move replaces the document of oldKey by v, whose key may be another: a rename. ErrNotFound when oldKey has no document, *ExistsError
// when v's key or a unique value is taken by another document; then nothing has changed.
func (t *Table[T]) Move(tx Tx, oldKey Key, v *T) error {
	d, ix, err := t.encode(tx, v)
	if err != nil {
		return err
	}
	if oldKey.Compare(d.Key) == 0 {
		return tx.Update(t.Name, d, 0, ix, t.Cached)
	}
	// Look first: a refused insertion must not leave the old document deleted.
	if taken, err := t.Has(tx, d.Key); err != nil {
		return err
	} else if taken {
		return &ExistsError{Table: t.Name}
	}
	for _, name := range slices.Sorted(maps.Keys(ix.Unique)) {
		owner, err := tx.Lookup(t.Name, name, ix.Unique[name])
		if err == nil && owner.Compare(oldKey) != 0 {
			return &ExistsError{Table: t.Name, Index: name}
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	if err := tx.Delete(t.Name, oldKey, 0, t.Cached); err != nil {
		return err
	}
	return tx.Insert(t.Name, d, ix, t.Cached)
}

// encode makes the stored form of v and its index entries.
func (t *Table[T]) encode(tx Tx, v *T) (Doc, Indexes, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return Doc{}, Indexes{}, fmt.Errorf("store: encode %s: %w", t.Name, err)
	}
	d := Doc{Key: t.Key(v), Version: t.Version, Body: body}
	if t.Downgrade != nil {
		if err := t.holdBack(tx, &d); err != nil {
			return Doc{}, Indexes{}, err
		}
	}
	return d, t.indexes(v), nil
}

func (t *Table[T]) indexes(v *T) Indexes {
	var ix Indexes
	if len(t.Unique) > 0 {
		ix.Unique = make(map[string]Key, len(t.Unique))
		for name, value := range t.Unique {
			if k := value(v); k != nil {
				ix.Unique[name] = k
			}
		}
	}
	if len(t.Refs) > 0 {
		ix.Refs = make(map[string][]Key, len(t.Refs))
		for name, values := range t.Refs {
			if ks := values(v); len(ks) > 0 {
				ix.Refs[name] = ks
			}
		}
	}
	return ix
}
