// Package layout says how the drivers name the rows of the three physical tables, so that both order and refuse alike.
//
//	doc   key = table, primary key      the document, with the list of its index entries
//	uniq  key = table, index, value     holds the primary key
//	ref   key = table, index, value, primary key
//
// It must not know a database. Start at [Doc], [Unique] and [Ref].
package layout

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"vauban/store"
)

// maxValue is the longest index value kept as it is, counted as it is encoded here; longer ones are hashed.
const maxValue = 512

// tagHash starts a hashed value. No part of a store.Key has this tag, so a hash never equals a value.
const tagHash = 0x0e

// maxName bounds table and index names, so that no physical key passes PostgreSQL's 2,704 bytes.
const maxName = 64

var errName = errors.New("store: table and index names have 1 to 64 bytes")

// Doc returns the physical key of a document.
func Doc(table string, key store.Key) []byte {
	return append(Table(table, len(key)), key...)
}

// Table returns the prefix of all documents of a table, with room for more bytes.
func Table(table string, room int) store.Key {
	k := make(store.Key, 0, len(table)+2+room)
	return k.Extend(table)
}

// Unique returns the physical key of a unique value.
func Unique(table, index string, value store.Key) []byte {
	k := make(store.Key, 0, len(table)+len(index)+4+min(len(value), maxValue)+8)
	return appendValue(k.Extend(table, index), value)
}

// Ref returns the prefix that all entries of a look-up value share; the primary key follows it.
func Ref(table, index string, value store.Key, room int) []byte {
	k := make(store.Key, 0, len(table)+len(index)+4+min(len(value), maxValue)+8+room)
	return appendValue(k.Extend(table, index), value)
}

// appendValue adds a value as one part, so that what follows cannot be mistaken for it.
func appendValue(k store.Key, value store.Key) []byte {
	start := len(k)
	if len(value) <= maxValue {
		if k = k.Extend([]byte(value)); len(k)-start <= maxValue+2 { // a part has a tag and an end
			return k
		}
	}
	sum := sha256.Sum256(value)
	return append(append(k[:start], tagHash), sum[:]...)
}

// CheckEvent refuses an event that a driver cannot store: PostgreSQL's text has no NUL and is UTF-8.
func CheckEvent(e store.Event) error {
	if len(e.Body) > store.MaxBody || len(e.ID) > maxID {
		return fmt.Errorf("event of %d bytes with an id of %d: %w", len(e.Body), len(e.ID), store.ErrTooLarge)
	}
	if !utf8.ValidString(e.ID) || strings.ContainsRune(e.ID, 0) {
		return errors.New("store: event id is not text")
	}
	return nil
}

// maxID bounds the id of an event in bytes: it is a UUID.
const maxID = 256

// Check refuses what a driver cannot store.
func Check(table string, key store.Key, body []byte, ix store.Indexes) error {
	if len(table) == 0 || len(table) > maxName {
		return fmt.Errorf("%w: %q", errName, table)
	}
	if len(key) > store.MaxKey {
		return fmt.Errorf("%s: key of %d bytes, at most %d: %w", table, len(key), store.MaxKey, store.ErrTooLarge)
	}
	if len(body) > store.MaxBody {
		return fmt.Errorf("%s: document of %d bytes, at most %d: %w", table, len(body), store.MaxBody, store.ErrTooLarge)
	}
	for name := range ix.Unique {
		if len(name) == 0 || len(name) > maxName {
			return fmt.Errorf("%w: %q", errName, name)
		}
	}
	for name := range ix.Refs {
		if len(name) == 0 || len(name) > maxName {
			return fmt.Errorf("%w: %q", errName, name)
		}
	}
	return nil
}

// UniqueEntry is one row of uniq to be.
type UniqueEntry struct {
	Index string
	Key   []byte
}

// Entries are the index rows of one document. Unique is ordered by index name; Refs is ordered and has no duplicates.
type Entries struct {
	Unique []UniqueEntry
	Refs   [][]byte
}

// Of computes the rows for the index values of the document.
func Of(table string, key store.Key, ix store.Indexes) Entries {
	var e Entries
	if len(ix.Unique) > 0 {
		for _, name := range slices.Sorted(maps.Keys(ix.Unique)) {
			if v := ix.Unique[name]; v != nil {
				e.Unique = append(e.Unique, UniqueEntry{name, Unique(table, name, v)})
			}
		}
	}
	for name, values := range ix.Refs {
		for _, v := range values {
			e.Refs = append(e.Refs, append(Ref(table, name, v, len(key)), key...))
		}
	}
	slices.SortFunc(e.Refs, bytes.Compare)
	e.Refs = slices.CompactFunc(e.Refs, bytes.Equal)
	return e
}

// Encode packs the entries for the document's row, from which an update or deletion learns what to remove. The common
// prefix of the table is not repeated.
func (e Entries) Encode(table string) []byte {
	if len(e.Unique) == 0 && len(e.Refs) == 0 {
		return []byte{}
	}
	cut := len(Table(table, 0))
	out := binary.AppendUvarint(nil, uint64(len(e.Unique)))
	for _, u := range e.Unique {
		out = appendBlob(out, u.Key[cut:])
	}
	for _, r := range e.Refs {
		out = appendBlob(out, r[cut:])
	}
	return out
}

func appendBlob(out, b []byte) []byte {
	return append(binary.AppendUvarint(out, uint64(len(b))), b...)
}

var errDamaged = errors.New("store: damaged list of index entries")

// Decode unpacks Encode's result. The unique entries have no index names: those are not needed to remove them.
func Decode(table string, packed []byte) (Entries, error) {
	var e Entries
	if len(packed) == 0 {
		return e, nil
	}
	prefix := Table(table, 0)
	uniques, n := binary.Uvarint(packed)
	if n <= 0 || uniques > uint64(len(packed)) {
		return e, errDamaged
	}
	for packed = packed[n:]; len(packed) > 0; {
		size, n := binary.Uvarint(packed)
		if n <= 0 || size > uint64(len(packed)-n) {
			return e, errDamaged
		}
		key := slices.Concat(prefix, packed[n:n+int(size)])
		packed = packed[n+int(size):]
		if uint64(len(e.Unique)) < uniques {
			e.Unique = append(e.Unique, UniqueEntry{Key: key})
		} else {
			e.Refs = append(e.Refs, key)
		}
	}
	if uint64(len(e.Unique)) != uniques {
		return e, errDamaged
	}
	return e, nil
}

// Diff returns what has to be removed from old and added from next when next replaces old.
func Diff(old, next Entries) (remove, add Entries) {
	remove.Unique = missing(old.Unique, next.Unique, compareUnique)
	add.Unique = missing(next.Unique, old.Unique, compareUnique)
	remove.Refs = missing(old.Refs, next.Refs, bytes.Compare)
	add.Refs = missing(next.Refs, old.Refs, bytes.Compare)
	return remove, add
}

func compareUnique(a, b UniqueEntry) int { return bytes.Compare(a.Key, b.Key) }

// missing returns the elements of a that b lacks. Both are ordered by key: for unique entries that is the order of index names.
func missing[E any](a, b []E, compare func(E, E) int) []E {
	var out []E
	for _, x := range a {
		if _, found := slices.BinarySearchFunc(b, x, compare); !found {
			out = append(out, x)
		}
	}
	return out
}
