package automation

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Bounds of what repeats.
const (
	maxAttempts   = 10
	maxIterations = 100
	maxOutputs    = 50
)

// steps reads a list of steps. within is the loop that they are in.
func (r *reader) steps(name string, d *Document, within *Step) []*Step {
	list, ok := r.members[name].([]any)
	if !ok {
		r.fail("The member %s of %s must be a list of steps.", name, r.where)
		return nil
	}
	var out []*Step
	for _, e := range list {
		members, ok := e.(map[string]any)
		step := textOf(members["name"])
		switch {
		case !ok || !isName(step):
			r.fail("Each step needs a name of letters, digits, _ and -, of at most 128 characters.")
		case d.steps[step] != nil:
			r.fail("There are two steps with the name %s.", step)
		case len(d.steps) == maxSteps:
			r.fail("The document has more than %d steps.", maxSteps)
		}
		if r.err != nil {
			return nil
		}
		s := &Step{Name: step, within: within}
		d.steps[step] = s
		x := &reader{where: "the step " + step, members: members}
		x.step(s, d)
		if r.err = x.err; r.err != nil {
			return nil
		}
		out = append(out, s)
	}
	return out
}

func (r *reader) step(s *Step, d *Document) {
	r.only("name", "action", "description", "inputs", "outputs", "onFailure", "onCancel", "nextStep", "isEnd", "isCritical", "maxAttempts", "timeoutSeconds")
	s.Action, s.Description, s.Inputs = r.text("action"), r.text("description"), r.object("inputs")
	a := actionOf(s.Action)
	if a == nil {
		r.err = refusal(s.Action)
		return
	}
	s.Next, s.End, s.Critical = r.text("nextStep"), r.flag("isEnd", false), r.flag("isCritical", true)
	s.OnFailure, s.OnCancel = r.text("onFailure"), r.text("onCancel")
	if s.OnFailure == "" {
		s.OnFailure = "Abort"
	}
	s.Attempts = int(r.number("maxAttempts", 1, 1, maxAttempts))
	s.Timeout = time.Duration(r.number("timeoutSeconds", int64(a.timeout/time.Second), 1, int64(a.longest/time.Second))) * time.Second
	if s.Next != "" && s.End {
		r.fail("%s has nextStep and isEnd: it can have one of them.", r.where)
	}
	r.inputs(s, a)
	r.outputs(s, a)
	in := &reader{where: "the inputs of " + s.Name, members: s.Inputs, err: r.err}
	switch s.Action {
	case actionBranch:
		s.branch = in.branch()
	case actionLoop:
		in.loop(s, d)
	}
	if r.err == nil {
		r.err = in.err
	}
}

// inputs refuses inputs that the action does not take, and misses those that it needs.
func (r *reader) inputs(s *Step, a *action) {
	for _, name := range a.required {
		if s.Inputs[name] == nil {
			r.fail("Input %s of step %s is required by %s.", name, s.Name, s.Action)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Inputs)) {
		if !a.open && !slices.Contains(a.required, name) && !slices.Contains(a.optional, name) {
			r.fail("Input %s of step %s is not supported by %s.", clip(name), s.Name, s.Action)
		}
	}
	if s.Action == actionSleep && (s.Inputs["Duration"] == nil) == (s.Inputs["Timestamp"] == nil) {
		r.fail("Step %s needs one of the inputs Duration and Timestamp.", s.Name)
	}
	if s.Action == actionVariable && !strings.HasPrefix(textOf(s.Inputs["Name"]), variablePrefix) {
		r.fail("Input Name of step %s must be variable:NAME.", s.Name)
	}
	if selector, ok := s.Inputs["PropertySelector"].(string); ok && a.open && !hasReference(selector) {
		if _, err := parseSelector(selector); err != nil {
			r.fail("Input PropertySelector of step %s is not valid: %v.", s.Name, err)
		}
	}
}

func (r *reader) outputs(s *Step, a *action) {
	list, ok := r.members["outputs"].([]any)
	if r.members["outputs"] == nil {
		return
	}
	if !ok || !a.declares || len(list) > maxOutputs {
		r.fail("The outputs of step %s must be a list of at most %d, of an action that has outputs.", s.Name, maxOutputs)
		return
	}
	for _, e := range list {
		members, _ := e.(map[string]any)
		x := &reader{where: "an output of step " + s.Name, members: members}
		x.only("Name", "Selector", "Type")
		o := Output{x.text("Name"), x.text("Selector"), x.text("Type")}
		if !isName(o.Name) {
			x.fail("An output of step %s has no valid Name.", s.Name)
		}
		if _, err := parseSelector(o.Selector); err != nil {
			x.fail("The Selector of output %s of step %s is not valid: %v.", clip(o.Name), s.Name, err)
		}
		if o.Type == "" {
			o.Type = "String"
		}
		if !slices.Contains(variableTypes, o.Type) {
			x.fail("The Type %s of output %s of step %s is not supported.", clip(o.Type), clip(o.Name), s.Name)
		}
		if r.err == nil {
			r.err = x.err
		}
		s.Outputs = append(s.Outputs, o)
	}
}

// loop reads the inputs of aws:loop.
func (r *reader) loop(s *Step, d *Document) {
	if s.within != nil {
		r.fail("Step %s is a loop in a loop, which is not supported.", s.Name)
		return
	}
	if (r.members["Iterators"] == nil) == (r.members["LoopCondition"] == nil) {
		r.fail("Step %s needs one of the inputs Iterators and LoopCondition.", s.Name)
	}
	if s.OnCancel != "" {
		r.fail("Step %s cannot have onCancel: aws:loop does not support it.", s.Name)
	}
	if kind := r.text("IteratorDataType"); kind != "" && !slices.Contains([]string{"Boolean", "Integer", "String", "StringMap"}, kind) {
		r.fail("Input IteratorDataType of step %s must be Boolean, Integer, String or StringMap.", s.Name)
	}
	if c := r.object("LoopCondition"); c != nil {
		s.repeat = r.condition(c, 0)
	}
	if !hasReference(r.members["MaxIterations"]) {
		r.number("MaxIterations", maxIterations, 1, maxIterations)
	}
	if r.err == nil {
		s.body = r.steps("Steps", d, s)
		if r.err == nil && len(s.body) == 0 {
			r.fail("Step %s has no Steps.", s.Name)
		}
	}
}
