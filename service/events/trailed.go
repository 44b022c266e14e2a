package events

import (
	"encoding/json"
	"strings"
	"time"

	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// Trails is what EventBridge needs of CloudTrail: which events it delivers. Package service/all fills it.
type Trails interface {
	// Logging returns whether a trail that logs delivers an event of the account, nil when none can.
	Logging(tx store.Tx, account string) (func(*eventlog.Entry) bool, error)
}

// Consumers implements [service.Consuming].
func (s *Service) Consumers() []service.Consumer {
	return []service.Consumer{{Name: "events.trail", Handle: s.follow}}
}

// oldest is how old a recorded call may be to become an event: what is older would be given up by any retry policy.
const oldest = maxAge * time.Second

// followMost bounds the deliveries that one transaction makes of calls, where one call alone does not make more.
const followMost = 500

// follow puts calls that CloudTrail delivers on the default bus of their account and region. User Guide: "AWS service events delivered via AWS
// CloudTrail".
func (s *Service) follow(tx store.Tx, batch []*eventlog.Entry) error {
	now, deliveries := s.Clock(), 0
	logging, wanted := map[string]func(*eventlog.Entry) bool{}, map[busName]bool{}
	for i, e := range batch {
		if now.Sub(e.Time) > oldest || len(e.Record) == 0 || len(e.Record) > maxEntries-1024 {
			continue
		}
		n := busName{e.Account, e.Region, defaultBus}
		want, looked := wanted[n]
		if !looked {
			c, err := s.open(tx, n)
			if err != nil {
				return err
			}
			want = c != nil && len(c.rules)+len(c.archives) > 0
			wanted[n] = want
		}
		if !want {
			continue
		}
		delivers, known := logging[e.Account]
		if !known {
			var err error
			if delivers, err = s.trails.Logging(tx, e.Account); err != nil {
				return err
			}
			logging[e.Account] = delivers
		}
		if delivers == nil || !delivers(e) {
			continue
		}
		ev, err := trailed(e, now)
		if err != nil || ev == nil { // not a record of this program, or a call of our own
			continue
		}
		m, err := s.matched(tx, n, ev)
		if err != nil {
			return err
		}
		if deliveries += m.deliveries(); deliveries > followMost && i > 0 {
			return eventlog.Took(i) // the rest in a transaction of its own
		}
		if err := s.accept(tx, m); err != nil {
			return err
		}
	}
	return nil
}

// trailed is the event of a recorded call. Its ID follows from the record's, so that it is the same however often it is made. It is nil for calls
// that EventBridge made to reach a target: a rule for such calls would trigger itself for ever.
func trailed(e *eventlog.Entry, now time.Time) (*event, error) {
	var record struct {
		Type string `json:"eventType"`
		From string `json:"sourceIPAddress"`
	}
	if err := json.Unmarshal(e.Record, &record); err != nil || record.From == principal {
		return nil, err
	}
	kind := "AWS API Call via CloudTrail"
	switch record.Type {
	case "AwsConsoleSignIn":
		kind = "AWS Console Sign In via CloudTrail"
	case "AwsServiceEvent":
		kind = "AWS Service Event via CloudTrail"
	}
	ev, err := newEvent(envelope{
		ID: derivedID("trail", e.ID, e.Account), DetailType: kind, Source: "aws." + strings.TrimSuffix(e.Source, ".amazonaws.com"), Account: e.Account,
		Time: timeText(e.Time), Region: e.Region, Detail: e.Record,
	}, now)
	if err != nil {
		return nil, err
	}
	ev.readOnly, ev.recorded = e.ReadOnly && !e.Data, e.Time
	return ev, nil
}
