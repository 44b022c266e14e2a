package pgarchive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"vauban/eventlog/archive"
	"vauban/store"
)

// Options of Open. The zero value works.
type Options struct {
	Schema  string        // of the tables; "" means vauban_archive
	Conns   int           // connections of this replica; 0 means 8
	Timeout time.Duration // of one statement; 0 means 30 s
}

// Driver implements archive.Driver.
type Driver struct {
	pool   *pgxpool.Pool
	schema string
}

var _ archive.Driver = (*Driver)(nil)

// Numbers of advisory locks. A partition's is its own, see lockOf. They are part of the protocol between replicas.
const (
	lockSpace = 0x76617561 // "vaua"
	lockSetup = -1 << 31
)

// Open connects to the database of the connection string and makes the schema when needed.
func Open(ctx context.Context, dsn string, o Options) (*Driver, error) {
	if o.Schema == "" {
		o.Schema = "vauban_archive"
	}
	if o.Conns <= 0 {
		o.Conns = 8
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// Its cause alone: the error itself shows the string, and the password in it.
		return nil, fmt.Errorf("open event archive: cannot parse the connection string: %w", cmp.Or(errors.Unwrap(err), errMalformed))
	}
	cfg.MaxConns = int32(o.Conns)
	p := cfg.ConnConfig.RuntimeParams
	p["application_name"] = "vauban archive"
	p["enable_seqscan"] = "off" // everything is found by primary key, also before the planner has statistics
	p["enable_bitmapscan"] = "off"
	p["jit"] = "off"
	p["statement_timeout"] = strconv.FormatInt(o.Timeout.Milliseconds(), 10)
	p["idle_in_transaction_session_timeout"] = strconv.FormatInt(2*o.Timeout.Milliseconds(), 10)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open event archive: %w", err)
	}
	d := &Driver{pool: pool, schema: pgx.Identifier{o.Schema}.Sanitize()}
	err = d.inTx(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d, %d);
			CREATE SCHEMA IF NOT EXISTS %s;
			CREATE TABLE IF NOT EXISTS %s.part (kind smallint, day integer, info text NOT NULL, PRIMARY KEY (kind, day))`, lockSpace, lockSetup, d.schema, d.schema))
		return err
	})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open event archive: %w", err)
	}
	return d, nil
}

var errMalformed = errors.New("malformed")

// Close implements archive.Driver.
func (d *Driver) Close() error {
	d.pool.Close()
	return nil
}

func (d *Driver) inTx(ctx context.Context, o pgx.TxOptions, fn func(pgx.Tx) error) error {
	return explain(pgx.BeginTxFunc(ctx, d.pool, o, fn))
}

// SQLSTATE codes, from appendix A of the PostgreSQL documentation.
const (
	codeDiskFull  = "53100"
	codeUndefined = "42P01" // table: dropped since the partition was looked up
)

// explain gives the database's errors their meaning for callers.
func explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case codeDiskFull:
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case codeUndefined:
		return fmt.Errorf("%w: %w", archive.ErrNoPart, err)
	}
	return err
}

// Parts implements archive.Driver.
func (d *Driver) Parts(ctx context.Context) ([]archive.Info, error) {
	rows, err := d.pool.Query(ctx, "SELECT kind, day, info FROM "+d.schema+".part")
	if err != nil {
		return nil, explain(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (archive.Info, error) {
		var kind int16
		var day int32
		var info string
		if err := row.Scan(&kind, &day, &info); err != nil {
			return archive.Info{}, err
		}
		return decodeInfo(info, archive.Part{Kind: archive.Kind(kind), Day: archive.Day(day)})
	})
	return out, explain(err)
}

// Write implements archive.Driver.
func (d *Driver) Write(ctx context.Context, p archive.Part, fn func(archive.Writer) error) error {
	return d.inTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if err := lock(ctx, tx, p); err != nil {
			return err
		}
		r := &rows{ctx: ctx, tx: tx, part: p, schema: d.schema}
		err := r.load()
		if errors.Is(err, pgx.ErrNoRows) {
			err = r.create()
		}
		if err != nil {
			return err
		}
		return fn(r)
	})
}

// Read implements archive.Driver.
func (d *Driver) Read(ctx context.Context, p archive.Part, fn func(archive.Reader) error) error {
	return d.inTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		r := &rows{ctx: ctx, tx: tx, part: p, schema: d.schema}
		err := r.load()
		if errors.Is(err, pgx.ErrNoRows) {
			return archive.ErrNoPart
		}
		if err != nil {
			return err
		}
		return fn(r)
	})
}

// Drop implements archive.Driver.
func (d *Driver) Drop(ctx context.Context, p archive.Part) error {
	return d.inTx(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := lock(ctx, tx, p); err != nil {
			return err
		}
		r := &rows{ctx: ctx, tx: tx, part: p, schema: d.schema}
		for t := range archive.Table(archive.Tables) {
			if _, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+r.table(t)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "DELETE FROM "+d.schema+".part WHERE kind = $1 AND day = $2", int16(p.Kind), int32(p.Day))
		return err
	})
}

// lock lets writes of a partition take turns, until the transaction ends.
func lock(ctx context.Context, tx pgx.Tx, p archive.Part) error {
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1, $2)", lockSpace, int32(p.Day)*2+int32(p.Kind))
	return err
}
