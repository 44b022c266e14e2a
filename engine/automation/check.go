package automation

import (
	"slices"
	"strings"
)

const (
	variablePrefix = "variable:"
	globalPrefix   = "global:"
	stepPrefix     = "step:"
	executionID    = "automation:EXECUTION_ID"
)

// globals are the values that every runbook can refer to. User Guide: "Using system variables".
var globals = [...]string{executionID, "global:ACCOUNT_ID", "global:DATE", "global:DATE_TIME", "global:REGION", "global:PARTITION"}

// check looks at what steps and references name.
func (d *Document) check() error {
	if err := d.checkValue("assumeRole", d.AssumeRole); err != nil {
		return err
	}
	for _, list := range append([][]*Step{d.Steps}, d.bodies()...) {
		for _, s := range list {
			if err := d.checkStep(s); err != nil {
				return err
			}
		}
	}
	for _, o := range d.Outputs {
		if !d.refers(o) {
			return wrong("The output %s of the document is not one of a step.", clip(o))
		}
	}
	return nil
}

func (d *Document) bodies() (out [][]*Step) {
	for _, s := range d.Steps {
		if s.body != nil {
			out = append(out, s.body)
		}
	}
	return out
}

func (d *Document) checkStep(s *Step) error {
	to := []string{s.Next}
	if s.branch != nil {
		to = append(to, s.branch.other)
		for _, c := range s.branch.choices {
			to = append(to, c.next)
		}
	}
	for member, v := range map[string]string{"onFailure": s.OnFailure, "onCancel": s.OnCancel} {
		name, isStep := strings.CutPrefix(v, stepPrefix)
		switch {
		case isStep && name != "":
			to = append(to, name)
		case v != "" && v != "Abort" && v != "Continue":
			return wrong("The %s of step %s must be Abort, Continue or step:NAME.", member, s.Name)
		}
	}
	for _, name := range to {
		if name == "" {
			continue
		}
		if next := d.steps[name]; next == nil || next.within != s.within {
			return wrong("Step %s goes on to %s, which is not a step beside it.", s.Name, clip(name))
		}
	}
	if s.Action == actionVariable && !d.refers(textOf(s.Inputs["Name"])) {
		return wrong("Step %s sets %s, which the document does not declare.", s.Name, clip(textOf(s.Inputs["Name"])))
	}
	for name, v := range s.Inputs {
		if name == "Steps" && s.body != nil {
			continue
		}
		if err := d.checkValue("step "+s.Name, v); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) checkValue(where string, v any) (err error) {
	references(v, func(name string) {
		if err == nil && !d.refers(name) {
			err = wrong("{{ %s }} in %s refers to nothing: no parameter, variable or output of a step has that name.", clip(name), where)
		}
	})
	return err
}

// refers says that a reference has something to refer to.
func (d *Document) refers(name string) bool {
	if slices.Contains(globals[:], name) {
		return true
	}
	list, plain := d.Parameters, name
	if v, ok := strings.CutPrefix(name, variablePrefix); ok {
		list, plain = d.Variables, v
	}
	if slices.ContainsFunc(list, func(p Parameter) bool { return p.Name == plain }) {
		return true
	}
	step, output, ok := strings.Cut(name, ".")
	s := d.steps[step]
	if !ok || s == nil {
		return false
	}
	return slices.Contains(actionOf(s.Action).outputs, output) || slices.ContainsFunc(s.Outputs, func(o Output) bool { return o.Name == output }) ||
		s.Action == actionRunbook && strings.HasPrefix(output, "Output.")
}
