//go:build linux && (amd64 || arm64)

package bwrap

import (
	"sync"
	"time"

	"vauban/sandbox/cgroup"
)

// settling is how long an instance runs on after its answer before it is frozen: a busy one is not frozen and woken for each invocation.
const settling = 50 * time.Millisecond

// rest is the sleep of an instance between invocations.
type rest struct {
	mu     sync.Mutex
	timer  *time.Timer
	frozen bool
	ended  bool
}

// idle freezes the instance in a while, unless it is woken before. Code that runs on between invocations gets no time, as in AWS.
func (in *instance) idle() {
	in.rest.mu.Lock()
	defer in.rest.mu.Unlock()
	if in.rest.ended {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(settling, func() {
		in.rest.mu.Lock()
		defer in.rest.mu.Unlock()
		if in.rest.timer != timer || in.rest.ended {
			return
		}
		if err := in.group.Freeze(true); err != nil {
			in.host.cfg.Logger.Warn("an idle function is not frozen", "error", err)
			return
		}
		in.rest.frozen = true
	})
	in.rest.timer = timer
}

// wake lets the instance run.
func (in *instance) wake() error {
	in.rest.mu.Lock()
	defer in.rest.mu.Unlock()
	if in.rest.timer != nil {
		in.rest.timer.Stop()
		in.rest.timer = nil
	}
	if !in.rest.frozen {
		return nil
	}
	in.rest.frozen = false
	return in.group.Freeze(false)
}

// end ends resting for good. What is frozen goes on, so that bubblewrap sees the end of its child.
func (r *rest) end(group *cgroup.Group) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	if r.timer != nil {
		r.timer.Stop()
	}
	if r.frozen {
		r.frozen = false
		_ = group.Freeze(false) // without it, the end only takes longer
	}
}
