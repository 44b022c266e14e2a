package delivery

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"
)

// Send sends one delivery. What it returns says how it went: nil is an arrival, an error is tried again, unless it is Permanent.
type Send func(ctx context.Context, d *Delivery) error

// Permanent marks an error that trying again will not mend: the delivery is given up at once.
func Permanent(err error) error { return &outcome{err: err, permanent: true} }

// IsPermanent says that trying again will not mend an error.
func IsPermanent(err error) bool {
	var o *outcome
	return errors.As(err, &o) && o.permanent
}

// After marks an error of a receiver that said when to come again.
func After(err error, d time.Duration) error { return &outcome{err: err, after: d} }

// Later says that nothing was tried: the delivery has to wait for its turn, which is at that time. It counts as no attempt and not as a failure of the
// target. When its turn has come the delivery has it as [Delivery.Turn].
func Later(err error, at time.Time) error { return &outcome{err: err, turn: at} }

// IsLater says that an error is of [Later].
func IsLater(err error) bool {
	var o *outcome
	return errors.As(err, &o) && !o.turn.IsZero()
}

type outcome struct {
	err       error
	permanent bool
	after     time.Duration
	turn      time.Time
}

func (o *outcome) Error() string { return o.err.Error() }
func (o *outcome) Unwrap() error { return o.err }

// worker is one Deliver.
type worker struct {
	*Queue
	kind  string
	send  Send
	ended chan ending
	jobs  sync.WaitGroup

	// The loop's own:
	inFlight map[string]int  // by target
	total    int             // of inFlight
	failing  map[string]bool // targets whose last attempt failed
	stuck    int             // of inFlight, for targets that fail
}

// ending is the end of an attempt.
type ending struct {
	target         string
	failed, wasBad bool
}

// Deliver sends what is due of a kind until ctx ends, then waits for what is under way. Replicas may all deliver the same
// kind. Send must end when its context does.
func (q *Queue) Deliver(ctx context.Context, kind string, send Send) error {
	w := &worker{Queue: q, kind: kind, send: send, inFlight: map[string]int{}, failing: map[string]bool{}, ended: make(chan ending, q.opt.Concurrency)}
	defer w.jobs.Wait()
	hints, cancel := q.listen(kind)
	defer cancel()
	var sweep time.Time
	for pause := minPause; ctx.Err() == nil; {
		if now := time.Now(); now.After(sweep) {
			sweep = now.Add(time.Hour)
			q.logError("sweep what was given up", q.sweepDead(ctx, kind))
		}
		started, next, err := w.start(ctx)
		q.logError("delivery", err)
		switch {
		case started > 0:
			pause = minPause
		case err == nil && !next.IsZero():
			pause = min(pause, max(next.Sub(q.opt.Clock()), minPause))
		}
		if hinted := w.wait(ctx, hints, pause); hinted {
			pause = minPause
		} else {
			pause = min(2*pause, q.opt.Poll)
		}
	}
	return nil
}

// minPause is between rounds when something is happening.
const minPause = 2 * time.Millisecond

func (q *Queue) logError(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		q.opt.Logger.Error(what, "error", err)
	}
}

// start claims and begins what there is room for.
func (w *worker) start(ctx context.Context) (n int, next time.Time, err error) {
	if w.total >= w.opt.Concurrency {
		return 0, time.Time{}, nil
	}
	claimed, next, err := w.round(ctx, w.kind, w.opt.Concurrency-w.total, w.room)
	for _, d := range claimed {
		bad := w.failing[d.Target]
		w.total++
		w.inFlight[d.Target]++
		if bad {
			w.stuck++
		}
		w.jobs.Go(func() { w.ended <- ending{d.Target, w.attempt(ctx, d, bad), bad} })
	}
	return len(claimed), next, err
}

// room says how many more deliveries each target may have under way. Targets that fail get one each and half of all together, so that any
// number of dead endpoints, with their timeouts, leaves the other half to those that work.
func (w *worker) room() func(target string) int {
	left := max(w.opt.Concurrency/2, 1) - w.stuck
	return func(target string) int {
		if !w.failing[target] {
			return w.opt.PerTarget - w.inFlight[target]
		}
		if left <= 0 || w.inFlight[target] > 0 {
			return 0
		}
		left--
		return 1
	}
}

// maxFailing bounds what is remembered of failing targets; then all begin anew.
const maxFailing = 10_000

func (w *worker) end(e ending) {
	w.total--
	if w.inFlight[e.target]--; w.inFlight[e.target] == 0 {
		delete(w.inFlight, e.target)
	}
	if e.wasBad {
		w.stuck--
	}
	switch {
	case !e.failed:
		delete(w.failing, e.target)
	case len(w.failing) >= maxFailing:
		clear(w.failing)
		fallthrough
	default:
		w.failing[e.target] = true
	}
}

// wait waits for a hint, the end of a delivery, or the pause; true unless it was the pause alone.
func (w *worker) wait(ctx context.Context, hints <-chan struct{}, pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-hints:
		return true
	case e := <-w.ended:
		w.end(e)
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

// attempt sends one delivery and notes how it went. It returns whether the target fails: still, when nothing was tried.
func (w *worker) attempt(ctx context.Context, d *Delivery, bad bool) (fails bool) {
	limited, cancel := context.WithTimeout(ctx, cmp.Or(d.Timeout, w.opt.Timeout))
	err := w.safely(limited, d)
	cancel()
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	var o *outcome
	marked := errors.As(err, &o)
	fails = err != nil
	switch {
	case err == nil:
		err = w.done(note, d)
	case marked && !o.turn.IsZero():
		fails, err = bad, w.postpone(note, d, o.turn)
	case marked && o.permanent:
		err = w.giveUp(note, d, text(err))
	case ctx.Err() != nil: // not the receiver's fault
		err = w.again(note, d, w.opt.Clock(), d.Attempts-1, d.Error)
	case d.Attempts >= cmp.Or(d.Limit, w.opt.Attempts):
		err = w.giveUp(note, d, text(err))
	default:
		pause := w.backoff(d.Attempts)
		if marked {
			pause = min(max(o.after, 0), w.opt.MaxBackoff)
		}
		err = w.again(note, d, w.opt.Clock().Add(pause), d.Attempts, text(err))
	}
	w.logError("delivery", err)
	return fails
}

func (w *worker) safely(ctx context.Context, d *Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.opt.Logger.Error("sender panics", "kind", d.Kind, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	c := *d
	return w.send(ctx, &c)
}

// text bounds what a receiver can have us store.
func text(err error) string {
	const most = 1024
	s := err.Error()
	return s[:min(len(s), most)]
}

// backoff is the pause after the given attempt: doubling, with the second half left to chance, so that what failed together does not come
// back together.
func (q *Queue) backoff(attempt int) time.Duration {
	d := q.opt.MaxBackoff
	if shift := attempt - 1; shift < 32 && q.opt.Backoff<<shift < d && q.opt.Backoff<<shift > 0 {
		d = q.opt.Backoff << shift
	}
	var b [8]byte
	if _, err := io.ReadFull(q.opt.Rand, b[:]); err != nil {
		return d
	}
	half := uint64(d / 2)
	return d - time.Duration(binary.BigEndian.Uint64(b[:])%(half+1))
}
