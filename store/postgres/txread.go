package postgres

import (
	"bytes"
	"time"

	"github.com/jackc/pgx/v5"

	"vauban/store"
	"vauban/store/internal/layout"
)

func (t *tx) Get(table string, key store.Key) (store.Doc, error) {
	if err := t.readable(); err != nil {
		return store.Doc{}, err
	}
	physical := layout.Doc(table, key)
	var r row
	var body []byte
	err := t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev, &r.version, &r.packed, &body) },
		getSQL, physical)
	if err != nil {
		return store.Doc{}, err
	}
	if r.rev == 0 {
		return store.Doc{}, store.ErrNotFound
	}
	t.know(physical, r)
	return store.Doc{Key: bytes.Clone(key), Rev: r.rev, Version: r.version, Body: body}, nil
}

func (t *tx) Lookup(table, index string, value store.Key) (store.Key, error) {
	if err := t.readable(); err != nil {
		return nil, err
	}
	var owner []byte
	err := t.query(func(rows pgx.Rows) error { return rows.Scan(&owner) },
		lookupSQL, layout.Unique(table, index, value))
	if err == nil && owner == nil {
		err = store.ErrNotFound
	}
	return owner, err
}

// A scan reads ahead, because a connection has one cursor: at first firstChunk documents, then as many as chunkBytes hold, at most maxChunk.
const (
	firstChunk = 32
	maxChunk   = 1000
	chunkBytes = 1 << 20
)

func (t *tx) Scan(table string, prefix, after store.Key, fn func(store.Doc) bool) error {
	from := store.Key(layout.Doc(table, prefix))
	cut := len(from) - len(prefix)
	end := from.End()
	if after != nil {
		if next := store.Key(layout.Doc(table, after)).Next(); next.Compare(from) > 0 {
			from = next
		}
	}
	return t.chunks(from, cut, fn, scanSQL, end)
}

func (t *tx) ScanRef(table, index string, value, after store.Key, fn func(store.Doc) bool) error {
	from := store.Key(layout.Ref(table, index, value, len(after)+1))
	end := from.End()
	cut := len(from)
	if after != nil {
		from = append(append(from, after...), 0)
	}
	return t.chunks(from, cut, fn, scanRefSQL, end, []byte(layout.Table(table, 0)), cut+1)
}

// chunks visits documents chunk by chunk. cut bytes of a row's key are not the document's. args follow $1, the place to
// go on from, with the end, and then what comes after $3, the limit.
func (t *tx) chunks(from store.Key, cut int, fn func(store.Doc) bool, sql string, end store.Key, more ...any) error {
	limit := firstChunk
	for {
		if err := t.readable(); err != nil {
			return err
		}
		page, last, size, err := t.chunk(sql, from, end, limit, cut, more...)
		if err != nil {
			return err
		}
		for _, d := range page {
			if err := t.readable(); err != nil {
				return err
			}
			if !fn(d) {
				return nil
			}
		}
		if len(page) < limit {
			return nil
		}
		from = last.Next()
		limit = min(max(chunkBytes/(size/len(page)+1), 1), 4*limit, maxChunk)
	}
}

// chunk reads at most limit documents; last is the row's key of the last of them, and size the bytes of all.
func (t *tx) chunk(sql string, from, end store.Key, limit, cut int, more ...any) (page []store.Doc, last store.Key, size int, err error) {
	err = t.query(func(rows pgx.Rows) error {
		var d store.Doc
		var r row
		var k []byte
		if err := rows.Scan(&k, &r.rev, &r.version, &r.packed, &d.Body); err != nil {
			return err
		}
		last = k
		d.Key, d.Rev, d.Version = k[cut:], r.rev, r.version
		size += len(d.Body)
		page = append(page, d)
		return nil
	}, sql, append([]any{[]byte(from), []byte(end), limit}, more...)...)
	return page, last, size, err
}

func (t *tx) Events(after int64, limit int) ([]store.Event, error) {
	if err := t.readable(); err != nil {
		return nil, err
	}
	var out []store.Event
	err := t.query(func(rows pgx.Rows) error {
		var e store.Event
		var at int64
		if err := rows.Scan(&e.Seq, &e.ID, &at, &e.Body); err != nil {
			return err
		}
		e.Time = time.UnixMicro(at).UTC()
		out = append(out, e)
		return nil
	}, eventsSQL, after, max(limit, 0))
	return out, err
}
