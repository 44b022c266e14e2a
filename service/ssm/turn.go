package ssm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"vauban/api/wire"
	"vauban/engine/automation"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

const kindTurn = "ssm.turn"

// order says which execution is to do the task of which turn.
type order struct {
	Account, Region, ID string
	Turn                int64
}

// Times of a turn's attempt.
const (
	callTime     = 30 * time.Second // of a call, unless the step may last longer
	longCallTime = 15 * time.Minute
	tries        = 3 // of a call that fails on our side
)

// goOn enqueues what an execution does next, or notes that it has ended, and what is to be told of it. before is nil for a new execution. The
// caller writes the execution.
func (s *Service) goOn(tx store.Tx, x *Execution, d *automation.Document, before *automation.Run, now time.Time, partition string) error {
	if err := s.announce(tx, x, before, now, partition); err != nil {
		return err
	}
	k := x.Run.Task(d, now)
	if k.Kind == automation.Nothing {
		x.Ended = now
		return nil
	}
	payload, err := json.Marshal(order{x.Account, x.Region, x.ID, x.Turn})
	if err != nil {
		return fmt.Errorf("write a turn: %w", err)
	}
	due := now
	if k.Kind == automation.Wait {
		due = k.Until
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{
		Kind: kindTurn, Target: x.Account + "/" + x.Region + "/" + x.ID, ID: strconv.FormatInt(x.Turn, 10), Payload: payload, Due: due,
		Timeout: timeOf(&k, now) + callTime, Limit: 100,
	})
}

// timeOf is how long the task's call may last.
func timeOf(k *automation.Task, now time.Time) time.Duration {
	most := callTime
	if k.API == "Invoke" {
		most = longCallTime
	}
	return max(min(k.Deadline.Sub(now), most), time.Second)
}

// turn does the task of an execution and takes in how it went.
func (s *Service) turn(w *service.Work, d *delivery.Delivery) error {
	var o order
	if err := json.Unmarshal(d.Payload, &o); err != nil {
		return delivery.Permanent(fmt.Errorf("read a turn: %w", err))
	}
	x, err := s.load(w, &o)
	if x == nil || err != nil {
		return err
	}
	runbook, err := x.parsed()
	if err != nil {
		return s.settle(w, &o, nil, &automation.Result{Failure: &automation.Failure{Text: "The runbook can no longer be read: " + err.Error()}})
	}
	k := x.Run.Task(runbook, s.Clock())
	result, err := s.perform(w, x, &k, d.Attempts)
	if err != nil {
		return err
	}
	return s.settle(w, &o, runbook, result)
}

// load returns the execution if the turn is still its own.
func (s *Service) load(ctx context.Context, o *order) (x *Execution, err error) {
	err = s.Store.Read(ctx, func(tx store.Tx) error {
		x, err = s.execution(tx, "id", store.K(o.Account, o.Region, o.ID))
		return err
	})
	switch {
	case store.IsAbsent(err):
		return nil, nil
	case err != nil:
		return nil, err
	case x.Turn != o.Turn || !x.Ended.IsZero():
		return nil, nil
	}
	return x, nil
}

// settle takes in the result of a turn, if it is still the execution's.
func (s *Service) settle(w *service.Work, o *order, runbook *automation.Document, result *automation.Result) error {
	return s.Store.Write(w, func(tx store.Tx) error {
		x, err := s.execution(tx, "id", store.K(o.Account, o.Region, o.ID))
		if store.IsAbsent(err) || err == nil && (x.Turn != o.Turn || !x.Ended.IsZero()) {
			return nil
		}
		if err != nil {
			return err
		}
		if runbook == nil {
			x.Run.Status, x.Run.Failure, x.Ended = automation.Failed, result.Failure.Text, s.Clock()
			return s.update(tx, x)
		}
		return s.advance(tx, x, runbook, w.Partition, func(r *automation.Run, now time.Time) { r.Settle(runbook, result, now) })
	})
}

// advance changes the run of an execution, and with it the turn.
func (s *Service) advance(tx store.Tx, x *Execution, runbook *automation.Document, partition string, change func(*automation.Run, time.Time)) error {
	before, now := snapshot(x.Run), s.Clock()
	change(x.Run, now)
	x.Turn++
	if err := s.goOn(tx, x, runbook, before, now, partition); err != nil {
		return err
	}
	return s.update(tx, x)
}

// snapshot keeps what announcements compare: the statuses.
func snapshot(r *automation.Run) *automation.Run {
	out := &automation.Run{Status: r.Status, Taken: make([]automation.Taken, len(r.Taken))}
	for i := range r.Taken {
		out.Taken[i].Status = r.Taken[i].Status
	}
	return out
}

