package store

import "sync"

// Memo keeps what is worked out from documents, so that a listing that is asked for again decodes only what has changed. An entry is
// good for one revision of one document. What a snapshot answers is kept, shared by all who ask, and must not be changed. In a write transaction
// everything is made anew and belongs to the caller: a revision that is rolled back may come again with other content.
type Memo[T, V any] struct {
	of func(*T) V
	mu sync.RWMutex
	m  map[string]memo[V] // by primary key
}

type memo[V any] struct {
	rev Rev
	v   V
}

// maxMemo bounds the entries of one Memo. When it is full it starts over: what is listed often comes back at once.
const maxMemo = 20_000

// NewMemo returns a memo of the function, which must depend on nothing but the document.
func NewMemo[T, V any](of func(*T) V) *Memo[T, V] {
	return &Memo[T, V]{of: of, m: map[string]memo[V]{}}
}

// Get is Table.Get with what the memo keeps in place of the document.
func (m *Memo[T, V]) Get(tx Tx, t *Table[T], key Key) (v V, err error) {
	d, err := tx.Get(t.Name, key)
	if err != nil {
		return v, err
	}
	return m.get(tx, t, d)
}

func (m *Memo[T, V]) get(tx Tx, t *Table[T], d Doc) (v V, err error) {
	if !tx.Snapshot() {
		doc, err := t.decode(d)
		if err != nil {
			return v, err
		}
		return m.of(doc), nil
	}
	m.mu.RLock()
	e, ok := m.m[string(d.Key)]
	m.mu.RUnlock()
	if ok && e.rev == d.Rev {
		return e.v, nil
	}
	doc, err := t.decode(d)
	if err != nil {
		return e.v, err
	}
	e = memo[V]{d.Rev, m.of(doc)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.m) >= maxMemo {
		clear(m.m)
	}
	m.m[string(d.Key)] = e
	return e.v, nil
}

// Visit calls fn for the documents whose key starts with the prefix, in key order, strictly after `after`, until fn declines one.
// It returns the key of the last document that fn took, to go on from, or nil when none is left.
func Visit[T any](tx Tx, t *Table[T], prefix, after Key, fn func(*T) (took bool)) (next Key, err error) {
	return visit(tx, t, prefix, after, func(d Doc) (bool, error) {
		v, err := t.decode(d)
		return err == nil && fn(v), err
	})
}

// VisitMemo is Visit with what the memo keeps in place of the documents.
func VisitMemo[T, V any](tx Tx, t *Table[T], m *Memo[T, V], prefix, after Key, fn func(V) (took bool)) (next Key, err error) {
	return visit(tx, t, prefix, after, func(d Doc) (bool, error) {
		v, err := m.get(tx, t, d)
		return err == nil && fn(v), err
	})
}

func visit[T any](tx Tx, t *Table[T], prefix, after Key, fn func(Doc) (bool, error)) (next Key, err error) {
	last, ended := after, true
	var bad error
	err = tx.Scan(t.Name, prefix, after, func(d Doc) bool {
		var took bool
		if took, bad = fn(d); took {
			last = d.Key
		}
		ended = took
		return took
	})
	if err == nil {
		err = bad
	}
	if err != nil || ended {
		return nil, err
	}
	return last, nil
}
