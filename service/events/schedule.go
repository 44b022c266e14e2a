package events

import (
	"encoding/json"
	"time"

	"vauban/engine/schedule"
	"vauban/service"
	"vauban/store"
)

// Due says when a scheduled rule fires next. It is moved in the transaction that fires the rule: a rule fires once, whatever happens in between.
type Due struct {
	Account, Region, Rule string
	Time                  time.Time
}

var dues = &store.Table[Due]{
	Name:   "events.due",
	Key:    func(d *Due) store.Key { return store.K(d.Time, d.Account, d.Region, d.Rule) },
	Unique: map[string]func(*Due) store.Key{"rule": func(d *Due) store.Key { return store.K(d.Account, d.Region, d.Rule) }},
}

func parseSchedule(text string) (*schedule.Expression, error) {
	e, err := schedule.Parse(text, schedule.Rules)
	if err != nil {
		return nil, invalid("%s", err)
	}
	return e, nil
}

// unschedule forgets when a rule is due.
func unschedule(tx store.Tx, r *Rule) error {
	d, err := dues.ByUnique(tx, "rule", store.K(r.Account, r.Region, r.Name))
	if store.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return dues.Delete(tx, dues.Key(d))
}

// reschedule makes a rule that is written due anew, unless it keeps its schedule and was due already.
func (s *Service) reschedule(c *service.Call, r *Rule) error {
	if r.Schedule == "" || r.State == stateDisabled || r.Bus != defaultBus {
		return unschedule(c.Tx, r)
	}
	old, err := rules.Get(c.Tx, r.named().key())
	if err != nil && !store.IsAbsent(err) {
		return err
	}
	if err == nil && old.Schedule == r.Schedule && old.State != stateDisabled {
		return nil
	}
	if err := unschedule(c.Tx, r); err != nil {
		return err
	}
	return scheduleNext(c.Tx, r, c.Time, c.Time)
}

// scheduleNext makes a rule due at the first time of its schedule after `after`. A rate counts from start.
func scheduleNext(tx store.Tx, r *Rule, start, after time.Time) error {
	e, err := parseSchedule(r.Schedule)
	if err != nil {
		return err
	}
	next := e.Since(start, after, time.UTC)
	if next.IsZero() {
		return nil
	}
	return dues.Insert(tx, &Due{Account: r.Account, Region: r.Region, Rule: r.Name, Time: next})
}

// scheduling is how often due rules are looked for; maxDue how many fire in one transaction.
const (
	scheduling = time.Second
	maxDue     = 100
)

// fire fires the rules that are due. Times that passed while no replica ran, or over which the clock jumped, fire a rule once.
func (s *Service) fire(w *service.Work) error {
	for {
		n := 0
		err := s.Store.Write(w, func(tx store.Tx) error {
			if err := w.Check(tx); err != nil {
				return err
			}
			page, err := dues.List(tx, nil, nil, maxDue)
			if err != nil {
				return err
			}
			n = 0
			for _, d := range page.Items {
				if d.Time.After(w.Time) {
					break
				}
				n++
				if err := s.fireOne(tx, d, w.Time); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < maxDue {
			return err
		}
	}
}

// fireOne sends a rule's event to its targets, and makes the rule due again.
func (s *Service) fireOne(tx store.Tx, d *Due, now time.Time) error {
	if err := dues.Delete(tx, dues.Key(d)); err != nil {
		return err
	}
	r, err := rules.Get(tx, (&ruleName{busName{d.Account, d.Region, defaultBus}, d.Rule}).key())
	if store.IsAbsent(err) || err == nil && (r.Schedule == "" || r.State == stateDisabled) {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := newEvent(envelope{
		ID: derivedID(r.arn(), d.Time.UTC().String()), DetailType: "Scheduled Event", Source: "aws.events", Account: r.Account, Time: timeText(d.Time),
		Region: r.Region, Resources: []string{r.arn()}, Detail: json.RawMessage("{}"),
	}, now)
	if err != nil {
		return err
	}
	if err := s.trigger(tx, r, e, max(len(r.Targets), 1)); err != nil {
		return err
	}
	return scheduleNext(tx, r, d.Time, now)
}
