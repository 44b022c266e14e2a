package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vauban/eventlog/archive"
	"vauban/eventlog/lease"
	"vauban/store"
)

// Options of a log. The zero value works for a store that one process uses.
type Options struct {
	Clock  func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil discards

	// Leases are set when several replicas use the store: one of them at a time relays, consumes and drops what has expired.
	Leases *lease.Leases

	// Events wait in the outbox until so many have come together or the oldest has waited so long; look-ups see them meanwhile. 0 means 4,096 and 5 s.
	FlushEvents int
	FlushAfter  time.Duration

	// Days that management and data events are kept. 0 means 90 and 7.
	ManagementDays, DataDays int

	// MaxOutbox bounds the events that wait because the archive cannot take them. Beyond it Log.Append refuses. 0 means 250,000.
	MaxOutbox int64
}

// Log is the log over one store and archive. Its methods are safe for concurrent use.
type Log struct {
	db      store.DB
	archive *archive.Archive
	opt     Options
	window  window
	head    head

	mu        sync.Mutex
	consumers map[string]*consumer
	running   bool
	health    health
}

// Open returns the log of the store, with an archive on the driver, which it closes with itself. db stays the caller's.
func Open(db store.DB, driver archive.Driver, opt Options) (*Log, error) {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.FlushEvents <= 0 {
		opt.FlushEvents = 4096
	}
	if opt.FlushAfter <= 0 {
		opt.FlushAfter = 5 * time.Second
	}
	if opt.ManagementDays <= 0 {
		opt.ManagementDays = 90
	}
	if opt.DataDays <= 0 {
		opt.DataDays = 7
	}
	if opt.MaxOutbox <= 0 {
		opt.MaxOutbox = 250_000
	}
	a, err := archive.New(driver, new(indexer).index)
	if err != nil {
		return nil, fmt.Errorf("open event log: %w", err)
	}
	return &Log{db: db, archive: a, opt: opt, consumers: map[string]*consumer{}}, nil
}

// Close releases the archive. Run must have ended.
func (l *Log) Close() error { return l.archive.Close() }

// Run relays, runs the consumers and drops what has expired, until ctx ends. What fails is tried again; Status tells.
func (l *Log) Run(ctx context.Context) error {
	l.mu.Lock()
	if l.running {
		l.mu.Unlock()
		return errors.New("eventlog: runs already")
	}
	l.running = true
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.running = false
	}()
	var jobs sync.WaitGroup
	defer jobs.Wait()
	jobs.Go(func() { l.watch(ctx) })
	if l.opt.Leases == nil {
		l.work(ctx, nil)
		return nil
	}
	return l.opt.Leases.Hold(ctx, "eventlog", func(ctx context.Context, lease *lease.Lease) error {
		l.work(ctx, lease)
		return nil
	})
}

// work is what one replica at a time does. It returns when ctx ends.
func (l *Log) work(ctx context.Context, lease *lease.Lease) {
	var jobs sync.WaitGroup
	jobs.Go(func() { l.relay(ctx, lease) })
	jobs.Go(func() { l.expire(ctx) })
	for _, c := range l.registered() {
		jobs.Go(func() { l.consume(ctx, c, lease) })
	}
	jobs.Wait()
}

// guard answers lease.ErrLost in a job's transaction that must not commit any more.
func guard(tx store.Tx, l *lease.Lease) error {
	if l == nil {
		return nil
	}
	return l.Check(tx)
}

// backoff waits after failures, longer each time, up to half a minute.
type backoff struct {
	failures int
}

const maxBackoff = 30 * time.Second

func (b *backoff) next() time.Duration {
	d := min(50*time.Millisecond<<min(b.failures, 16), maxBackoff)
	b.failures++
	return d
}

func (b *backoff) reset() { b.failures = 0 }

// sleep waits; false when ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
