package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"vauban/store"
	"vauban/store/internal/bell"
)

// Options of Open. The zero value is what a server wants.
type Options struct {
	Schema      string        // of the tables; "" means vauban
	Conns       int           // connections of this replica; 0 means eight for each processor, at least 16
	Timeout     time.Duration // of one transaction, with the wait for a connection; 0 means 30 s
	KeepChanges int           // how many changes the feed keeps at least; 0 means 100,000
}

// DB is a store in a PostgreSQL database.
type DB struct {
	pool     *pgxpool.Pool
	o        Options
	wakers   wakers
	bells    bell.Bells
	appends  chan *appendCall
	expected int // calls that are likely to come next: appendLoop's alone

	life context.Context // until Close
	end  context.CancelFunc
	work sync.WaitGroup // goroutines of the DB

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup // calls inside the DB
}

var _ store.DB = (*DB)(nil)

// Open connects to the database that the connection string names (key=value or URL, see the PostgreSQL manual, "Connection
// Strings"; the environment's PG… variables fill what it leaves out), and creates or upgrades the tables.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if o.Schema == "" {
		o.Schema = "vauban"
	}
	if o.Conns <= 0 {
		o.Conns = max(16, 8*runtime.GOMAXPROCS(0))
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.KeepChanges <= 0 {
		o.KeepChanges = 100_000
	}
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// Its cause alone: the error itself shows the string, and a password with it when that is where the mistake is.
		return nil, fmt.Errorf("open store: cannot parse the connection string: %w", cmp.Or(errors.Unwrap(err), errMalformed))
	}
	cfg.MaxConns = int32(o.Conns)
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	cfg.ConnConfig.RuntimeParams = settings(cfg.ConnConfig.RuntimeParams, o)
	if err := migrate(ctx, cfg.ConnConfig, o); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db := &DB{pool: pool, o: o, appends: make(chan *appendCall, maxAppends)}
	db.life, db.end = context.WithCancel(context.Background())
	listening := make(chan struct{})
	db.work.Go(db.appendLoop)
	db.work.Go(func() { db.listen(cfg.ConnConfig.Copy(), listening) })
	db.work.Go(db.trimLoop)
	select {
	case <-listening: // from here on no commit of another replica goes unnoticed
		return db, nil
	case <-ctx.Done():
		_ = db.Close()
		return nil, fmt.Errorf("open store: %w", ctx.Err())
	}
}

var errMalformed = errors.New("malformed")

// settings are the parameters of every connection.
func settings(given map[string]string, o Options) map[string]string {
	out := map[string]string{
		"application_name": "vauban",
		"search_path":      pgx.Identifier{o.Schema}.Sanitize(),
		// Every statement finds its rows by primary key. The planner, before it has statistics, may think otherwise: these
		// leave it no other plan, and keep predicate locks small.
		"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off",
		"plan_cache_mode":                     "force_generic_plan",
		"statement_timeout":                   fmt.Sprint(o.Timeout.Milliseconds()),
		"idle_in_transaction_session_timeout": fmt.Sprint((2 * o.Timeout).Milliseconds()),
	}
	for name, value := range given {
		if _, ours := out[name]; !ours || strings.HasSuffix(name, "_timeout") || name == "application_name" {
			out[name] = value
		}
	}
	return out
}

// Wake implements store.DB. Commits of other replicas are noticed through LISTEN.
func (db *DB) Wake() (<-chan struct{}, func()) { return db.wakers.add() }

// Listen implements store.DB. Bells of this replica's transactions are heard through LISTEN too.
func (db *DB) Listen(name string) (<-chan struct{}, func()) { return db.bells.Listen(name) }

// Ring implements store.DB.
func (db *DB) Ring(name string) { db.bells.Ring(name) }

// Close implements store.DB.
func (db *DB) Close() error {
	db.mu.Lock()
	closed := db.closed
	db.closed = true
	db.mu.Unlock()
	if closed {
		return store.ErrClosed
	}
	db.running.Wait()
	db.end()
	db.work.Wait()
	db.pool.Close()
	return nil
}

// enter counts a call in, or reports that the store is closed. A successful enter is followed by running.Done.
func (db *DB) enter() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return false
	}
	db.running.Add(1)
	return true
}
