package events

import (
	"encoding/json"
	"slices"
	"time"

	"vauban/eventlog/delivery"
	"vauban/service/target"
	"vauban/store"
)

// kindTarget are deliveries to targets of rules.
const kindTarget = "events.target"

// order is what is to be sent: an event to a target of a rule, which is read when it is sent.
type order struct {
	Account, Region, Bus, Rule, Target string

	ID       string    // of the event
	Event    string    `json:",omitempty"` // a string, so that it arrives byte for byte
	Large    bool      `json:",omitempty"` // the event is a [Body]
	Received time.Time // by the bus: the age of the event counts from there
	Hops     []string  `json:",omitempty"`
	Copies   int       `json:",omitempty"`
	Trace    string    `json:",omitempty"`
}

// match is an event with the archives and rules of a bus that it matches.
type match struct {
	bus   busName
	event *event
	with  *compiled // nil when the bus has neither rules nor archives
	kept  []int
	rules []int
}

// maxSteps bounds the trying of patterns on one event: some hundredths of a second.
const maxSteps = 500_000

// match finds what an event matches, and reports whether it was tried on all of it: one that would take too long is not.
func (s *Service) match(tx store.Tx, n busName, e *event) (*match, bool, error) {
	m := &match{bus: n, event: e}
	c, err := s.open(tx, n)
	if err != nil || c == nil {
		return m, true, err
	}
	m.with = c
	enough := true
	if e.ReplayName == "" {
		m.kept, enough = c.kept.MatchWithin(e.decoded, maxSteps)
	}
	found, all := c.set.MatchWithin(e.decoded, maxSteps)
	for _, i := range found {
		if e.wanted(c.rules[i]) {
			m.rules = append(m.rules, i)
		}
	}
	return m, enough && all, nil
}

// wanted says that a rule whose pattern matches gets the event.
func (e *event) wanted(r *Rule) bool {
	switch {
	case e.readOnly && r.State != stateAll:
		return false
	case !e.recorded.IsZero() && e.recorded.Before(r.Created): // the log is read behind the calls: the rule came after this one
		return false
	}
	return len(e.only) == 0 || slices.Contains(e.only, r.arn())
}

// deliveries is how many there will be.
func (m *match) deliveries() (n int) {
	for _, i := range m.rules {
		n += len(m.with.rules[i].Targets)
	}
	return n
}

// copies is how many there are of the event once its rules have forwarded it.
func (m *match) copies() int {
	n := 0
	for _, i := range m.rules {
		for j := range m.with.rules[i].Targets {
			if target.Kind(m.with.rules[i].Targets[j].ARN) == "events" {
				n++
			}
		}
	}
	return max(m.event.copies, 1) * max(n, 1)
}

// multiplied says that what rules have made of one event has grown beyond what one call may enqueue: forwarding, each bus to the next with many targets,
// would else fill the store.
func (m *match) multiplied() bool { return max(m.event.copies, 1)*m.deliveries() > maxDeliveries }

// matched is match for an event that nobody can be told about: a rule that it was not tried on, because that would take too long, is counted as throttled.
func (s *Service) matched(tx store.Tx, n busName, e *event) (*match, error) {
	m, enough, err := s.match(tx, n, e)
	if err == nil && !enough {
		s.measure(&Rule{Account: n.account, Region: n.region, Bus: n.name}, "ThrottledRules")
	}
	return m, err
}

// accept accepts an event: archives keep it, and for each target of a rule that it matches a delivery is enqueued. All of it commits with the transaction,
// or nothing. If the rules have changed since they were matched, they are matched again.
func (s *Service) accept(tx store.Tx, m *match) error {
	c, err := s.open(tx, m.bus)
	if err == nil && c != m.with {
		m, _, err = s.match(tx, m.bus, m.event)
	}
	if err != nil {
		return err
	}
	for _, i := range m.kept {
		if err := s.keep(tx, m.with.archives[i], m.event); err != nil {
			return err
		}
	}
	for _, i := range m.rules {
		s.measure(m.with.rules[i], "MatchedEvents")
		if err := s.trigger(tx, m.with.rules[i], m.event, m.copies()); err != nil {
			return err
		}
	}
	return nil
}

// trigger enqueues an event for all targets of a rule.
func (s *Service) trigger(tx store.Tx, r *Rule, e *event, copies int) error {
	s.measure(r, "TriggeredRules")
	for i := range r.Targets {
		t := &r.Targets[i]
		o := order{
			Account: r.Account, Region: r.Region, Bus: r.Bus, Rule: r.Name, Target: t.ID,
			ID: e.ID + e.ReplayName, Event: string(e.text), Received: e.received.UTC(), Hops: e.hops, Copies: copies, Trace: e.trace,
		}
		if len(e.text) > largeBody {
			o.Event, o.Large = "", true
			if err := bodies.Put(tx, &Body{Received: o.Received, ID: o.ID, Text: string(e.text)}); err != nil {
				return err
			}
		}
		payload, err := json.Marshal(o)
		if err != nil {
			return err
		}
		d := &delivery.Delivery{Kind: kindTarget, Target: r.arn() + " " + t.ID, ID: o.ID, Payload: payload, Limit: t.attempts()}
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
