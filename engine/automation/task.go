package automation

import (
	"fmt"
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
