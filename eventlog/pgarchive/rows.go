package pgarchive

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"vauban/eventlog/archive"
)

// rows implements archive.Reader and archive.Writer on a transaction.
type rows struct {
	ctx    context.Context
	tx     pgx.Tx
	part   archive.Part
	schema string
	info   archive.Info
}

var _ archive.Writer = (*rows)(nil)

// table is the quoted name of a partition's table.
func (r *rows) table(t archive.Table) string {
	kind := "events_"
	if r.part.Kind == archive.Data {
		kind = "data_"
	}
	names := [archive.Tables]string{archive.Frames: "_frame", archive.Blocks: "_block", archive.Postings: "_posting", archive.Segments: "_segment"}
	return r.schema + "." + pgx.Identifier{kind + r.part.Day.String() + names[t]}.Sanitize()
}

// load reads the description, or answers pgx.ErrNoRows when there is no such partition.
func (r *rows) load() error {
	var v string
	err := r.tx.QueryRow(r.ctx, "SELECT info FROM "+r.schema+".part WHERE kind = $1 AND day = $2", int16(r.part.Kind), int32(r.part.Day)).Scan(&v)
	if err != nil {
		return err
	}
	r.info, err = decodeInfo(v, r.part)
	return err
}

// create makes the partition's tables. Frames are compressed already; postings are small: the server need not try.
func (r *rows) create() error {
	for t := range archive.Table(archive.Tables) {
		name := r.table(t)
		if _, err := r.tx.Exec(r.ctx, "CREATE TABLE "+name+" (a bigint, b bigint, v bytea NOT NULL, PRIMARY KEY (a, b)); ALTER TABLE "+name+" ALTER v SET STORAGE EXTERNAL"); err != nil {
			return err
		}
	}
	r.info = archive.Info{Part: r.part}
	return r.SetInfo(r.info)
}

// Scan implements archive.Reader.
func (r *rows) Scan(t archive.Table, a, from, to int64, desc bool, limit int) ([]archive.Row, error) {
	order := ""
	if desc {
		order = " DESC"
	}
	found, err := r.tx.Query(r.ctx, "SELECT b, v FROM "+r.table(t)+" WHERE a = $1 AND b BETWEEN $2 AND $3 ORDER BY a"+order+", b"+order+" LIMIT $4", a, from, to, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) (archive.Row, error) {
		out := archive.Row{Key: archive.Key{A: a}}
		err := row.Scan(&out.B, &out.Value)
		return out, err
	})
}

// Info implements archive.Reader.
func (r *rows) Info() (archive.Info, error) { return r.info, nil }

// SetInfo implements archive.Writer.
func (r *rows) SetInfo(i archive.Info) error {
	b, err := json.Marshal(i)
	if err != nil {
		return err
	}
	r.info = i
	_, err = r.tx.Exec(r.ctx, "INSERT INTO "+r.schema+".part (kind, day, info) VALUES ($1, $2, $3) ON CONFLICT (kind, day) DO UPDATE SET info = excluded.info",
		int16(r.part.Kind), int32(r.part.Day), string(b))
	return err
}

// Put implements archive.Writer.
func (r *rows) Put(t archive.Table, put []archive.Row) error {
	a, b, v := make([]int64, len(put)), make([]int64, len(put)), make([][]byte, len(put))
	for i, row := range put {
		a[i], b[i], v[i] = row.A, row.B, row.Value
		if v[i] == nil {
			v[i] = []byte{} // nil would be NULL
		}
	}
	_, err := r.tx.Exec(r.ctx, "INSERT INTO "+r.table(t)+" (a, b, v) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) ON CONFLICT (a, b) DO UPDATE SET v = excluded.v", a, b, v)
	return err
}

// Delete implements archive.Writer.
func (r *rows) Delete(t archive.Table, keys []archive.Key) error {
	if len(keys) == 0 {
		return nil
	}
	a, b := make([]int64, len(keys)), make([]int64, len(keys))
	for i, k := range keys {
		a[i], b[i] = k.A, k.B
	}
	name := r.table(t)
	_, err := r.tx.Exec(r.ctx, "DELETE FROM "+name+" AS t USING unnest($1::bigint[], $2::bigint[]) AS k (a, b) WHERE t.a = k.a AND t.b = k.b", a, b)
	return err
}

func decodeInfo(s string, p archive.Part) (archive.Info, error) {
	i := archive.Info{}
	if err := json.Unmarshal([]byte(s), &i); err != nil || i.Part != p {
		return i, archive.ErrCorrupt
	}
	return i, nil
}
