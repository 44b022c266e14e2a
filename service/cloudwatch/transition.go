package cloudwatch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/engine/alarm"
	"vauban/store"
)

// change is a change of an alarm's state.
type change struct {
	*Alarm
	old, state *State
	children   []child // of a composite alarm: what made it change
}

// transition gives an alarm another state, in a transaction: with its history, what it does, and the event that tells of it.
func (s *Service) transition(tx store.Tx, a *Alarm, old *State, o *outcome, children []child, now time.Time) error {
	next := *old
	reason, data := o.words()
	next.Value, next.Reason, next.ReasonData, next.Updated = o.state, shortened(reason, 1023), data, now
	if old.Value != o.state {
		next.Transitioned = now
	}
	c := &change{a, old, &next, children}
	if old.Value != o.state {
		if err := s.act(tx, c, now); err != nil {
			return err
		}
	}
	if err := states.Update(tx, &next); err != nil {
		return err
	}
	summary := fmt.Sprintf("Alarm updated from %s to %s", old.Value, next.Value)
	if err := s.remember(tx, a, now, api.HistoryItemTypeStateUpdate, summary, c.historyData()); err != nil {
		return err
	}
	return s.sendChange(tx, c, now)
}

// act enqueues the actions of the new state, or holds them back while a suppressor says so.
func (s *Service) act(tx store.Tx, c *change, now time.Time) error {
	if c.Composite != nil && c.Composite.Suppressor != "" {
		held, err := s.suppress(tx, c, now)
		if held || err != nil {
			return err
		}
	}
	return s.sendActions(tx, c)
}

// actions are what the alarm does in a state.
func (a *Alarm) actions(state alarm.State) []string {
	switch {
	case !a.Enabled:
		return nil
	case state == alarm.Alarm:
		return a.Alarm
	case state == alarm.OK:
		return a.OK
	}
	return a.NoData
}

// historyData is the document of a StateUpdate.
func (c *change) historyData() string {
	type told struct {
		Value  alarm.State     `json:"stateValue"`
		Reason string          `json:"stateReason"`
		Data   json.RawMessage `json:"stateReasonData,omitempty"`
	}
	of := func(s *State) told {
		t := told{Value: s.Value, Reason: s.Reason}
		if json.Valid([]byte(s.ReasonData)) {
			t.Data = json.RawMessage(s.ReasonData)
		}
		return t
	}
	data := struct {
		Version string `json:"version"`
		Kind    string `json:"type,omitempty"`
		Old     told   `json:"oldState"`
		New     told   `json:"newState"`
	}{"1.0", "", of(c.old), of(c.state)}
	text := document(data)
	if len(text) > 4095 {
		data.Old.Data, data.New.Data = nil, nil
		text = document(data)
	}
	return text
}

// document writes what always can be written as JSON. Signs such as > stay as they are.
func document(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "{}"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
