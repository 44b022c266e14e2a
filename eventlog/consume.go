package eventlog

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"vauban/eventlog/lease"
	"vauban/store"
)

// Pace is how a consumer gets entries: one that writes the same for many as for few wants them rarely and together. The zero value suits most.
type Pace struct {
	Batch int           // entries at most; 0 means 256
	Pause time.Duration // 0 means 20 ms; between the beginnings of two batches, unless a full one waits
}

// The defaults. Under load a batch of what 20 ms bring costs each entry a tenth of a transaction of its own.
const (
	defaultBatch = 256
	defaultPause = 20 * time.Millisecond
)

// consumer is a registered consumer and how it is doing.
type consumer struct {
	name   string
	pace   Pace
	handle func(tx store.Tx, batch []*Entry) error

	mu      sync.Mutex
	seq     int64
	err     error
	failed  time.Time // since when it fails; zero when it does not
	retries int
}

// Took is what a consumer answers that has taken only the first entries of its batch, at least one: what it did of them commits, and it goes on with those
// after them. So a consumer that makes much of each entry bounds its transactions.
func Took(entries int) error { return took(entries) }

type took int

func (n took) Error() string { return fmt.Sprintf("took %d entries", int(n)) }

// Consume registers a consumer, before Run. It gets every entry, management and data events, in order, beginning with the oldest that is
// kept, in transactions that also move its cursor. It must do no I/O, only derive documents and enqueue; it may be run again on the same
// batch, and must not change entries. When it fails it is tried again, with smaller batches and growing pauses; others
// go on meanwhile. The name is that of the cursor: two consumers must not share one.
func (l *Log) Consume(name string, handle func(tx store.Tx, batch []*Entry) error) {
	l.ConsumeAt(Pace{}, name, handle)
}

// ConsumeAt is Consume at another pace.
func (l *Log) ConsumeAt(p Pace, name string, handle func(tx store.Tx, batch []*Entry) error) {
	if p.Batch <= 0 {
		p.Batch = defaultBatch
	}
	if p.Pause <= 0 {
		p.Pause = defaultPause
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.consumers[name] = &consumer{name: name, pace: p, handle: handle}
}

func (l *Log) registered() []*consumer {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*consumer, 0, len(l.consumers))
	for _, c := range l.consumers {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *consumer) int { return strings.Compare(a.name, b.name) })
	return out
}

// errMoved says that another replica has moved the cursor.
var errMoved = errors.New("eventlog: the cursor was moved by another replica")

// consume runs one consumer until ctx ends.
func (l *Log) consume(ctx context.Context, c *consumer, lease *lease.Lease) {
	var b backoff
	known, limit := false, c.pace.Batch
	for ctx.Err() == nil {
		n, err, began := 0, error(nil), time.Now()
		if !known {
			err = l.loadCursor(ctx, c)
			known = err == nil
		}
		if err == nil {
			n, err = l.consumeOnce(ctx, c, lease, limit)
		}
		if ctx.Err() != nil {
			return
		}
		l.reportConsumer(ctx, c, err)
		switch {
		case errors.Is(err, errMoved):
			known = false
			if !sleep(ctx, b.next()) {
				return
			}
		case err != nil:
			limit = max(limit/2, 1) // what precedes a bad entry gets through
			if !sleep(ctx, b.next()) {
				return
			}
		case n > 0:
			b.reset()
			limit = min(limit*2, c.pace.Batch)
			l.rest(ctx, c.pace.Pause-time.Since(began), c.position()+int64(limit))
		default:
			l.awaitMore(ctx, c.position())
		}
	}
}

func (c *consumer) position() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq
}

func (c *consumer) move(seq int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq = seq
}

// awaitMore waits until the log reaches beyond seq.
func (l *Log) awaitMore(ctx context.Context, seq int64) {
	for ctx.Err() == nil {
		last, _, more := l.head.get()
		if last > seq {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
		}
	}
}

// rest waits, but no longer than until the log reaches seq.
func (l *Log) rest(ctx context.Context, d time.Duration, seq int64) {
	if d <= 0 {
		return
	}
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		last, _, more := l.head.get()
		if last >= seq {
			return
		}
		select {
		case <-more:
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (l *Log) loadCursor(ctx context.Context, c *consumer) error {
	return l.db.Read(ctx, func(tx store.Tx) error {
		cur, err := getCursor(tx, c.name)
		if err != nil {
			return err
		}
		c.move(cur.Seq)
		return nil
	})
}

// consumeOnce handles the next batch.
func (l *Log) consumeOnce(ctx context.Context, c *consumer, lease *lease.Lease, limit int) (int, error) {
	from := c.position()
	batch, err := l.Read(ctx, from, limit)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	n := len(batch)
	err = l.db.Write(ctx, func(tx store.Tx) error {
		if err := guard(tx, lease); err != nil {
			return err
		}
		cur, err := getCursor(tx, c.name)
		if err != nil {
			return err
		}
		if cur.Seq != from {
			return errMoved
		}
		err = safely(func() error { return c.handle(tx, batch) })
		n = len(batch)
		if part, ok := err.(took); ok && part > 0 && int(part) <= n {
			n, err = int(part), nil
		}
		if err != nil {
			return fmt.Errorf("consumer %s at event %d: %w", c.name, from+1, err)
		}
		cur.Seq, cur.Moved = batch[n-1].Seq, l.opt.Clock().UTC()
		return cursorTable().Put(tx, cur)
	})
	if err != nil {
		return 0, err
	}
	c.move(batch[n-1].Seq)
	return n, nil
}

// safely turns a panic into an error: one consumer must not end the server.
func safely(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}

// Forget removes the cursor of a consumer that no longer exists: cursors hold up retention.
func (l *Log) Forget(ctx context.Context, name string) error {
	err := l.db.Write(ctx, func(tx store.Tx) error {
		err := cursorTable().Delete(tx, cursorKey(name))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("forget consumer %s: %w", name, err)
	}
	return nil
}
