package lease

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"vauban/store"
)

// Errors of this package.
var (
	ErrHeld = errors.New("lease: held by another replica")
	ErrLost = errors.New("lease: taken by another replica")
)

// Options of leases. The zero value works.
type Options struct {
	// Holder must differ between replicas that run at the same time; a replica that starts again under its former name has its
	// leases back at once. "" makes one up.
	Holder string
	Clock  func() time.Time // nil means time.Now
	TTL    time.Duration    // 0 means 15 s
}

// Leases are the leases of one store, as one replica sees them.
type Leases struct {
	db  store.DB
	opt Options

	mu   sync.Mutex
	seen map[string]sighting // others' leases, by name
}

// sighting is another's lease as it was first seen.
type sighting struct {
	document
	at time.Time // by the machine's monotonic clock
}

// New returns the leases of the store.
func New(db store.DB, opt Options) *Leases {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.TTL == 0 {
		opt.TTL = 15 * time.Second
	}
	if opt.Holder == "" {
		opt.Holder = rand.Text()
	}
	return &Leases{db: db, opt: opt, seen: map[string]sighting{}}
}

// document is a lease at rest. It stays when it is released, so that epochs never repeat.
type document struct {
	Name    string    `json:"name"`
	Holder  string    `json:"holder"`
	Epoch   int64     `json:"epoch"`
	Expires time.Time `json:"expires"`
}

func table() *store.Table[document] {
	return &store.Table[document]{Name: "lease", Key: func(d *document) store.Key { return store.K(d.Name) }}
}

// Lease is a job's right to run.
type Lease struct {
	leases *Leases
	Name   string
	Epoch  int64
}

// Acquire takes the lease if it is free, has expired, is this holder's own, or was not renewed for its time while this replica watched: a dead
// holder's clock may have been far ahead. Otherwise ErrHeld.
func (l *Leases) Acquire(ctx context.Context, name string) (*Lease, error) {
	out := &Lease{leases: l, Name: name}
	err := l.db.Write(ctx, func(tx store.Tx) error {
		now := l.opt.Clock()
		d, err := table().Get(tx, store.K(name))
		if errors.Is(err, store.ErrNotFound) {
			d, err = &document{Name: name}, nil
		}
		if err != nil {
			return err
		}
		if d.Holder != "" && d.Holder != l.opt.Holder && now.Before(d.Expires) && !l.deserted(d) {
			return ErrHeld
		}
		d.Holder, d.Expires = l.opt.Holder, now.Add(l.opt.TTL)
		d.Epoch++
		out.Epoch = d.Epoch
		return table().Put(tx, d)
	})
	if err != nil {
		return nil, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	return out, nil
}

// deserted reports whether the lease has stayed as it is for longer than it lasts.
func (l *Leases) deserted(d *document) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	old, known := l.seen[d.Name]
	if known && old.Holder == d.Holder && old.Epoch == d.Epoch && old.Expires.Equal(d.Expires) {
		return time.Since(old.at) > l.opt.TTL
	}
	l.seen[d.Name] = sighting{*d, time.Now()}
	return false
}

// Check answers ErrLost inside a job's transaction when the lease is no longer this one. Then the transaction must not commit.
func (l *Lease) Check(tx store.Tx) error {
	_, err := l.mine(tx)
	return err
}

func (l *Lease) mine(tx store.Tx) (*document, error) {
	d, err := table().Get(tx, store.K(l.Name))
	if errors.Is(err, store.ErrNotFound) || err == nil && (d.Epoch != l.Epoch || d.Holder != l.leases.opt.Holder) {
		return nil, ErrLost
	}
	return d, err
}

// Renew prolongs the lease, or answers ErrLost.
func (l *Lease) Renew(ctx context.Context) error {
	return l.change(ctx, func(d *document) { d.Expires = l.leases.opt.Clock().Add(l.leases.opt.TTL) })
}

// Release lets others have it at once. A lease that is lost already is no error.
func (l *Lease) Release(ctx context.Context) error {
	err := l.change(ctx, func(d *document) { d.Holder, d.Expires = "", time.Time{} })
	if errors.Is(err, ErrLost) {
		return nil
	}
	return err
}

func (l *Lease) change(ctx context.Context, fn func(*document)) error {
	err := l.leases.db.Write(ctx, func(tx store.Tx) error {
		d, err := l.mine(tx)
		if err != nil {
			return err
		}
		fn(d)
		return table().Put(tx, d)
	})
	if err != nil {
		return fmt.Errorf("lease %s: %w", l.Name, err)
	}
	return nil
}

// Hold runs job whenever this replica has the lease, until ctx ends. The job's context ends when the lease may have been lost; then
// the lease is sought again. It returns what the job returned, if the job ended by itself.
func (l *Leases) Hold(ctx context.Context, name string, job func(context.Context, *Lease) error) error {
	for {
		lease, err := l.Acquire(ctx, name)
		if err == nil {
			ended, err := l.run(ctx, lease, job)
			if ended {
				return err
			}
		}
		if wait(ctx, l.opt.TTL/3) != nil {
			return nil
		}
	}
}

// run runs the job while the lease is renewed; ended is false when the lease was lost under it.
func (l *Leases) run(ctx context.Context, lease *Lease, job func(context.Context, *Lease) error) (ended bool, err error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	var lost bool
	var renewing sync.WaitGroup
	renewing.Go(func() {
		renewed := time.Now() // the machine's monotonic clock: it neither jumps nor is passed in
		for wait(inner, l.opt.TTL/3) == nil {
			switch err := lease.Renew(inner); {
			case err == nil:
				renewed = time.Now()
			case errors.Is(err, ErrLost) || time.Since(renewed) > l.opt.TTL:
				lost = true
				cancel()
			}
		}
	})
	err = job(inner, lease)
	cancel()
	renewing.Wait()
	release, stop := context.WithTimeout(context.WithoutCancel(ctx), l.opt.TTL)
	defer stop()
	releaseErr := lease.Release(release)
	switch {
	case ctx.Err() != nil:
		return true, nil
	case lost:
		return false, nil
	}
	return true, errors.Join(err, releaseErr)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
