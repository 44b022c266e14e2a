package automation

import (
	"fmt"
	"strings"
	"time"
)

// enter begins a step, and goes on over those that need nothing of the world.
func (r *Run) enter(d *Document, s *Step, now time.Time) {
	for s != nil && !r.Status.Ended() {
		if len(r.Taken) >= maxTaken || r.Size > maxRun {
			r.end(Failed, fmt.Sprintf("The automation has taken more than %d steps, or their inputs and outputs are larger than %d bytes.", maxTaken, maxRun))
			return
		}
		t := Taken{Step: s.Name, Action: s.Action, Status: InProgress, Begun: now, Attempt: 1, Deadline: now.Add(s.Timeout)}
		if r.Loop != nil && s.within != nil {
			t.Iteration = r.Loop.Iteration
		}
		r.Taken = append(r.Taken, t)
		s = r.take(d, s, now)
	}
}

// take does a step as far as it goes without the world. It returns the step that follows at once, nil to wait for the world or at the end.
func (r *Run) take(d *Document, s *Step, now time.Time) *Step {
	t := r.Now()
	inputs, err := r.inputs(s)
	if err != nil {
		return r.failed(d, s, &Failure{Text: "The inputs of the step cannot be resolved: " + err.Error() + "."}, now)
	}
	t.Inputs = encode(inputs)
	if len(t.Inputs) > maxValue {
		t.Inputs = nil
		return r.failed(d, s, &Failure{Text: fmt.Sprintf("The inputs of the step are larger than %d bytes.", maxValue)}, now)
	}
	r.Size += len(t.Inputs)
	switch s.Action {
	case actionBranch:
		return r.choose(d, s, now)
	case actionVariable:
		return r.assign(d, s, inputs, now)
	case actionLoop:
		return r.loop(d, s, inputs, now)
	case actionSleep:
		t.Wake, err = wake(inputs, now)
		if err != nil {
			return r.failed(d, s, &Failure{Text: err.Error() + "."}, now)
		}
	case actionPause:
		t.Status, r.Status = Waiting, waitingOf(r.Status)
	}
	return nil
}

// inputs fills in the references, but not those of steps in a loop and of conditions, which have no value yet.
func (r *Run) inputs(s *Step) (map[string]any, error) {
	out := map[string]any{}
	for name, v := range s.Inputs {
		if s.Action == actionLoop && (name == "Steps" || name == "LoopCondition") || s.Action == actionBranch && name == "Choices" {
			continue
		}
		x, err := expand(v, r.scope())
		if err != nil {
			return nil, err
		}
		out[name] = x
	}
	return out, nil
}

func (r *Run) choose(d *Document, s *Step, now time.Time) *Step {
	for _, c := range s.branch.choices {
		ok, err := c.when.holds(r.scope())
		if err != nil {
			return r.failed(d, s, &Failure{Text: "The choices cannot be evaluated: " + err.Error() + "."}, now)
		}
		if ok {
			r.settled(Success, now)
			return d.steps[c.next]
		}
	}
	r.settled(Success, now)
	if s.branch.other != "" {
		return d.steps[s.branch.other]
	}
	return r.after(d, s, now)
}

func (r *Run) assign(d *Document, s *Step, inputs map[string]any, now time.Time) *Step {
	name := strings.TrimPrefix(textOf(inputs["Name"]), variablePrefix)
	for i := range d.Variables {
		v := &d.Variables[i]
		if v.Name != name {
			continue
		}
		value, err := converted(inputs["Value"], v.Type)
		if err == nil {
			err = v.check(value)
		}
		if err != nil {
			return r.failed(d, s, &Failure{Text: fmt.Sprintf("The variable %s cannot have the value: %v.", name, err)}, now)
		}
		r.Variables.put(name, value)
	}
	r.settled(Success, now)
	return r.after(d, s, now)
}

// settled ends the present step.
func (r *Run) settled(status Status, now time.Time) {
	t := r.Now()
	t.Status, t.Ended, t.Wake = status, now, time.Time{}
	if r.Status == Waiting {
		r.Status = InProgress
	}
}

// after is the step that follows one that is done, nil when the run has ended.
func (r *Run) after(d *Document, s *Step, now time.Time) *Step {
	if r.Last {
		r.finish(now)
		return nil
	}
	if s.Next != "" {
		return d.steps[s.Next]
	}
	list := d.Steps
	if s.within != nil {
		list = s.within.body
	}
	if !s.End {
		for i, x := range list {
			if x == s && i+1 < len(list) {
				return list[i+1]
			}
		}
	}
	if s.within != nil {
		return r.around(d, s.within, now)
	}
	r.finish(now)
	return nil
}

// finish ends a run that has come to its end.
func (r *Run) finish(now time.Time) {
	r.leaveLoop(Success, now)
	switch {
	case r.Status == Cancelling:
		r.end(Cancelled, "")
	case r.Broken:
		r.end(Failed, "")
	default:
		r.end(Success, "")
	}
}

// Failure is why a step failed.
type Failure struct {
	Code    string // of AWS, "" for none
	Text    string
	Expired bool // the time limit is over
}

// failed deals with a failure of the present step: another attempt, or what onFailure says.
func (r *Run) failed(d *Document, s *Step, f *Failure, now time.Time) *Step {
	t := r.Now()
	if t.Attempt < s.Attempts && s.Action != actionLoop && r.Status != Cancelling && !r.Last {
		t.Attempt++
		t.Status, t.Deadline, t.Wake, t.Child, t.Decisions = InProgress, now.Add(s.Timeout), time.Time{}, "", nil
		r.Size -= len(t.Inputs)
		return r.take(d, s, now)
	}
	status := Failed
	if f.Expired {
		status = TimedOut
	}
	r.settled(status, now)
	t.Failure, t.Code = f.Text, f.Code
	if s.Critical {
		r.Broken = true
	}
	if r.Failure == "" && s.Critical {
		r.Failure = f.Text
	}
	if name, ok := strings.CutPrefix(s.OnFailure, stepPrefix); ok {
		return d.steps[name]
	}
	if s.OnFailure == "Continue" {
		return r.after(d, s, now)
	}
	r.leaveLoop(status, now)
	if r.Status == Cancelling {
		status = Cancelled
	}
	r.end(status, f.Text)
	return nil
}
