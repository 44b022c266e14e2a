package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vauban/store"
	"vauban/store/internal/layout"
)

// tx is a transaction on one connection.
type tx struct {
	ctx     context.Context
	c       *pgx.Conn
	begin   []string // statements that open it, sent with the first of its own; nil once they are sent
	write   bool
	broke   error          // a database error: the transaction cannot commit, whatever fn makes of it
	over    bool           // fn has returned: a Tx kept beyond it does nothing
	known   map[string]row // by physical key: documents read or written here, so that an update need not look again
	changes []store.Change // kept back until the commit
	events  []store.Event
}

// row is what a write needs to know of the document that it replaces. packed is layout's list of index entries.
type row struct {
	rev     store.Rev
	version int
	packed  []byte
}

var errOver = errors.New("postgres: transaction used after its function returned")

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
	if !t.write {
		return store.ErrReadOnly
	}
	return t.readable()
}

// fail remembers a database error: PostgreSQL ignores the rest of the transaction.
func (t *tx) fail(err error) error {
	if err != nil && t.broke == nil {
		t.broke = err
	}
	return err
}

// query sends a statement, behind those that open the transaction if it is the first, and gives each row to scan.
func (t *tx) query(scan func(pgx.Rows) error, sql string, args ...any) error {
	if t.begin == nil {
		rows, err := t.c.Query(t.ctx, sql, args...)
		if err != nil {
			return t.fail(err)
		}
		return t.fail(drain(rows, scan))
	}
	b := t.opening()
	ahead := b.Len()
	b.Queue(sql, args...)
	results := t.c.SendBatch(t.ctx, b)
	for range ahead {
		if _, err := results.Exec(); err != nil {
			_ = results.Close()
			return t.fail(err)
		}
	}
	rows, err := results.Query()
	if err == nil {
		err = drain(rows, scan)
	}
	return t.fail(errors.Join(err, results.Close()))
}

// opening starts a batch with the statements that open the transaction, if they are still to be sent.
func (t *tx) opening() *pgx.Batch {
	b := &pgx.Batch{}
	for _, sql := range t.begin {
		b.Queue(sql)
	}
	t.begin = nil
	return b
}

func drain(rows pgx.Rows, scan func(pgx.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *tx) know(physical []byte, r row) {
	if !t.write {
		return
	}
	if t.known == nil {
		t.known = map[string]row{}
	}
	t.known[string(physical)] = r
}

func (t *tx) Get(table string, key store.Key) (store.Doc, error) {
	if err := t.readable(); err != nil {
		return store.Doc{}, err
	}
	physical := layout.Doc(table, key)
	var r row
	var body []byte
	err := t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev, &r.version, &r.packed, &body) },
		"SELECT rev, version, ix, body FROM doc WHERE k = $1", physical)
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
		"SELECT pk FROM uniq WHERE k = $1", layout.Unique(table, index, value))
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
	return t.chunks(from, cut, fn, `SELECT k, rev, version, ix, body FROM doc WHERE k >= $1 AND k < $2 ORDER BY k LIMIT $3`, end)
}

func (t *tx) ScanRef(table, index string, value, after store.Key, fn func(store.Doc) bool) error {
	from := store.Key(layout.Ref(table, index, value, len(after)+1))
	end := from.End()
	cut := len(from)
	if after != nil {
		from = append(append(from, after...), 0)
	}
	// OFFSET 0 keeps the planner from turning the look-up of each document into a join over all of them.
	return t.chunks(from, cut, fn, `SELECT r.k, d.rev, d.version, d.ix, d.body
		FROM (SELECT k FROM ref WHERE k >= $1 AND k < $2 ORDER BY k LIMIT $3) AS r
		CROSS JOIN LATERAL (SELECT rev, version, ix, body FROM doc WHERE doc.k = $4::bytea || substr(r.k, $5) OFFSET 0) AS d
		ORDER BY r.k`, end, []byte(layout.Table(table, 0)), cut+1)
}

