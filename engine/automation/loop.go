package automation

import (
	"encoding/json"
	"fmt"
	"time"
)

// loop begins a loop.
func (r *Run) loop(d *Document, s *Step, inputs map[string]any, now time.Time) *Step {
	l := &Loop{Taken: len(r.Taken) - 1, Iteration: 0, Most: maxIterations}
	if v, ok := inputs["MaxIterations"]; ok {
		n, err := json.Number(textOf(v)).Int64()
		if err != nil || n < 1 || n > maxIterations {
			return r.failed(d, s, &Failure{Text: fmt.Sprintf("MaxIterations must be a whole number from 1 to %d.", maxIterations)}, now)
		}
		l.Most = int(n)
	}
	if v, ok := inputs["Iterators"]; ok {
		list, isList := v.([]any)
		if !isList || len(list) > maxIterations {
			return r.failed(d, s, &Failure{Text: fmt.Sprintf("Iterators must be a list of at most %d items.", maxIterations)}, now)
		}
		kind := textOf(inputs["IteratorDataType"])
		for _, e := range list {
			item, err := converted(e, kind)
			if err != nil {
				return r.failed(d, s, &Failure{Text: "Iterators: " + err.Error() + "."}, now)
			}
			l.Items = append(l.Items, encode(item))
		}
		l.Most = min(l.Most, len(l.Items))
	}
	if l.Most == 0 {
		r.settled(Success, now)
		return r.after(d, s, now)
	}
	r.Loop = l
	return r.iterate(s)
}

// iterate begins the next turn.
func (r *Run) iterate(s *Step) *Step {
	r.Loop.Iteration++
	r.Outputs.put(s.Name+".CurrentIteration", json.Number(fmt.Sprint(r.Loop.Iteration)))
	if n := r.Loop.Iteration; n <= len(r.Loop.Items) {
		r.Outputs[s.Name+".CurrentIteratorValue"] = r.Loop.Items[n-1]
	}
	return s.body[0]
}

// around is where a run goes at the end of a turn: into the next one, or on behind the loop.
func (r *Run) around(d *Document, s *Step, now time.Time) *Step {
	again := r.Loop.Iteration < r.Loop.Most && r.Status != Cancelling
	if again && s.repeat != nil {
		ok, err := s.repeat.holds(r.scope())
		if err != nil {
			text := "LoopCondition cannot be evaluated: " + err.Error() + "."
			r.leaveLoop(Failed, now)
			r.Broken = r.Broken || s.Critical
			if s.OnFailure == "Continue" {
				return r.after(d, s, now)
			}
			r.end(Failed, text)
			return nil
		}
		again = ok
	}
	if again {
		return r.iterate(s)
	}
	r.leaveLoop(Success, now)
	if r.Status == Cancelling {
		r.finish(now)
		return nil
	}
	return r.after(d, s, now)
}

// leaveLoop ends the loop in which the run is, if it is in one.
func (r *Run) leaveLoop(status Status, now time.Time) {
	if r.Loop == nil {
		return
	}
	t := &r.Taken[r.Loop.Taken]
	t.Status, t.Ended = status, now
	r.Loop = nil
}
