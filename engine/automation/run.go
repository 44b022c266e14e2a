package automation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Status is what a run or step is at, in the words of the API.
type Status string

// The statuses.
const (
	InProgress Status = "InProgress"
	Waiting    Status = "Waiting"
	Success    Status = "Success"
	Failed     Status = "Failed"
	TimedOut   Status = "TimedOut"
	Cancelling Status = "Cancelling"
	Cancelled  Status = "Cancelled"
)

// Ended says that nothing more happens.
func (s Status) Ended() bool {
	return s == Success || s == Failed || s == TimedOut || s == Cancelled
}

// Bounds of a run.
const (
	maxTaken = 1000     // steps
	maxValue = 64 << 10 // bytes of one input or output
	maxRun   = 4 << 20  // bytes of all inputs and outputs
)

// Run is an execution: plain data.
type Run struct {
	Status    Status
	Failure   string `json:",omitempty"`
	Arguments Values `json:",omitempty"`
	Variables Values
	Globals   map[string]string `json:",omitempty"` // "global:REGION"
	Outputs   Values            // "step.Output"
	Taken     []Taken           // steps, in the order in which they began
	Loop      *Loop             `json:",omitempty"` // in which the run is
	Broken    bool              `json:",omitempty"` // a critical step has failed
	Last      bool              `json:",omitempty"` // the present step is the last: the run was stopped
	Size      int               `json:",omitempty"`
}

// Taken is a step that was begun.
type Taken struct {
	Step, Action string
	Status       Status
	Begun        time.Time
	Ended        time.Time       `json:",omitzero"`
	Attempt      int             // 1 for the first
	Inputs       json.RawMessage `json:",omitempty"` // with their references filled in
	Outputs      Values          `json:",omitempty"`
	Failure      string          `json:",omitempty"`
	Code         string          `json:",omitempty"` // of the failure, "AccessDenied"
	Deadline     time.Time       // of the attempt
	Wake         time.Time       `json:",omitzero"`  // not before
	Child        string          `json:",omitempty"` // execution that the step started
	Decisions    []Decision      `json:",omitempty"`
	Iteration    int             `json:",omitempty"` // of the loop that it is in, 1 for the first
}

// Loop is the loop in which a run is.
type Loop struct {
	Taken     int // index of its step
	Items     []json.RawMessage
	Iteration int // 1 for the first
	Most      int
}

// Begin makes a run that stands at its first task.
func Begin(d *Document, arguments Values, globals map[string]string, now time.Time) *Run {
	r := &Run{Status: InProgress, Arguments: arguments, Variables: Values{}, Globals: globals, Outputs: Values{}}
	for _, v := range d.Variables {
		if v.Default == nil {
			continue
		}
		value, err := expand(v.Default, r.scope())
		if err != nil {
			r.end(Failed, fmt.Sprintf("The variable %s has no value: %v.", v.Name, err))
			return r
		}
		r.Variables.put(v.Name, value)
	}
	r.enter(d, d.Steps[0], now)
	return r
}

// Expand fills the references to parameters and globals into a text: the role that is assumed.
func Expand(text string, arguments Values, globals map[string]string) (string, error) {
	v, err := expand(text, (&Run{Arguments: arguments, Globals: globals}).scope())
	return textOf(v), err
}

// Now is the step at which the run is, nil before and after.
func (r *Run) Now() *Taken {
	if r.Status.Ended() || len(r.Taken) == 0 {
		return nil
	}
	return &r.Taken[len(r.Taken)-1]
}

func (r *Run) scope() scope {
	return func(name string) (any, bool) {
		if v, ok := r.Globals[name]; ok {
			return v, true
		}
		if v, ok := strings.CutPrefix(name, variablePrefix); ok {
			return r.Variables.get(v)
		}
		if v, ok := r.Arguments.get(name); ok {
			return v, true
		}
		return r.Outputs.get(name)
	}
}

// end ends the run.
func (r *Run) end(s Status, failure string) {
	r.Status = s
	if r.Failure == "" {
		r.Failure = failure
	}
}
