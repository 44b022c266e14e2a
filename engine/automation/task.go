package automation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Kind is what a task is.
type Kind uint8

// The kinds of tasks.
const (
	Nothing Kind = iota // the run has ended
	Wait                // until a time, or a signal before it
	Call                // an operation of a service
	Start               // an execution of another runbook
	Watch               // look whether that has ended
)

// Task is what a run wants to be done now.
type Task struct {
	Kind         Kind
	Until        time.Time // Wait: then Settle with an empty result
	Deadline     time.Time // of the step: what is not done by then has failed
	Service, API string    // Call: as the SDK for Python has them
	Inputs       map[string]any
	Child        string // Watch: the execution
	Name         string // of the attempt, unique in the run: what is started is named by it
}

// Task tells what is to be done.
func (r *Run) Task(d *Document, now time.Time) Task {
	t := r.Now()
	if t == nil {
		return Task{Kind: Nothing}
	}
	k := Task{Kind: Call, Deadline: t.Deadline, Inputs: t.inputs(), Name: fmt.Sprintf("%d.%d", len(r.Taken), t.Attempt)}
	if t.Status == Waiting {
		k.Kind, k.Until = Wait, t.Deadline
		return k
	}
	if t.Wake.After(now) {
		k.Kind, k.Until = Wait, minTime(t.Wake, t.Deadline)
		return k
	}
	switch t.Action {
	case actionSleep:
		k.Kind, k.Until = Wait, t.Wake
	case actionCall, actionAssert, actionWaitFor:
		k.Service, k.API = textOf(k.Inputs["Service"]), textOf(k.Inputs["Api"])
		for _, name := range []string{"Service", "Api"} {
			delete(k.Inputs, name)
		}
		if t.Action != actionCall {
			delete(k.Inputs, "PropertySelector")
			delete(k.Inputs, "DesiredValues")
		}
	case actionFunction:
		k.function()
	case actionApprove:
		k.notice(r, t)
	case actionRunbook:
		k.Kind = Start
		if t.Child != "" {
			k.Kind, k.Child = Watch, t.Child
		}
	}
	return k
}

func (t *Taken) inputs() map[string]any {
	v, err := decode(t.Inputs)
	if m, ok := v.(map[string]any); ok && err == nil {
		return m
	}
	return map[string]any{}
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// function makes the call of Invoke. Either name of the payload will do.
func (k *Task) function() {
	k.Service, k.API = "lambda", "Invoke"
	payload, given := k.Inputs["Payload"]
	if v, ok := k.Inputs["InvocationPayload"]; ok {
		payload, given = v, true
	}
	delete(k.Inputs, "InvocationPayload")
	delete(k.Inputs, "Payload")
	if given {
		text, isText := payload.(string)
		if !isText {
			text = string(encode(payload))
		}
		k.Inputs["Payload"] = text
	}
	if k.Inputs["InvocationType"] == nil {
		k.Inputs["InvocationType"] = "RequestResponse"
	}
}

// notice asks the approvers by a topic; without one there is nothing to do but to wait.
func (k *Task) notice(r *Run, t *Taken) {
	topic := textOf(k.Inputs["NotificationArn"])
	if topic == "" {
		k.Kind, k.Until = Wait, t.Begun
		return
	}
	text := textOf(k.Inputs["Message"]) + "\n\nThe step " + t.Step + " of the automation execution " + r.Globals[executionID] +
		" waits for your approval, until " + t.Deadline.UTC().Format(time.RFC3339) + ". Approve it with: aws ssm send-automation-signal --automation-execution-id " +
		r.Globals[executionID] + " --signal-type Approve\n"
	k.Service, k.API = "sns", "Publish"
	k.Inputs = map[string]any{"TopicArn": topic, "Subject": "Approval requested: " + t.Step, "Message": strings.TrimLeft(text, "\n")}
	if subject := k.Inputs["Subject"].(string); len(subject) > 100 {
		k.Inputs["Subject"] = subject[:100]
	}
}

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
	outputs, err := s.outputs(x.Answer)
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
func (s *Step) outputs(answer any) (Values, error) {
	out := Values{}
	for _, o := range s.Outputs {
		sel, err := parseSelector(o.Selector)
		if err != nil {
			return out, err
		}
		v, found := sel.find(answer)
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
	sel, err := parseSelector(textOf(in["PropertySelector"]))
	if err != nil {
		return r.failed(d, s, &Failure{Text: "PropertySelector: " + err.Error() + "."}, now)
	}
	v, found := sel.find(answer)
	wanted, ok := in["DesiredValues"].([]any)
	if !ok {
		wanted = []any{in["DesiredValues"]}
	}
	if found && desired(v, wanted) {
		outputs, err := s.outputs(answer)
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
	given, err := s.outputs(payload)
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
		given, err := s.outputs(x.Answer)
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

// Literal is a call that a document names without references.
type Literal struct{ Step, Service, API string }

// Calls are the operations that the document names.
func (d *Document) Calls() []Literal {
	var out []Literal
	for _, list := range append([][]*Step{d.Steps}, d.bodies()...) {
		for _, s := range list {
			if a := actionOf(s.Action); !a.open || hasReference(s.Inputs["Service"]) || hasReference(s.Inputs["Api"]) {
				continue
			}
			out = append(out, Literal{s.Name, textOf(s.Inputs["Service"]), textOf(s.Inputs["Api"])})
		}
	}
	return out
}

// Loop is the loop that the step is in, nil for none.
func (s *Step) Loop() *Step { return s.within }
