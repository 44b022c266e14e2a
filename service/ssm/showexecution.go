package ssm

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/automation"
	"vauban/service"
	"vauban/store"
)

func (s *Service) executionOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpStartAutomationExecution, s.onStart, s.startExecution),
		service.Writes(api.OpStopAutomationExecution, onExecution(func(in *api.StopAutomationExecutionInput) *string { return in.AutomationExecutionId }), s.stopExecution),
		service.Writes(api.OpSendAutomationSignal, onExecution(func(in *api.SendAutomationSignalInput) *string { return in.AutomationExecutionId }), s.signal),
		service.Reads(api.OpGetAutomationExecution, onExecution(func(in *api.GetAutomationExecutionInput) *string { return in.AutomationExecutionId }), s.getExecution),
		service.Reads(api.OpDescribeAutomationExecutions, onAny[api.DescribeAutomationExecutionsInput], s.describeExecutions),
		service.Reads(api.OpDescribeAutomationStepExecutions, onExecution(func(in *api.DescribeAutomationStepExecutionsInput) *string { return in.AutomationExecutionId }), s.describeSteps),
	}
}

// own is the execution of the call.
func (s *Service) own(c *service.Call, id string) (*Execution, *automation.Document, error) {
	x := foundIn(c).execution
	if x == nil {
		return nil, nil, noExecution(id)
	}
	if err := s.openExecution(x); err != nil {
		return nil, nil, err
	}
	d, err := x.parsed()
	if err != nil {
		return nil, nil, fmt.Errorf("read the runbook of execution %s: %w", x.ID, err)
	}
	return x, d, nil
}

func (s *Service) getExecution(c *service.Call, in *api.GetAutomationExecutionInput) (*api.GetAutomationExecutionOutput, error) {
	x, d, err := s.own(c, *in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	m := metadata(x, d)
	out := &api.AutomationExecution{
		AutomationExecutionId: m.AutomationExecutionId, AutomationExecutionStatus: m.AutomationExecutionStatus, DocumentName: m.DocumentName,
		DocumentVersion: m.DocumentVersion, ExecutedBy: m.ExecutedBy, ExecutionStartTime: m.ExecutionStartTime, ExecutionEndTime: m.ExecutionEndTime,
		FailureMessage: m.FailureMessage, Mode: m.Mode, Outputs: m.Outputs, ParentAutomationExecutionId: m.ParentAutomationExecutionId,
		CurrentAction: m.CurrentAction, CurrentStepName: m.CurrentStepName, Parameters: map[string][]string{}, Variables: map[string][]string{},
		StepExecutionsTruncated: new(false), StepExecutions: steps(x, d),
	}
	for name, v := range x.Run.Arguments {
		out.Parameters[name] = automation.Shown(v)
	}
	for name, v := range x.Run.Variables {
		out.Variables[name] = automation.Shown(v)
	}
	if len(out.StepExecutions) > maxShownSteps {
		out.StepExecutions, out.StepExecutionsTruncated = out.StepExecutions[:maxShownSteps], new(true)
	}
	return &api.GetAutomationExecutionOutput{AutomationExecution: out}, nil
}

// maxShownSteps is how many steps GetAutomationExecution shows. API reference: "AutomationExecution".
const maxShownSteps = 100

func metadata(x *Execution, d *automation.Document) *api.AutomationExecutionMetadata {
	out := &api.AutomationExecutionMetadata{
		AutomationExecutionId: &x.ID, AutomationExecutionStatus: new(string(x.Run.Status)), DocumentName: &x.Document, DocumentVersion: new(versionText(x.Version)),
		ExecutedBy: &x.By.ARN, ExecutionStartTime: &x.Started, FailureMessage: wire.Optional(x.Run.Failure), Mode: new(api.ExecutionModeAuto),
		Outputs: shownOutputs(x, d), ParentAutomationExecutionId: wire.Optional(x.Parent), AutomationType: new(api.AutomationTypeLocal), Targets: []api.Target{},
		ResolvedTargets: &api.ResolvedTargets{ParameterValues: []string{}, Truncated: new(false)},
	}
	if !x.Ended.IsZero() {
		out.ExecutionEndTime = &x.Ended
	}
	if t := x.Run.Now(); t != nil {
		out.CurrentAction, out.CurrentStepName = &t.Action, &t.Step
	}
	return out
}

// shownOutputs are the outputs that the runbook names.
func shownOutputs(x *Execution, d *automation.Document) map[string][]string {
	out := map[string][]string{}
	for _, name := range d.Outputs {
		if v, ok := x.Run.Outputs[name]; ok {
			out[name] = automation.Shown(v)
		}
	}
	return out
}

// stepID is the ID of a step that was taken.
func stepID(x *Execution, n int) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(x.ID+"\n"+strconv.Itoa(n))).String()
}

