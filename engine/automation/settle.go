package automation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Result is how a task went.
type Result struct {
	Answer  any      // Call: the decoded answer. Watch: the child's outputs
	Failure *Failure // nil when it was done
	Child   string   // Start: the execution
	Status  Status   // Watch: of the child
}

// Settle takes in how the task of the present step went, and goes on to the next.
func (r *Run) Settle(d *Document, x *Result, now time.Time) {
	t := r.Now()
	if t == nil {
		return
	}
	s := d.steps[t.Step]
	r.enter(d, r.settle(d, s, t, x, now), now)
}

func (r *Run) settle(d *Document, s *Step, t *Taken, x *Result, now time.Time) *Step {
	if x.Failure != nil {
		return r.failed(d, s, x.Failure, now)
	}
	if t.Action == actionSleep && !now.Before(t.Wake) {
		r.settled(Success, now)
		return r.after(d, s, now)
	}
	if (t.Status == Waiting || t.Action == actionSleep) && !now.Before(t.Deadline) {
		return r.failed(d, s, Expired(s.Name, s.Timeout), now)
	}
	switch t.Action {
	case actionSleep, actionPause:
		return nil
	case actionApprove:
		t.Status, r.Status = Waiting, waitingOf(r.Status)
		return nil
	case actionRunbook:
		return r.child(d, s, t, x, now)
	case actionAssert, actionWaitFor:
		return r.property(d, s, t, x.Answer, now)
	case actionFunction:
		return r.function(d, s, t, x.Answer, now)
	}
	outputs, err := s.outputs(newSearch(x.Answer))
	if payload := encode(x.Answer); len(payload) <= maxValue {
		outputs["OutputPayload"] = payload
	}
	return r.done(d, s, outputs, err, now)
}

// Expired is the failure of a step that has not ended in time.
func Expired(step string, limit time.Duration) *Failure {
	return &Failure{Expired: true, Text: fmt.Sprintf("The step %s has not ended within its time limit of %d seconds.", step, int64(limit/time.Second))}
}

// Step returns the step of that name, nil for none.
func (d *Document) Step(name string) *Step { return d.steps[name] }

func waitingOf(s Status) Status {
	if s == InProgress {
		return Waiting
	}
	return s
}

// outputs takes the declared outputs out of an answer. One that the answer does not have has no value.
func (s *Step) outputs(x *search) (Values, error) {
	out := Values{}
	for _, o := range s.Outputs {
		v, found, err := x.find(o.Selector)
		if err != nil {
			return Values{}, fmt.Errorf("the output %s: %w", o.Name, err)
		}
		if !found {
			continue
		}
		if v, err = converted(v, o.Type); err != nil {
			return out, fmt.Errorf("the output %s: %w", o.Name, err)
		}
		out.put(o.Name, v)
		if len(out[o.Name]) > maxValue {
			return Values{}, fmt.Errorf("the output %s is larger than %d bytes", o.Name, maxValue)
		}
	}
	return out, nil
}

// done ends the present step with its outputs.
func (r *Run) done(d *Document, s *Step, outputs Values, err error, now time.Time) *Step {
	if err != nil {
		return r.failed(d, s, &Failure{Text: err.Error() + "."}, now)
	}
	r.Now().Outputs = outputs
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		r.Outputs[s.Name+"."+name] = outputs[name]
		r.Size += 2 * len(outputs[name])
	}
	r.settled(Success, now)
	return r.after(d, s, now)
}

// property compares a property with the values that are wanted.
func (r *Run) property(d *Document, s *Step, t *Taken, answer any, now time.Time) *Step {
	in := t.inputs()
	looked := newSearch(answer)
	v, found, err := looked.find(textOf(in["PropertySelector"]))
	if err != nil {
		return r.failed(d, s, &Failure{Text: "PropertySelector: " + err.Error() + "."}, now)
	}
	wanted, ok := in["DesiredValues"].([]any)
	if !ok {
		wanted = []any{in["DesiredValues"]}
	}
	if found && desired(v, wanted) {
		outputs, err := s.outputs(looked)
		return r.done(d, s, outputs, err, now)
	}
	if t.Action == actionWaitFor {
		if !now.Before(t.Deadline) {
			return r.failed(d, s, Expired(s.Name, s.Timeout), now)
		}
		t.Wake = now.Add(pollEvery)
		return nil
	}
	return r.failed(d, s, &Failure{Code: "AssertionFailed", Text: fmt.Sprintf("The property %s is %s, which is not one of the desired values %s.",
		textOf(in["PropertySelector"]), clip(textOf(v)), clip(string(encode(wanted))))}, now)
}

// desired says that a value is one of those wanted; of a list, that each is.
func desired(v any, wanted []any) bool {
	if list, ok := v.([]any); ok {
		for _, e := range list {
			if !desired(e, wanted) {
				return false
			}
		}
		return len(list) > 0
	}
	text := textOf(v)
	_, isBool := v.(bool)
	return slices.ContainsFunc(wanted, func(w any) bool {
		return textOf(w) == text || isBool && strings.EqualFold(textOf(w), text)
	})
}

// function takes in what a function answered.
func (r *Run) function(d *Document, s *Step, t *Taken, answer any, now time.Time) *Step {
	outputs := Values{}
	m, _ := answer.(map[string]any)
	for _, name := range []string{"StatusCode", "FunctionError", "LogResult", "Payload"} {
		v, ok := m[name]
		if !ok {
			continue
		}
		if outputs.put(name, v); len(outputs[name]) > maxValue {
			return r.failed(d, s, &Failure{Text: fmt.Sprintf("The %s of the function is larger than %d bytes.", name, maxValue)}, now)
		}
	}
	if wrong := textOf(m["FunctionError"]); wrong != "" {
		t.Outputs = outputs
		return r.failed(d, s, &Failure{Code: wrong, Text: "The function " + clip(textOf(t.inputs()["FunctionName"])) + " answered an error: " + clip(textOf(m["Payload"])) + "."}, now)
	}
	var payload any = m["Payload"]
	if text, ok := payload.(string); ok {
		if v, err := decode([]byte(text)); err == nil {
			payload = v
		}
	}
	given, err := s.outputs(newSearch(payload))
	maps.Copy(outputs, given)
	return r.done(d, s, outputs, err, now)
}

// child takes in what a runbook that the step has started is at.
func (r *Run) child(d *Document, s *Step, t *Taken, x *Result, now time.Time) *Step {
	if x.Child != "" {
		t.Child, t.Wake = x.Child, now.Add(time.Second)
		return nil
	}
	switch {
	case x.Status == Success:
		outputs := Values{}
		outputs.put("ExecutionId", t.Child)
		outputs.put("Status", string(x.Status))
		outputs.put("Output", x.Answer)
		if len(outputs["Output"]) > maxValue {
			return r.failed(d, s, &Failure{Text: fmt.Sprintf("The outputs of the execution %s are larger than %d bytes.", t.Child, maxValue)}, now)
		}
		if m, ok := x.Answer.(map[string]any); ok {
			for name, v := range m {
				outputs.put("Output."+name, v)
			}
		}
		given, err := s.outputs(newSearch(x.Answer))
		maps.Copy(outputs, given)
		return r.done(d, s, outputs, err, now)
	case x.Status.Ended():
		return r.failed(d, s, &Failure{Text: fmt.Sprintf("The execution %s of the runbook ended with the status %s.", t.Child, x.Status)}, now)
	}
	if !now.Before(t.Deadline) {
		return r.failed(d, s, Expired(s.Name, s.Timeout), now)
	}
	t.Wake = now.Add(pollEvery)
	return nil
}
