package sqlite

import (
	"bytes"
	"errors"

	"vauban/store"
	"vauban/store/internal/layout"
)

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

func (t *tx) Skim(table string, prefix, after store.Key, sep []byte, fn func(store.Doc) bool) error {
	from := store.Key(layout.Doc(table, prefix))
	cut, behind := len(from)-len(prefix), len(from)
	end := from.End()
	if after != nil {
		if next := store.Key(layout.Doc(table, after)).Next(); next.Compare(from) > 0 {
			from = next
		}
	}
	for from != nil {
		start := from
		from = nil
		err := t.scan("SELECT k, rev, version, body FROM doc WHERE k >= ?1 AND k < ?2 ORDER BY k", start, end, cut, func(d store.Doc) bool {
			if !fn(d) {
				return false
			}
			i := bytes.Index(d.Key[behind-cut:], sep)
			if i < 0 {
				return true
			}
			from = store.Key(layout.Doc(table, d.Key[:behind-cut+i+len(sep)])).End() // go on behind the group
			return false
		})
		if err != nil {
			return err
		}
	}
	return nil
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
