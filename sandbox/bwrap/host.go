//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"vauban/sandbox"
	"vauban/sandbox/cgroup"
)

// Host starts sandboxes. It implements sandbox.Sandbox.
type Host struct {
	cfg      Config
	groups   *cgroup.Host
	launcher *launcher
	root     bool // this server is root: sandboxes run as users of their own
	image    *image

	runtimes func() map[string]*program // found once

	background sync.WaitGroup

	mu        sync.Mutex
	instances map[*instance]bool
	closed    bool
	count     atomic.Uint64
}

var _ sandbox.Sandbox = (*Host)(nil)

// New returns a host after it started a sandbox and saw that it isolates. Otherwise the error says what is missing and what to do.
func New(ctx context.Context, cfg Config) (*Host, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	im, err := newImage(cfg.Dir)
	if err != nil {
		return nil, err
	}
	groups, err := cgroup.Open(cgroup.Source{})
	if err != nil {
		return nil, err
	}
	h := &Host{cfg: cfg, groups: groups, launcher: newLauncher(), root: os.Geteuid() == 0, image: im, instances: map[*instance]bool{}}
	h.runtimes = sync.OnceValue(h.findRuntimes)
	if err := h.prove(ctx); err != nil {
		if !errors.Is(err, cgroup.ErrGroup) {
			return nil, errors.Join(err, h.Close())
		}
		_ = groups.Close() // they can be made, and not be used
		h.groups = cgroup.None(err)
		if err := h.prove(ctx); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	h.background.Go(func() { h.runtimes() }) // the first who asks need not wait for all of it
	return h, nil
}

func (c *Config) complete() error {
	if c.Program == "" {
		p, err := exec.LookPath("bwrap")
		if err != nil {
			return errors.New("bubblewrap is not installed: apt-get install bubblewrap")
		}
		c.Program = p
	}
	if c.Init == "" {
		exe, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
		c.Init = exe
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Dir == "" {
		return errors.New("the sandboxes' work directory is not given")
	}
	abs, err := filepath.Abs(c.Dir)
	c.Dir = abs
	return err
}

// Limits says what of an instance's limits this host cannot set by control groups, for whoever operates it: empty when it sets all.
func (h *Host) Limits() []string { return h.groups.Missing() }

// Close ends all instances.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	var all []*instance
	for in := range h.instances {
		all = append(all, in)
	}
	h.mu.Unlock()
	var errs []error
	for _, in := range all {
		errs = append(errs, in.Close())
	}
	h.background.Wait()
	h.launcher.stop()
	return errors.Join(append(errs, h.groups.Close(), os.RemoveAll(h.cfg.Dir))...)
}

// errClosed says that no instance is started any more.
var errClosed = errors.New("the sandbox host is closed")

func (h *Host) enter(in *instance) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errClosed
	}
	h.instances[in] = true
	return nil
}

func (h *Host) leave(in *instance) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.instances, in)
}
