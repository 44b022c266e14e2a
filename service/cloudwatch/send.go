package cloudwatch

import (
	"encoding/json"
	"fmt"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// sending is the kind of the deliveries of alarms.
const sending = "cloudwatch.alarm"

// Service principals of alarms.
const (
	principal       = "cloudwatch.amazonaws.com"
	lambdaPrincipal = "lambda.alarms.cloudwatch.amazonaws.com"
)

// parcel is something to send on behalf of an alarm.
type parcel struct {
	Account string    `json:"account"`
	Region  string    `json:"region"`
	Alarm   string    `json:"alarm"` // name
	Kind    string    `json:"kind"`  // of the alarm
	Action  bool      `json:"action,omitempty"`
	Body    string    `json:"body"`
	Subject string    `json:"subject,omitempty"`
	Detail  string    `json:"detail,omitempty"` // the detail-type of an event
	Time    time.Time `json:"time"`
}

func (s *Service) enqueue(tx store.Tx, to string, p *parcel) error {
	payload, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write what an alarm sends: %w", err)
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: sending, Target: to, Payload: payload})
}

func parcelOf(a *Alarm, at time.Time) parcel {
	return parcel{Account: a.Account, Region: a.Region, Alarm: a.Name, Kind: a.kind(), Time: at}
}

// sendActions enqueues what the alarm does in its new state.
func (s *Service) sendActions(tx store.Tx, c *change) error {
	for _, action := range c.actions(c.state.Value) {
		p := parcelOf(c.Alarm, c.state.Updated)
		p.Action = true
		switch {
		case target.Kind(action) == "sns":
			p.Body, p.Subject = c.message(), c.subject()
		case isOpsItem(action):
			p.Body, p.Subject = c.state.Reason, c.subject()
		default:
			p.Body = c.invocation(c.state.Updated)
		}
		if err := s.enqueue(tx, action, &p); err != nil {
			return err
		}
	}
	return nil
}

// sendChange enqueues the event of a change of state.
func (s *Service) sendChange(tx store.Tx, c *change, now time.Time) error {
	p := parcelOf(c.Alarm, now)
	p.Detail, p.Body = "CloudWatch Alarm State Change", document(c.detail())
	return s.enqueue(tx, busOf(c.Alarm), &p)
}

// sendConfiguration enqueues the event of a change of definition. before is nil for a new alarm.
func (s *Service) sendConfiguration(c *service.Call, a, before *Alarm, operation string) error {
	d := detail{Name: a.Name, Operation: operation, Configuration: wholeConfiguration(a)}
	if operation == "update" {
		d.Before = wholeConfiguration(before)
	}
	st, err := states.Get(c.Tx, a.key())
	if err != nil && !store.IsAbsent(err) {
		return err
	}
	if st != nil {
		d.State = shownState(st)
	}
	p := parcelOf(a, c.Time)
	p.Detail, p.Body = "CloudWatch Alarm Configuration Change", document(d)
	return s.enqueue(c.Tx, busOf(a), &p)
}

func busOf(a *Alarm) string {
	return "arn:aws:events:" + a.Region + ":" + a.Account + ":event-bus/default"
}

// Senders implements [service.Sending].
func (s *Service) Senders() []service.Sender {
	return []service.Sender{{Kind: sending, Send: s.send}}
}

var _ service.Sending = (*Service)(nil)

// send hands a parcel over. The history of the alarm tells of actions that were carried out, and of those that fail at first.
func (s *Service) send(w *service.Work, d *delivery.Delivery) error {
	p := &parcel{}
	if err := json.Unmarshal(d.Payload, p); err != nil {
		return delivery.Permanent(fmt.Errorf("read what an alarm sends: %w", err))
	}
	as := principal
	if target.Kind(d.Target) == "lambda" {
		as = lambdaPrincipal
	}
	m := &target.Message{Body: p.Body, ID: d.ID, Time: p.Time, Subject: p.Subject}
	if p.Detail != "" {
		m.Source, m.DetailType, m.Resources = "aws.cloudwatch", p.Detail, []string{alarmARN(p.Account, p.Region, p.Alarm)}
	}
	var err error
	if isOpsItem(d.Target) {
		err = sendOpsItem(w, d, p)
	} else {
		err = target.Send(w.Door, w.Call(p.Account, p.Region), service.AsService(as, alarmARN(p.Account, p.Region, p.Alarm), p.Account), d.Target, m)
	}
	if p.Action && (err == nil || d.Attempts <= 1) {
		return s.noteAction(w, d, p, err)
	}
	return err
}

// noteAction writes how an action went, and returns how it did.
func (s *Service) noteAction(w *service.Work, d *delivery.Delivery, p *parcel, failed error) error {
	data := struct {
		State    string  `json:"actionState"`
		Time     int64   `json:"stateUpdateTimestamp"`
		Resource string  `json:"notificationResource"`
		Message  string  `json:"publishedMessage,omitempty"`
		Error    *string `json:"error"`
	}{"Succeeded", p.Time.UnixMilli(), d.Target, p.Body, nil}
	summary := "Successfully executed action " + d.Target
	if failed != nil {
		data.State, data.Error = "Failed", new(shortened(failed.Error(), 1000))
		summary = "Failed to execute action " + d.Target
	}
	if len(p.Body) > 2500 {
		data.Message = ""
	}
	h := &History{Account: p.Account, Region: p.Region, Name: p.Alarm, Kind: p.Kind, Item: api.HistoryItemTypeAction, Summary: summary, Data: document(data)}
	err := s.Store.Write(w, func(tx store.Tx) error { return s.keep(tx, h, w.Time) })
	if failed != nil {
		return failed
	}
	if err != nil {
		return delivery.After(err, time.Second)
	}
	return nil
}