// chunks visits documents chunk by chunk. cut bytes of a row's key are not the document's. args follow $1, the place to
// go on from, with the end, and then what comes after $3, the limit.
func (t *tx) chunks(from store.Key, cut int, fn func(store.Doc) bool, sql string, end store.Key, more ...any) error {
	limit := firstChunk
	for {
		if err := t.readable(); err != nil {
			return err
		}
		var page []store.Doc
		var last store.Key
		size := 0
		err := t.query(func(rows pgx.Rows) error {
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

// Inserts go for the unique indexes at once, without looking first: a look would lock, as serialisable transactions do,
// whole pages of the index against others that insert beside it.
const insertSQL = `WITH d AS (
	INSERT INTO doc (k, rev, version, ix, body) VALUES ($1, nextval('rev_seq'), $2, $3, $4) ON CONFLICT DO NOTHING RETURNING rev
), u AS (
	INSERT INTO uniq (k, pk) SELECT x, $5 FROM unnest($6::bytea[]) AS x WHERE EXISTS (SELECT FROM d) ON CONFLICT DO NOTHING RETURNING k
), r AS (
	INSERT INTO ref (k) SELECT x FROM unnest($7::bytea[]) AS x WHERE (SELECT count(*) FROM u) = cardinality($6::bytea[]) AND EXISTS (SELECT FROM d)
)
SELECT rev, ARRAY(SELECT k FROM u) FROM d`

func (t *tx) Insert(table string, d store.Doc, ix store.Indexes, cached bool) error {
	if err := t.writable(); err != nil {
		return err
	}
	if err := layout.Check(table, d.Key, d.Body, ix); err != nil {
		return err
	}
	physical := layout.Doc(table, d.Key)
	entries := layout.Of(table, d.Key, ix)
	r := row{version: d.Version, packed: entries.Encode(table)}
	var unique [][]byte
	err := t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev, &unique) }, insertSQL,
		physical, d.Version, r.packed, notNil(d.Body), notNil(d.Key), keysOf(entries.Unique), notNilList(entries.Refs))
	if err != nil {
		return err
	}
	if r.rev == 0 {
		return &store.ExistsError{Table: table}
	}
	if len(unique) < len(entries.Unique) {
		err := t.query(ignore, "WITH u AS (DELETE FROM uniq WHERE k = ANY($2)) DELETE FROM doc WHERE k = $1", physical, unique)
		return errors.Join(err, &store.ExistsError{Table: table, Index: missing(entries.Unique, unique)})
	}
	t.know(physical, r)
	t.changed(table, d.Key, cached)
	return nil
}

func ignore(pgx.Rows) error { return nil }

// missing names the first index whose value was not taken.
func missing(wanted []layout.UniqueEntry, got [][]byte) string {
	for _, u := range wanted {
		found := false
		for _, k := range got {
			found = found || bytes.Equal(k, u.Key)
		}
		if !found {
			return u.Index
		}
	}
	return ""
}

func keysOf(unique []layout.UniqueEntry) [][]byte {
	out := make([][]byte, len(unique))
	for i, u := range unique {
		out[i] = u.Key
	}
	return out
}

// Both engines tell NULL from a value of no bytes; the store has no NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func notNilList(l [][]byte) [][]byte {
	if l == nil {
		return [][]byte{}
	}
	return l
}

const updateSQL = `WITH u AS (
	INSERT INTO uniq (k, pk) SELECT x, $5 FROM unnest($6::bytea[]) AS x ON CONFLICT DO NOTHING RETURNING k
), ok AS (
	SELECT 1 WHERE (SELECT count(*) FROM u) = cardinality($6::bytea[])
), du AS (
	DELETE FROM uniq WHERE k = ANY($8::bytea[]) AND EXISTS (SELECT FROM ok)
), dr AS (
	DELETE FROM ref WHERE k = ANY($9::bytea[]) AND EXISTS (SELECT FROM ok)
), r AS (
	INSERT INTO ref (k) SELECT x FROM unnest($7::bytea[]) AS x WHERE EXISTS (SELECT FROM ok)
), d AS (
	UPDATE doc SET rev = nextval('rev_seq'), version = $2, ix = $3, body = $4 WHERE k = $1 AND EXISTS (SELECT FROM ok) RETURNING rev
)
SELECT COALESCE((SELECT rev FROM d), 0), ARRAY(SELECT k FROM u)`

