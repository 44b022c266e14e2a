package events

import (
	"encoding/json"
	"slices"
	"time"

	"vauban/eventlog/delivery"
	"vauban/store"
)

// kindTarget are deliveries to targets of rules.
const kindTarget = "events.target"

// order is what is to be sent: an event to a target of a rule, which is read when it is sent.
type order struct {
	Account, Region, Bus, Rule, Target string

	ID       string    // of the event
	Event    string    // a string, so that it arrives byte for byte
	Received time.Time // by the bus: the age of the event counts from there
	Hops     []string  `json:",omitempty"`
}

// put puts an event on a bus: archives keep it, and for each target of a rule that matches a delivery is enqueued. All of it commits with the
// transaction, or nothing.
func (s *Service) put(tx store.Tx, n busName, e *event) error {
	c, err := s.open(tx, n)
	if err != nil || c == nil {
		return err
	}
	if e.ReplayName == "" {
		for _, i := range c.kept.Match(e.decoded) {
			if err := s.keep(tx, c.archives[i], e); err != nil {
				return err
			}
		}
	}
	for _, i := range c.set.Match(e.decoded) {
		r := c.rules[i]
		switch {
		case e.readOnly && r.State != stateAll:
			continue
		case !e.recorded.IsZero() && e.recorded.Before(r.Created): // the log is read behind the calls: the rule came after this one
			continue
		case len(e.only) > 0 && !slices.Contains(e.only, r.arn()):
			continue
		}
		s.measure(r, "MatchedEvents")
		if err := s.trigger(tx, r, e); err != nil {
			return err
		}
	}
	return nil
}

// trigger enqueues an event for all targets of a rule.
func (s *Service) trigger(tx store.Tx, r *Rule, e *event) error {
	s.measure(r, "TriggeredRules")
	for i := range r.Targets {
		t := &r.Targets[i]
		payload, err := json.Marshal(order{
			Account: r.Account, Region: r.Region, Bus: r.Bus, Rule: r.Name, Target: t.ID,
			ID: e.ID, Event: string(e.text), Received: e.received, Hops: e.hops,
		})
		if err != nil {
			return err
		}
		d := &delivery.Delivery{Kind: kindTarget, Target: r.arn() + " " + t.ID, ID: e.ID + e.ReplayName, Payload: payload, Limit: t.attempts()}
		if err := s.Outbound.Enqueue(tx, d); err != nil {
			return err
		}
	}
	return nil
}

// attempts is how often a delivery is tried.
func (t *Target) attempts() int {
	if t.Retries == nil {
		return maxRetries + 1
	}
	return int(*t.Retries) + 1
}

// age is how old an event may become before it is given up.
func (t *Target) age() time.Duration {
	if t.Age == nil {
		return maxAge * time.Second
	}
	return time.Duration(*t.Age) * time.Second
}
