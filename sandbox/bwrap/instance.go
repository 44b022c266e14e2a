//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"vauban/sandbox"
	"vauban/sandbox/cgroup"
	"vauban/sandbox/runtimeapi"
)

// instance is one sandbox with code in it. It implements sandbox.Instance.
type instance struct {
	host      *Host
	spec      *sandbox.Spec
	group     *cgroup.Group
	output    *output
	process   *process
	listeners []net.Listener // that nobody serves yet
	api       *runtimeapi.Server
	guard     *guard
	stops     []func()

	turn    sync.Mutex // one invocation at a time
	rest    rest
	closing sync.Once
	ended   chan struct{}
	err     error // of closing
}

// Causes of an invocation's end other than its answer.
var (
	errDeadline = errors.New("the deadline has passed")
	errExited   = errors.New("the code has ended")
)

// bounded is a context that also ends with the time given, and with the code.
func (in *instance) bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(errDeadline) })
	stop := make(chan struct{})
	go func() {
		select {
		case <-in.process.exited:
			cancel(errExited)
		case <-stop:
		}
	}()
	return ctx, func() {
		timer.Stop()
		close(stop)
		cancel(nil)
	}
}

// Invoke implements sandbox.Instance.
func (in *instance) Invoke(ctx context.Context, i *sandbox.Invocation) (*sandbox.Result, error) {
	in.turn.Lock()
	defer in.turn.Unlock()
	select {
	case <-in.ended:
		return nil, errClosed
	default:
	}
	if err := in.wake(); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	begin := time.Now()
	limit := i.Deadline.Sub(in.host.cfg.Clock())
	run, cancel := in.bounded(ctx, limit)
	defer cancel()
	stop := in.guard.watch()
	a, err := in.api.Invoke(run, i)
	r := &sandbox.Result{Duration: time.Since(begin)}
	if err == nil {
		in.output.drain()
	} else if failure := in.failure(err, i.RequestID, limit); failure != nil {
		a, r.Ended = &runtimeapi.Answer{Error: failure}, true
	}
	stop()
	r.MaxMemory = in.guard.peak.Load()
	if a == nil {
		return nil, errors.Join(err, in.Close())
	}
	r.Payload, r.Error = a.Payload, a.Error
	if r.Ended {
		return r, in.Close()
	}
	in.idle()
	return r, nil
}

// failure is what the code's end means, after its processes are gone. It is nil when the end was the caller's wish.
func (in *instance) failure(err error, request string, limit time.Duration) *sandbox.FunctionError {
	in.process.kill()
	<-in.process.exited
	in.output.drain()
	about := ""
	if request != "" {
		about = "RequestId: " + request + " "
	}
	switch {
	case in.guard.exceeded.Load() || in.group.OutOfMemory() && errors.Is(err, errExited):
		return runtimeapi.Failure("Runtime.OutOfMemory", about+"Error: Runtime exited with error: signal: killed")
	case errors.Is(err, errDeadline):
		return runtimeapi.Failure("Sandbox.Timedout", fmt.Sprintf("%sError: Task timed out after %.2f seconds", about, limit.Seconds()))
	case errors.Is(err, errExited):
		return runtimeapi.Failure("Runtime.ExitError", about+"Error: "+in.process.reason())
	}
	return nil
}

// initFailure is the error of a code that did not come up.
func (in *instance) initFailure(err error) error {
	if told := new(sandbox.InitError); errors.As(err, &told) {
		in.process.kill()
		<-in.process.exited
		in.output.drain()
		return told
	}
	if f := in.failure(err, "", in.spec.Init); f != nil {
		return &sandbox.InitError{FunctionError: *f}
	}
	return err
}

// reason is how the code ended, in the words of AWS.
func (p *process) reason() string {
	switch {
	case p.status == 0:
		return "Runtime exited without providing a reason"
	case p.status > 128 && p.status <= 128+64:
		return "Runtime exited with error: signal: " + syscall.Signal(p.status-128).String()
	}
	return fmt.Sprintf("Runtime exited with error: exit status %d", p.status)
}

// attend closes an instance whose code ends between invocations.
func (in *instance) attend() {
	<-in.process.exited
	in.turn.Lock() // an invocation under way first reads what became of it
	defer in.turn.Unlock()
	if err := in.Close(); err != nil {
		in.host.cfg.Logger.Warn("a function's sandbox is not cleared away", "error", err)
	}
}

// Done implements sandbox.Instance.
func (in *instance) Done() <-chan struct{} { return in.ended }

// Close implements sandbox.Instance.
func (in *instance) Close() error {
	in.closing.Do(func() {
		in.rest.end(in.group)
		if in.process != nil {
			in.process.kill()
			<-in.process.exited
		}
		for _, stop := range in.stops {
			stop()
		}
		for _, l := range in.listeners {
			l.Close()
		}
		if in.output != nil {
			in.output.close()
		}
		if in.group != nil {
			in.err = in.group.Close()
		}
		in.host.leave(in)
		close(in.ended)
	})
	return in.err
}