// perform does a task. An error means that it is to be tried again.
func (s *Service) perform(w *service.Work, x *Execution, k *automation.Task, attempt int) (*automation.Result, error) {
	now := s.Clock()
	switch k.Kind {
	case automation.Wait:
		return &automation.Result{}, nil
	case automation.Watch:
		return s.watch(w, x, k)
	}
	if !now.Before(k.Deadline) {
		t := x.Run.Now()
		return &automation.Result{Failure: automation.Expired(t.Step, k.Deadline.Sub(t.Begun))}, nil
	}
	ctx, cancel := context.WithTimeout(w.Context, timeOf(k, now))
	defer cancel()
	c := w.Call(x.Account, x.Region)
	c.Context = context.WithValue(ctx, lineageKey{}, &lineage{x.ID, x.Depth, k.Kind == automation.Start, x.Role})
	as, err := s.identity(w, c, x)
	if err == nil && k.Kind == automation.Start {
		var id string
		if id, err = s.startChild(w, c, as, x, k); err == nil {
			return &automation.Result{Child: id}, nil
		}
	} else if err == nil {
		var answer any
		if answer, err = s.call(w, c, as, k); err == nil {
			return &automation.Result{Answer: answer}, nil
		}
	}
	return failureOf(err, w, ctx, x, k, attempt)
}

// failureOf tells a failure of the step from one of ours, which is tried again a few times.
func failureOf(err error, w *service.Work, ctx context.Context, x *Execution, k *automation.Task, attempt int) (*automation.Result, error) {
	if w.Err() != nil {
		return nil, err // the server ends: the turn is another's
	}
	f := &automation.Failure{Text: err.Error()}
	var e *wire.Error
	if errors.As(err, &e) {
		if e.Shape.Fault && attempt < tries {
			return nil, err
		}
		f.Code = e.Shape.Code
		f.Text = "Step fails when it is Execute/Cancelling action. An error occurred (" + e.Shape.Code + ") when calling the " + k.API + " operation: " + e.Message
	} else if ctx.Err() != nil {
		f = automation.Expired(x.Run.Now().Step, k.Deadline.Sub(x.Run.Now().Begun))
	} else if !errors.Is(err, errInputs) && attempt < tries {
		return nil, err
	}
	return &automation.Result{Failure: f}, nil
}

// watch looks at an execution that a step has started.
func (s *Service) watch(w *service.Work, x *Execution, k *automation.Task) (*automation.Result, error) {
	var child *Execution
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		child, err = s.execution(tx, "id", store.K(x.Account, x.Region, k.Child))
		return err
	})
	if store.IsAbsent(err) {
		return &automation.Result{Failure: &automation.Failure{Text: "The execution " + k.Child + " is gone."}}, nil
	}
	if err != nil {
		return nil, err
	}
	outputs := map[string]any{}
	runbook, err := child.parsed()
	if err != nil {
		return nil, err
	}
	for name, v := range shownOutputs(child, runbook) {
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = e
		}
		outputs[name] = list
	}
	return &automation.Result{Status: child.Run.Status, Answer: outputs}, nil
}

// sweep wakes executions whose turn was lost, and forgets those that ended long ago.
func (s *Service) sweep(w *service.Work) error {
	var after store.Key
	for {
		next := store.Key(nil)
		err := s.write(w, func(tx store.Tx) error {
			page, err := executions.List(tx, nil, after, 100)
			if err != nil {
				return err
			}
			next = page.Next
			for _, x := range page.Items {
				if err := s.tend(tx, x, w.Partition); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || next == nil {
			return err
		}
		after = next
	}
}

// late is after which time a turn that should have been done counts as lost.
const late = 5 * time.Minute

func (s *Service) tend(tx store.Tx, x *Execution, partition string) error {
	now := s.Clock()
	if !x.Ended.IsZero() {
		if now.Sub(x.Ended) > keepEnded {
			return executions.Delete(tx, executions.Key(x))
		}
		return nil
	}
	if err := s.openExecution(x); err != nil {
		return err
	}
	t := x.Run.Now()
	if t == nil || now.Before(t.Deadline.Add(late)) {
		return nil
	}
	runbook, err := x.parsed()
	if err != nil {
		x.Run.Status, x.Run.Failure, x.Ended = automation.Failed, "The runbook can no longer be read: "+err.Error(), now
		return s.update(tx, x)
	}
	return s.advance(tx, x, runbook, partition, func(r *automation.Run, now time.Time) {
		r.Settle(runbook, &automation.Result{Failure: automation.Expired(t.Step, t.Deadline.Sub(t.Begun))}, now)
	})
}