// steps shows the steps of an execution: those taken, then those of the document that are still to come.
func steps(x *Execution, d *automation.Document) []api.StepExecution {
	out := []api.StepExecution{}
	taken := map[string]bool{}
	for i := range x.Run.Taken {
		t := &x.Run.Taken[i]
		taken[t.Step] = true
		e := shownStep(d.Step(t.Step))
		e.StepExecutionId, e.StepStatus, e.ExecutionStartTime = new(stepID(x, i)), new(string(t.Status)), &t.Begun
		if !t.Ended.IsZero() {
			e.ExecutionEndTime = &t.Ended
		}
		e.FailureMessage, e.ResponseCode = wire.Optional(t.Failure), wire.Optional(t.Code)
		if t.Failure != "" {
			e.FailureDetails = &api.FailureDetails{FailureStage: new("Execution"), FailureType: new("StepFailed"), Details: map[string][]string{"ErrorMessage": {t.Failure}}}
		} else if t.Status == automation.Success {
			e.ResponseCode = new("0")
		}
		e.Inputs = map[string]string{}
		var inputs map[string]json.RawMessage
		if json.Unmarshal(t.Inputs, &inputs) == nil {
			for name, v := range inputs {
				e.Inputs[name] = string(v)
			}
		}
		e.Outputs = map[string][]string{}
		for name, v := range t.Outputs {
			e.Outputs[name] = automation.Shown(v)
		}
		if t.Iteration > 0 {
			e.ParentStepDetails = loopOf(x, d.Step(t.Step), i)
		}
		out = append(out, *e)
	}
	if !x.Ended.IsZero() {
		return out
	}
	for i, step := range d.Steps {
		if !taken[step.Name] {
			e := shownStep(step)
			e.StepExecutionId, e.StepStatus = new(stepID(x, -1-i)), new(api.AutomationExecutionStatusPending)
			out = append(out, *e)
		}
	}
	return out
}

// loopOf tells of the loop that the step at that place was taken in.
func loopOf(x *Execution, s *automation.Step, n int) *api.ParentStepDetails {
	loop := s.Loop()
	for i := n; loop != nil && i >= 0; i-- {
		if t := &x.Run.Taken[i]; t.Step == loop.Name {
			return &api.ParentStepDetails{StepName: &t.Step, Action: &t.Action, StepExecutionId: new(stepID(x, i)), Iteration: new(int64(x.Run.Taken[n].Iteration))}
		}
	}
	return nil
}

func shownStep(s *automation.Step) *api.StepExecution {
	if s == nil {
		return &api.StepExecution{}
	}
	return &api.StepExecution{
		StepName: &s.Name, Action: &s.Action, IsCritical: &s.Critical, IsEnd: &s.End, MaxAttempts: new(int64(s.Attempts)), NextStep: wire.Optional(s.Next),
		OnFailure: &s.OnFailure, TimeoutSeconds: new(int64(s.Timeout / time.Second)),
	}
}

