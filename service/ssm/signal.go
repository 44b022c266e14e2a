package ssm

import (
	"errors"
	"strings"
	"time"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/automation"
	"vauban/service"
	"vauban/store"
)

// signal approves, rejects or resumes.
func (s *Service) signal(c *service.Call, in *api.SendAutomationSignalInput) (*api.SendAutomationSignalOutput, error) {
	x, d, err := s.own(c, *in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	kind := *in.SignalType
	var bad error
	change := func(r *automation.Run, now time.Time) {
		if kind == api.SignalTypeResume {
			bad = r.Resume(d, now)
			return
		}
		bad = r.Decide(d, automation.Decision{
			Approver: c.Caller.ARN, Decision: kind, Comment: strings.Join(in.Payload["Comment"], " "), Time: now,
		}, namesOf(c.Caller), now)
	}
	switch kind {
	case api.SignalTypeApprove, api.SignalTypeReject, api.SignalTypeResume:
	default:
		return nil, api.InvalidAutomationSignalException.New("The signal %s is not built in this version of Vauban: send Approve, Reject or Resume.", kind)
	}
	if err := s.advance(c.Tx, x, d, c.Partition, change); err != nil {
		return nil, err
	}
	switch {
	case errors.Is(bad, automation.ErrNotWaiting):
		return nil, api.InvalidAutomationSignalException.New("The execution %s does not wait for the signal %s.", x.ID, kind)
	case errors.Is(bad, automation.ErrNotApprover):
		return nil, api.InvalidAutomationSignalException.New("%s is not one of the approvers of the step.", c.Caller.ARN)
	case errors.Is(bad, automation.ErrTwice):
		return nil, api.InvalidAutomationSignalException.New("%s has decided already.", c.Caller.ARN)
	case bad != nil:
		return nil, bad
	}
	return &api.SendAutomationSignalOutput{}, nil
}

// namesOf are the names under which a runbook may list an approver: ARN or name of a user, ARN of a role or of its session. User Guide: "aws:approve".
func namesOf(who *service.Caller) []string {
	out := []string{who.ARN}
	if who.Session == nil {
		return append(out, who.Name)
	}
	return append(out, who.Session.Issuer.ARN)
}

func (s *Service) stopExecution(c *service.Call, in *api.StopAutomationExecutionInput) (*api.StopAutomationExecutionOutput, error) {
	x, d, err := s.own(c, *in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	if !x.Ended.IsZero() {
		return nil, api.InvalidAutomationStatusUpdateException.New("The execution %s has ended already, with the status %s.", x.ID, x.Run.Status)
	}
	child := ""
	if t := x.Run.Now(); t != nil {
		child = t.Child
	}
	complete := wire.Text(in.Type) == api.StopTypeComplete
	err = s.advance(c.Tx, x, d, c.Partition, func(r *automation.Run, now time.Time) {
		if complete {
			r.Complete(d, now)
		} else {
			r.Cancel(d, now)
		}
	})
	if err == nil && child != "" && !complete {
		err = s.stopChild(c, child)
	}
	return &api.StopAutomationExecutionOutput{}, err
}

// stopChild cancels what a step has started, and so on down.
func (s *Service) stopChild(c *service.Call, id string) error {
	for id != "" {
		x, err := s.execution(c.Tx, "id", store.K(c.Account, c.Region, id))
		if store.IsAbsent(err) || err == nil && !x.Ended.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		d, err := x.parsed()
		if err != nil {
			return err
		}
		id = ""
		if t := x.Run.Now(); t != nil {
			id = t.Child
		}
		if err := s.advance(c.Tx, x, d, c.Partition, func(r *automation.Run, now time.Time) { r.Cancel(d, now) }); err != nil {
			return err
		}
	}
	return nil
}
