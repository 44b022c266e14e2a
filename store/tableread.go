package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

// Get returns the document of the key, or ErrNotFound.
func (t *Table[T]) Get(tx Tx, key Key) (*T, error) {
	v, _, err := t.GetRev(tx, key)
	return v, err
}

// GetRev returns the document and its revision, for UpdateRev.
func (t *Table[T]) GetRev(tx Tx, key Key) (*T, Rev, error) {
	d, err := tx.Get(t.Name, key)
	if err != nil {
		return nil, 0, err
	}
	v, err := t.decode(d)
	if err != nil {
		return nil, 0, err
	}
	return v, d.Rev, nil
}

// Has reports whether the key has a document.
func (t *Table[T]) Has(tx Tx, key Key) (bool, error) {
	switch _, err := tx.Get(t.Name, key); {
	case err == nil:
		return true, nil
	case errors.Is(err, ErrNotFound):
		return false, nil
	default:
		return false, err
	}
}

// ByUnique returns the document that carries the value in the unique index, or ErrNotFound.
func (t *Table[T]) ByUnique(tx Tx, index string, value Key) (*T, error) {
	v, _, err := t.ByUniqueRev(tx, index, value)
	return v, err
}

// ByUniqueRev is ByUnique with the revision.
func (t *Table[T]) ByUniqueRev(tx Tx, index string, value Key) (*T, Rev, error) {
	key, err := tx.Lookup(t.Name, index, value)
	if err != nil {
		return nil, 0, err
	}
	return t.GetRev(tx, key)
}

// List returns documents whose key starts with the prefix, in key order, strictly after `after`. A limit of 0 or less means all.
func (t *Table[T]) List(tx Tx, prefix, after Key, limit int) (Page[T], error) {
	return t.page(limit, func(visit func(Doc) bool) error {
		return tx.Scan(t.Name, prefix, after, visit)
	})
}

// ListRef returns documents that carry the look-up value, in key order, strictly after `after`. A limit of 0 or less means all.
func (t *Table[T]) ListRef(tx Tx, index string, value, after Key, limit int) (Page[T], error) {
	return t.page(limit, func(visit func(Doc) bool) error {
		return tx.ScanRef(t.Name, index, value, after, visit)
	})
}

func (t *Table[T]) page(limit int, scan func(func(Doc) bool) error) (Page[T], error) {
	var (
		p    Page[T]
		last Key
		bad  error
	)
	err := scan(func(d Doc) bool {
		if limit > 0 && len(p.Items) == limit {
			p.Next = last
			return false
		}
		v, err := t.decode(d)
		if err != nil {
			bad = err
			return false
		}
		p.Items = append(p.Items, v)
		last = d.Key
		return true
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return Page[T]{}, err
	}
	return p, nil
}

// Each yields the documents whose key starts with the prefix, in key order. An error ends the sequence, with a nil document.
func (t *Table[T]) Each(tx Tx, prefix Key) iter.Seq2[*T, error] {
	return t.each(func(visit func(Doc) bool) error { return tx.Scan(t.Name, prefix, nil, visit) })
}

// EachRef yields the documents that carry the look-up value, in key order, as Each does.
func (t *Table[T]) EachRef(tx Tx, index string, value Key) iter.Seq2[*T, error] {
	return t.each(func(visit func(Doc) bool) error { return tx.ScanRef(t.Name, index, value, nil, visit) })
}

func (t *Table[T]) each(scan func(func(Doc) bool) error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		stopped := false
		err := scan(func(d Doc) bool {
			v, err := t.decode(d)
			stopped = !yield(v, err) || err != nil
			return !stopped
		})
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// Skim visits documents as Tx.Skim does, or for an empty sep as Tx.Scan, until fn returns false. A document is decoded only if fn loads it.
func (t *Table[T]) Skim(tx Tx, prefix, after Key, sep []byte, fn func(key Key, load func() (*T, error)) bool) error {
	visit := func(d Doc) bool {
		return fn(d.Key, func() (*T, error) { return t.decode(d) })
	}
	if len(sep) == 0 {
		return tx.Scan(t.Name, prefix, after, visit)
	}
	return tx.Skim(t.Name, prefix, after, sep, visit)
}

// HasRef reports whether any document carries the look-up value: the question "is it in use" before a deletion.
func (t *Table[T]) HasRef(tx Tx, index string, value Key) (bool, error) {
	n, err := t.CountRef(tx, index, value, 1)
	return n > 0, err
}

// Count counts documents whose key starts with the prefix and stops at most: it reads as many documents as it counts. A
// limit of 0 or less counts all.
func (t *Table[T]) Count(tx Tx, prefix Key, most int) (int, error) {
	return count(most, func(visit func(Doc) bool) error { return tx.Scan(t.Name, prefix, nil, visit) })
}

// CountRef counts documents that carry the look-up value, as Count does.
func (t *Table[T]) CountRef(tx Tx, index string, value Key, most int) (int, error) {
	return count(most, func(visit func(Doc) bool) error { return tx.ScanRef(t.Name, index, value, nil, visit) })
}

func count(most int, scan func(func(Doc) bool) error) (n int, err error) {
	err = scan(func(Doc) bool {
		n++
		return n != most
	})
	return n, err
}

// decode brings a stored document to this program's version.
func (t *Table[T]) decode(d Doc) (*T, error) {
	body, err := t.upgrade(d)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if err := json.Unmarshal(body, v); err != nil {
		return nil, fmt.Errorf("store: %s %v: %w", t.Name, d.Key, err)
	}
	return v, nil
}

func (t *Table[T]) upgrade(d Doc) ([]byte, error) {
	if d.Version > t.Version {
		return nil, fmt.Errorf("%s %v has version %d, this program knows %d: %w", t.Name, d.Key, d.Version, t.Version, ErrNewer)
	}
	body := d.Body
	for v := d.Version; v < t.Version; v++ {
		if t.Upgrade == nil {
			return nil, fmt.Errorf("store: %s has no Upgrade from version %d", t.Name, v)
		}
		var err error
		if body, err = t.Upgrade(v, body); err != nil {
			return nil, fmt.Errorf("store: upgrade %s %v from version %d: %w", t.Name, d.Key, v, err)
		}
	}
	return body, nil
}
