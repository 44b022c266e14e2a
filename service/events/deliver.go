package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vauban/engine/pattern"
	"vauban/engine/transform"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// sending is one attempt to send an event to a target.
type sending struct {
	*Service
	w *service.Work
	d *delivery.Delivery
	o *order
	r *Rule
	t *Target
}

// deliver sends to the target as it is now. What was put for a rule or target that has been removed since goes nowhere.
func (s *Service) deliver(w *service.Work, d *delivery.Delivery) error {
	var o order
	if err := json.Unmarshal(d.Payload, &o); err != nil {
		return delivery.Permanent(fmt.Errorf("read the delivery: %w", err))
	}
	x := &sending{Service: s, w: w, d: d, o: &o}
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		if x.r, err = rules.Get(tx, (&ruleName{busName{o.Account, o.Region, o.Bus}, o.Rule}).key()); err != nil {
			return err
		}
		return o.load(tx)
	})
	if store.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if x.t = x.r.target(o.Target); x.t == nil {
		return nil
	}
	err = x.send()
	if delivery.IsLater(err) {
		return err
	}
	s.measure(x.r, "InvocationAttempts")
	if err != nil {
		return x.failed(err)
	}
	s.measure(x.r, "Invocations")
	s.measure(x.r, "SuccessfulInvocationAttempts")
	return nil
}

// send hands the event over once.
func (x *sending) send() error {
	decoded, err := pattern.Decode([]byte(x.o.Event))
	if err != nil {
		return &failure{code: codeInvalidJSON, err: delivery.Permanent(err)}
	}
	body, err := x.body(decoded)
	if err != nil {
		return err
	}
	c := x.w.Call(x.r.Account, x.r.Region)
	kind := kindOf(x.t.ARN)
	if kind == kindDestination {
		return x.callDestination(c, decoded, body)
	}
	if kind == kindBus {
		if err := x.mayForward(decoded); err != nil {
			return err
		}
		hops := append(slices.Clone(x.o.Hops), x.r.busName().arn())
		c.Context = context.WithValue(c.Context, forwardedKey{}, &forwarded{x.o.Event, hops, x.o.Copies, x.o.Trace})
	}
	as, err := x.identity(c)
	if err != nil {
		return err
	}
	if kind == kindAutomation {
		return x.startRunbook(c, as, body)
	}
	m := &target.Message{Body: body, ID: x.o.ID, Time: x.o.Received, Group: x.t.Group, Trace: x.o.Trace}
	if kind == "logs" {
		logged(m)
	}
	return target.Send(x.w.Door, c, as, x.t.ARN, m)
}

// identity is who hands the event over: the target's role, or EventBridge itself on behalf of the rule.
func (x *sending) identity(c *service.Call) (service.Identity, error) {
	if x.t.Role == "" {
		return service.AsService(principal, x.r.arn(), x.r.Account), nil
	}
	return x.roles.assume(x.Service, x.w, c, x.r, x.t.Role)
}

// body is what the target gets.
func (x *sending) body(e *pattern.Event) (string, error) {
	t := x.t
	switch {
	case t.Input != "":
		return t.Input, nil
	case t.InputPath != "":
		p, err := transform.ParsePath(t.InputPath)
		if err != nil {
			return "", &failure{code: codeInvalidJSON, err: delivery.Permanent(err)}
		}
		v, found := p.Find(e.Root())
		if !found {
			return "", &failure{code: codeInvalidJSON, err: delivery.Permanent(fmt.Errorf("InputPath %s leads to nothing in the event", t.InputPath))}
		}
		return transform.JSON(v), nil
	case t.Template != "":
		c, err := transform.Compile(t.Paths, t.Template)
		if err != nil {
			return "", &failure{code: codeInvalidJSON, err: delivery.Permanent(err)}
		}
		body, err := c.Fill([]byte(x.o.Event), e.Root(), transform.Given{
			RuleARN: x.r.arn(), RuleName: x.r.Name, Ingestion: x.o.Received.UTC().Format("2006-01-02T15:04:05Z"),
		})
		if err != nil {
			return "", &failure{code: codeParameter, err: delivery.Permanent(err)}
		}
		return body, nil
	}
	return x.o.Event, nil
}

// startRunbook starts a runbook, once for an event and target. Its parameters are what the target is to be given; the event alone names none.
func (x *sending) startRunbook(c *service.Call, as service.Identity, body string) error {
	if x.t.Input == "" && x.t.InputPath == "" && x.t.Template == "" {
		body = "{}"
	}
	return target.Automation(x.w.Door, c, as, x.t.ARN, body, derivedID(x.r.arn(), x.t.ID, x.o.ID))
}

// mayForward refuses to send an event in circles: to a bus on which it was, or on to a third account or region. User Guide: "Using dead-letter queues to
// process undelivered events", which has the codes.
func (x *sending) mayForward(e *pattern.Event) error {
	to, _ := parseBus(x.t.ARN)
	refuse := func(code, why string) error {
		return &failure{code: code, err: delivery.Permanent(errors.New(why))}
	}
	switch {
	case slices.Contains(x.o.Hops, x.t.ARN):
		return refuse(codeParameter, "the event was on this event bus before")
	case len(x.o.Hops) >= maxHops:
		return refuse(codeParameter, "the event has been forwarded too often")
	case e.String("account") != x.r.Account && to.account != x.r.Account:
		return refuse(codeThirdAccount, "the event comes from another account and is not forwarded to a third")
	case e.String("region") != x.r.Region && to.region != x.r.Region:
		return refuse(codeThirdRegion, "the event comes from another region and is not forwarded to a third")
	}
	return nil
}

// maxHops bounds the buses that an event is forwarded through.
const maxHops = 10

// logged takes time and text of a log event from an input that gives them. User Guide: "Amazon CloudWatch Logs groups as targets".
func logged(m *target.Message) {
	var in struct {
		Timestamp *int64  `json:"timestamp"`
		Message   *string `json:"message"`
	}
	if json.Unmarshal([]byte(m.Body), &in) == nil && in.Timestamp != nil && in.Message != nil {
		m.Body, m.Time = *in.Message, time.UnixMilli(*in.Timestamp)
	}
}
