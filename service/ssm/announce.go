package ssm

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vauban/engine/automation"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

const kindEvent = "ssm.event"

// note is an event for the default bus.
type note struct {
	Account, Region string
	Detail          string // detail-type
	Body            json.RawMessage
	Resources       []string
	Time            time.Time
}

// detail is what events tell. User Guide: "Amazon EventBridge event examples for Systems Manager".
type detail struct {
	ExecutionID string  `json:"ExecutionId"`
	Definition  string  `json:"Definition"`
	Version     float64 `json:"DefinitionVersion"`
	Status      string  `json:"Status"`
	StartTime   string  `json:"StartTime"`
	EndTime     string  `json:"EndTime,omitempty"`
	Time        float64 `json:"Time"` // milliseconds
	Step        string  `json:"StepName,omitempty"`
	Action      string  `json:"Action,omitempty"`
	By          string  `json:"ExecutedBy,omitempty"`
}

// announce enqueues events about the statuses that have changed since before, nil for a new execution.
func (s *Service) announce(tx store.Tx, x *Execution, before *automation.Run, now time.Time, partition string) error {
	old := func(i int) automation.Status {
		if before == nil || i >= len(before.Taken) {
			return ""
		}
		return before.Taken[i].Status
	}
	for i := range x.Run.Taken {
		t := &x.Run.Taken[i]
		if t.Status == old(i) {
			continue
		}
		d := x.detail(string(t.Status), t.Begun, t.Ended, now)
		d.Step, d.Action = t.Step, t.Action
		if err := s.enqueueEvent(tx, x, "EC2 Automation Step Status-change Notification", d, now, partition); err != nil {
			return err
		}
	}
	if before != nil && before.Status == x.Run.Status {
		return nil
	}
	d := x.detail(string(x.Run.Status), x.Started, now, now)
	if !x.Run.Status.Ended() {
		d.EndTime = ""
	}
	d.By = x.By.ARN
	return s.enqueueEvent(tx, x, "EC2 Automation Execution Status-change Notification", d, now, partition)
}

func (x *Execution) detail(status string, begun, ended, now time.Time) *detail {
	const layout = "Jan 2, 2006, 3:04:05 PM"
	d := &detail{
		ExecutionID: x.ID, Definition: x.Document, Version: float64(x.Version), Status: status, StartTime: begun.UTC().Format(layout),
		Time: float64(now.Sub(begun).Milliseconds()),
	}
	if !ended.IsZero() {
		d.EndTime = ended.UTC().Format(layout)
	}
	return d
}

func (s *Service) enqueueEvent(tx store.Tx, x *Execution, kind string, d *detail, now time.Time, partition string) error {
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	payload, err := json.Marshal(note{x.Account, x.Region, kind, body, []string{
		x.arn(partition), "arn:" + partition + ":ssm:" + x.Region + ":" + x.Account + ":automation-definition/" + x.Document + ":" + versionText(x.Version),
	}, now})
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: kindEvent, Target: x.Account + "/" + x.Region, Payload: payload})
}

// sendEvent puts an event on the default bus.
func (s *Service) sendEvent(w *service.Work, d *delivery.Delivery) error {
	var n note
	if err := json.Unmarshal(d.Payload, &n); err != nil {
		return delivery.Permanent(errors.New("the event cannot be read"))
	}
	to := "arn:" + w.Partition + ":events:" + n.Region + ":" + n.Account + ":event-bus/default"
	return target.Send(w.Door, w.Call(n.Account, n.Region), service.AsService(principal, n.Resources[0], n.Account), to, &target.Message{
		Body: string(n.Body), ID: d.ID, Time: n.Time, Source: "aws.ssm", DetailType: n.Detail, Resources: n.Resources,
	})
}
