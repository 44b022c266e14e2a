//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"vauban/sandbox"
	"vauban/sandbox/cgroup"
	"vauban/sandbox/inside"
)

// prove starts a sandbox with this program in the place of code, and judges what it found there.
func (h *Host) prove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	secret, err := os.CreateTemp(h.cfg.Dir, "secret")
	if err != nil {
		return err
	}
	defer os.Remove(secret.Name())
	defer secret.Close()
	out, err := h.run(ctx, &view{tmp: 1 << 20}, &inside.Orders{Probe: secret.Name()})
	if err != nil {
		return fmt.Errorf("no sandbox comes up on this host: %w", err)
	}
	var found inside.Findings
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return fmt.Errorf("the sandbox does not tell what it is like: %w", err)
	}
	own, err := inside.Namespaces()
	if err != nil {
		return err
	}
	if open := found.Judge(own); len(open) > 0 {
		return fmt.Errorf("the sandbox does not isolate: %s", strings.Join(open, "; "))
	}
	return nil
}

// run carries orders out in a sandbox to their end, and returns what was written.
func (h *Host) run(ctx context.Context, v *view, o *inside.Orders) (string, error) {
	var mu sync.Mutex
	var lines []string
	in := &instance{host: h, spec: &sandbox.Spec{}, ended: make(chan struct{})}
	if err := h.enter(in); err != nil {
		return "", err
	}
	v.layers = []string{"--dir", layerDir}
	o.Dir, o.Env = "/", []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}
	user := h.identity(o, 0)
	err := in.open(v, o, user, cgroup.Limits{Memory: 1 << 30, Processes: processes}, func(line []byte) {
		mu.Lock()
		defer mu.Unlock()
		if len(lines) < 64 {
			lines = append(lines, string(line))
		}
	})
	if err != nil {
		return "", errors.Join(err, in.Close())
	}
	select {
	case <-in.process.exited:
	case <-ctx.Done():
	}
	in.process.kill()
	<-in.process.exited
	status := in.process.status
	if err := errors.Join(ctx.Err(), in.Close()); err != nil {
		return "", err
	}
	mu.Lock()
	defer mu.Unlock()
	text := strings.Join(lines, "\n")
	if status != 0 {
		return "", fmt.Errorf("status %d: %s", status, text)
	}
	return text, nil
}