func (t *tx) Update(table string, d store.Doc, rev store.Rev, ix store.Indexes, cached bool) error {
	if err := t.writable(); err != nil {
		return err
	}
	if err := layout.Check(table, d.Key, d.Body, ix); err != nil {
		return err
	}
	physical := layout.Doc(table, d.Key)
	old, oldEntries, err := t.current(table, d.Key, physical, rev)
	if err != nil {
		return err
	}
	if old.version > d.Version {
		return fmt.Errorf("%s %v has version %d, not overwritten by %d: %w", table, d.Key, old.version, d.Version, store.ErrNewer)
	}
	entries := layout.Of(table, d.Key, ix)
	remove, add := layout.Diff(oldEntries, entries)
	r := row{version: d.Version, packed: entries.Encode(table)}
	var unique [][]byte
	if len(remove.Unique)+len(remove.Refs)+len(add.Unique)+len(add.Refs) == 0 {
		err = t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev) },
			"UPDATE doc SET rev = nextval('rev_seq'), version = $2, body = $3 WHERE k = $1 RETURNING rev", physical, d.Version, notNil(d.Body))
	} else {
		err = t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev, &unique) }, updateSQL,
			physical, d.Version, r.packed, notNil(d.Body), notNil(d.Key),
			keysOf(add.Unique), notNilList(add.Refs), keysOf(remove.Unique), notNilList(remove.Refs))
	}
	if err != nil {
		return err
	}
	if r.rev == 0 {
		err := t.query(ignore, "DELETE FROM uniq WHERE k = ANY($1)", notNilList(unique))
		return errors.Join(err, &store.ExistsError{Table: table, Index: missing(add.Unique, unique)})
	}
	t.know(physical, r)
	t.changed(table, d.Key, cached)
	return nil
}

func (t *tx) Delete(table string, key store.Key, rev store.Rev, cached bool) error {
	if err := t.writable(); err != nil {
		return err
	}
	physical := layout.Doc(table, key)
	_, entries, err := t.current(table, key, physical, rev)
	if err != nil {
		return err
	}
	err = t.query(ignore, `WITH u AS (DELETE FROM uniq WHERE k = ANY($2)), r AS (DELETE FROM ref WHERE k = ANY($3)) DELETE FROM doc WHERE k = $1`,
		physical, keysOf(entries.Unique), notNilList(entries.Refs))
	if err != nil {
		return err
	}
	delete(t.known, string(physical))
	t.changed(table, key, cached)
	return nil
}

// current finds the document to be replaced: ErrNotFound, or ErrConflict when rev is not 0 and differs.
func (t *tx) current(table string, key store.Key, physical []byte, rev store.Rev) (row, layout.Entries, error) {
	r, ok := t.known[string(physical)]
	if !ok {
		err := t.query(func(rows pgx.Rows) error { return rows.Scan(&r.rev, &r.version, &r.packed) },
			"SELECT rev, version, ix FROM doc WHERE k = $1", physical)
		if err != nil {
			return row{}, layout.Entries{}, err
		}
		if r.rev == 0 {
			return row{}, layout.Entries{}, store.ErrNotFound
		}
	}
	if rev != 0 && rev != r.rev {
		return row{}, layout.Entries{}, fmt.Errorf("%s %v has revision %d, not %d: %w", table, key, r.rev, rev, store.ErrConflict)
	}
	entries, err := layout.Decode(table, r.packed)
	if err != nil {
		return row{}, layout.Entries{}, t.fail(fmt.Errorf("%s %v: %w", table, key, err))
	}
	return r, entries, nil
}

func (t *tx) changed(table string, key store.Key, cached bool) {
	if cached {
		t.changes = append(t.changes, store.Change{Table: table, Key: bytes.Clone(key)})
	}
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
	t.events = append(t.events, events...)
	return nil
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
	}, "SELECT seq, id, at, body FROM event WHERE seq > $1 ORDER BY seq LIMIT $2", after, limit)
	return out, err
}

func (t *tx) DropEvents(upTo int64) error {
	if err := t.writable(); err != nil {
		return err
	}
	return t.query(ignore, "DELETE FROM event WHERE seq <= $1", upTo)
}