// describeExecutions lists executions, the latest first.
func (s *Service) describeExecutions(c *service.Call, in *api.DescribeAutomationExecutionsInput) (*api.DescribeAutomationExecutionsOutput, error) {
	for _, f := range in.Filters {
		if !slices.Contains([]string{"DocumentNamePrefix", "ExecutionStatus", "ExecutionId", "ParentExecutionId", "CurrentAction", "StartTimeBefore", "StartTimeAfter", "AutomationType", "TagKey"}, *f.Key) {
			return nil, api.InvalidFilterKey.New("The filter %s is not built in this version of Vauban.", *f.Key)
		}
		if strings.HasPrefix(*f.Key, "StartTime") {
			for _, v := range f.Values {
				if _, err := time.Parse(time.RFC3339, v); err != nil {
					return nil, api.InvalidFilterValue.New("The value %s of the filter %s is not a time like 2026-01-02T03:04:05Z.", clipped(v), *f.Key)
				}
			}
		}
	}
	out := &api.DescribeAutomationExecutionsOutput{AutomationExecutionMetadataList: []api.AutomationExecutionMetadata{}}
	filter, err := json.Marshal(in.Filters)
	if err != nil {
		return nil, fmt.Errorf("write the filters: %w", err)
	}
	var bad error
	out.NextToken, err = visit(s, c.Tx, executions, store.K(c.Account, c.Region), string(filter), in.MaxResults, in.NextToken, func(x *Execution) bool {
		if bad = cmp.Or(bad, s.openExecution(x)); bad != nil {
			return false
		}
		for _, f := range in.Filters {
			if !slices.ContainsFunc(f.Values, func(v string) bool { return x.has(*f.Key, v) }) {
				return false
			}
		}
		d, err := x.parsed()
		if err != nil {
			bad = err
			return false
		}
		out.AutomationExecutionMetadataList = append(out.AutomationExecutionMetadataList, *metadata(x, d))
		return true
	})
	if bad != nil {
		return nil, bad
	}
	return out, err
}

func (x *Execution) has(key, value string) bool {
	switch key {
	case "DocumentNamePrefix":
		return strings.HasPrefix(x.Document, value)
	case "ExecutionStatus":
		return string(x.Run.Status) == value
	case "ExecutionId":
		return x.ID == value
	case "ParentExecutionId":
		return x.Parent == value
	case "CurrentAction":
		t := x.Run.Now()
		return t != nil && t.Action == value
	case "AutomationType":
		return value == api.AutomationTypeLocal
	case "TagKey":
		_, ok := x.Tags[value]
		return ok
	}
	at, err := time.Parse(time.RFC3339, value)
	return err == nil && (key == "StartTimeBefore" && x.Started.Before(at) || key == "StartTimeAfter" && x.Started.After(at))
}

func (s *Service) describeSteps(c *service.Call, in *api.DescribeAutomationStepExecutionsInput) (*api.DescribeAutomationStepExecutionsOutput, error) {
	x, d, err := s.own(c, *in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	var list []api.StepExecution
	for _, e := range steps(x, d) {
		ok, err := stepMatches(&e, in.Filters)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, e)
		}
	}
	if in.ReverseOrder != nil && *in.ReverseOrder {
		slices.Reverse(list)
	}
	prefix := store.K(x.Account, x.Region, x.ID)
	p, err := s.pageOf(prefix, "steps", in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	var from int64
	if p.After != nil {
		if err := p.After.Parts(&from); err != nil {
			return nil, api.InvalidNextToken.New("The specified token is not valid.")
		}
	}
	from = min(max(from, 0), int64(len(list)))
	to := min(from+int64(p.Limit), int64(len(list)))
	out := &api.DescribeAutomationStepExecutionsOutput{StepExecutions: append([]api.StepExecution{}, list[from:to]...)}
	if to < int64(len(list)) {
		out.NextToken, err = p.Token(store.K(to))
	}
	return out, err
}

func stepMatches(e *api.StepExecution, filters []api.StepExecutionFilter) (bool, error) {
	for _, f := range filters {
		var have string
		switch *f.Key {
		case api.StepExecutionFilterKeyStepName:
			have = wire.Text(e.StepName)
		case api.StepExecutionFilterKeyAction:
			have = wire.Text(e.Action)
		case api.StepExecutionFilterKeyStepExecutionId:
			have = wire.Text(e.StepExecutionId)
		case api.StepExecutionFilterKeyStepExecutionStatus:
			have = wire.Text(e.StepStatus)
		default:
			return false, api.InvalidFilterKey.New("The filter %s is not built in this version of Vauban.", *f.Key)
		}
		if !slices.Contains(f.Values, have) {
			return false, nil
		}
	}
	return true, nil
}
