package automation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decision is what an approver said.
type Decision struct {
	Approver string    `json:"approver"`
	Decision string    `json:"decision"` // "Approve", "Reject"
	Comment  string    `json:"comment,omitempty"`
	Time     time.Time `json:"time"`
	Entries  []string  `json:"entries,omitempty"` // of Approvers, which the approver is listed under
}

// Errors of signals.
var (
	ErrNotWaiting  = errors.New("automation: the execution does not wait for such a signal")
	ErrNotApprover = errors.New("automation: not one of the approvers")
	ErrTwice       = errors.New("automation: the approver has decided already")
)

// maxComment bounds what an approver says.
const maxComment = 2000

// waitsFor is the present step, if it waits and has the action.
func (r *Run) waitsFor(action string) (*Taken, error) {
	if t := r.Now(); t != nil && t.Status == Waiting && t.Action == action {
		return t, nil
	}
	return nil, ErrNotWaiting
}

// Resume ends a pause.
func (r *Run) Resume(d *Document, now time.Time) error {
	t, err := r.waitsFor(actionPause)
	if err != nil {
		return err
	}
	s := d.steps[t.Step]
	r.settled(Success, now)
	r.enter(d, r.after(d, s, now), now)
	return nil
}

// Decide takes in a decision. names are those that the approver has: ARNs, and the name of a user. One rejection is enough.
// An entry of Approvers decides once, whoever it stands for: one person may come under several ARNs, as a user and in sessions.
func (r *Run) Decide(d *Document, x Decision, names []string, now time.Time) error {
	t, err := r.waitsFor(actionApprove)
	if err != nil {
		return err
	}
	in := t.inputs()
	approvers := entriesOf(in["Approvers"])
	x.Entries = nil
	for _, a := range approvers {
		if slices.Contains(names, a) {
			x.Entries = append(x.Entries, a)
		}
	}
	if x.Entries == nil {
		return ErrNotApprover
	}
	if slices.ContainsFunc(t.Decisions, x.again) {
		return ErrTwice
	}
	if len(x.Comment) > maxComment {
		x.Comment = strings.ToValidUTF8(x.Comment[:maxComment], "")
	}
	t.Decisions = append(t.Decisions, x)
	s := d.steps[t.Step]
	outputs := Values{}
	outputs.put("ApproverDecisions", decisions(t.Decisions))
	if x.Decision == "Reject" {
		outputs.put("ApprovalStatus", "Rejected")
		t.Outputs = outputs
		text := fmt.Sprintf("The step %s was rejected by %s.", s.Name, x.Approver)
		attempts := s.Attempts
		t.Attempt = max(t.Attempt, attempts) // a rejection is not asked about again
		r.enter(d, r.failed(d, s, &Failure{Code: "Rejected", Text: text}, now), now)
		return nil
	}
	least := 1
	if v, ok := in["MinRequiredApprovals"]; ok {
		if n := numberOf(textOf(v)); n != nil {
			if k, _ := n.Int64(); k > 1 {
				least = int(min(k, int64(len(approvers))))
			}
		}
	}
	if len(t.Decisions) < least {
		return nil
	}
	outputs.put("ApprovalStatus", "Approved")
	r.enter(d, r.done(d, s, outputs, nil, now), now)
	return nil
}

// entriesOf are the approvers that a step lists, each once.
func entriesOf(v any) (out []string) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, a := range list {
		if text := textOf(a); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// again says that a decision is of an approver, or under an entry, that another was.
func (x *Decision) again(o Decision) bool {
	return o.Approver == x.Approver || slices.ContainsFunc(o.Entries, func(a string) bool { return slices.Contains(x.Entries, a) })
}

func decisions(list []Decision) any {
	out := make([]any, len(list))
	for i, x := range list {
		out[i] = map[string]any{"approver": x.Approver, "decision": x.Decision, "comment": x.Comment}
	}
	return out
}

// Cancel stops the run: at once, or by way of the step that onCancel names.
func (r *Run) Cancel(d *Document, now time.Time) {
	t := r.Now()
	if t == nil {
		return
	}
	s := d.steps[t.Step]
	already := r.Status == Cancelling
	r.settled(Cancelled, now)
	if name, ok := strings.CutPrefix(s.OnCancel, stepPrefix); ok && !already && d.steps[name] != nil {
		r.Status = Cancelling
		r.enter(d, d.steps[name], now)
		return
	}
	r.leaveLoop(Cancelled, now)
	r.end(Cancelled, "")
}

// Complete lets the run end behind its present step, or at once if that waits.
func (r *Run) Complete(d *Document, now time.Time) {
	t := r.Now()
	if t == nil {
		return
	}
	r.Last = true
	if t.Status == Waiting || t.Action == actionSleep || t.Wake.After(now) {
		r.settled(Cancelled, now)
		r.leaveLoop(Cancelled, now)
		r.finish(now)
	}
}
