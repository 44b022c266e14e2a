package access

import (
	"context"
	"sync"
)

// catchUp coalesces: a caller is served by a run that began after it asked, and at most one runs at a time.
type catchUp struct {
	mu      sync.Mutex
	running *run
	waiting *run
}

type run struct {
	done chan struct{}
	err  error
}

func (c *catchUp) do(ctx context.Context, fn func(context.Context) error) error {
	c.mu.Lock()
	if c.running == nil {
		r := &run{done: make(chan struct{})}
		c.running = r
		c.mu.Unlock()
		c.exec(ctx, r, fn)
		return r.err
	}
	if c.waiting == nil {
		c.waiting = &run{done: make(chan struct{})}
		go c.after(context.WithoutCancel(ctx), c.running, c.waiting, fn)
	}
	r := c.waiting
	c.mu.Unlock()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// after starts next when prev has ended: those who came while prev ran may have missed its snapshot.
func (c *catchUp) after(ctx context.Context, prev, next *run, fn func(context.Context) error) {
	<-prev.done
	c.exec(ctx, next, fn)
}

func (c *catchUp) exec(ctx context.Context, r *run, fn func(context.Context) error) {
	r.err = fn(ctx)
	c.mu.Lock()
	c.running, c.waiting = c.waiting, nil
	c.mu.Unlock()
	close(r.done)
}
