package archive

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// Memory is a driver that keeps partitions in memory, for servers without a data directory. The zero value works.
type Memory struct {
	mu    sync.RWMutex
	parts map[Part]*memoryPart
}

var _ Driver = (*Memory)(nil)

// memoryPart holds rows by table and A, ascending by B.
type memoryPart struct {
	info   Info
	tables [Tables]map[int64][]Row
}

// Parts implements Driver.
func (m *Memory) Parts(context.Context) ([]Info, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Info
	for _, p := range m.parts {
		out = append(out, p.info)
	}
	return out, nil
}

// Write implements Driver.
func (m *Memory) Write(_ context.Context, p Part, fn func(Writer) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	part := m.parts[p]
	if part == nil {
		part = &memoryPart{info: Info{Part: p}}
		for t := range part.tables {
			part.tables[t] = map[int64][]Row{}
		}
	}
	w := &memoryWriter{memoryPart: part, info: part.info}
	if err := fn(w); err != nil {
		return err
	}
	for _, change := range w.changes {
		change()
	}
	part.info = w.info
	if m.parts == nil {
		m.parts = map[Part]*memoryPart{}
	}
	m.parts[p] = part
	return nil
}

// Read implements Driver.
func (m *Memory) Read(_ context.Context, p Part, fn func(Reader) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	part := m.parts[p]
	if part == nil {
		return ErrNoPart
	}
	return fn(part)
}

// Drop implements Driver.
func (m *Memory) Drop(_ context.Context, p Part) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.parts, p)
	return nil
}

// Close implements Driver.
func (m *Memory) Close() error { return nil }

// Info implements Reader.
func (p *memoryPart) Info() (Info, error) { return p.info, nil }

// Scan implements Reader. Values are shared: nothing writes into them.
func (p *memoryPart) Scan(t Table, a, from, to int64, desc bool, limit int) ([]Row, error) {
	rows := p.tables[t][a]
	lo, _ := slices.BinarySearchFunc(rows, from, byB)
	hi, found := slices.BinarySearchFunc(rows, to, byB)
	if found {
		hi++
	}
	if lo >= hi {
		return nil, nil
	}
	if !desc {
		return slices.Clone(rows[lo:min(hi, lo+limit)]), nil
	}
	out := slices.Clone(rows[max(lo, hi-limit):hi])
	slices.Reverse(out)
	return out, nil
}

func byB(r Row, b int64) int { return cmp.Compare(r.B, b) }

// memoryWriter collects changes, which are made when fn has succeeded.
type memoryWriter struct {
	*memoryPart
	info    Info
	changes []func()
}

func (w *memoryWriter) Info() (Info, error) { return w.info, nil }

func (w *memoryWriter) SetInfo(i Info) error {
	w.info = i
	return nil
}

func (w *memoryWriter) Delete(t Table, keys []Key) error {
	w.changes = append(w.changes, func() {
		for _, k := range keys {
			rows := w.tables[t][k.A]
			if i, found := slices.BinarySearchFunc(rows, k.B, byB); found {
				rows = slices.Delete(rows, i, i+1)
			}
			if len(rows) == 0 {
				delete(w.tables[t], k.A)
			} else {
				w.tables[t][k.A] = rows
			}
		}
	})
	return nil
}

func (w *memoryWriter) Put(t Table, rows []Row) error {
	w.changes = append(w.changes, func() {
		for _, r := range rows {
			have := w.tables[t][r.A]
			i, found := slices.BinarySearchFunc(have, r.B, byB)
			if found {
				have[i] = r
				continue
			}
			w.tables[t][r.A] = slices.Insert(have, i, r)
		}
	})
	return nil
}
