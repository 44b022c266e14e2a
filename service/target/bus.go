package target

import (
	"encoding/json"
	"fmt"
	"time"

	"vauban/api/events"
	"vauban/api/wire"
	"vauban/eventlog/delivery"
)

// event is the part of an EventBridge event that PutEvents takes. EventBridge User Guide: "Event structure".
type event struct {
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Time       time.Time       `json:"time"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// bus puts an event on a bus: one that the message describes, or a whole one that is forwarded.
func (s *sending) bus() (string, error) {
	e := event{s.m.DetailType, s.m.Source, s.m.Time, s.m.Resources, json.RawMessage(s.m.Body)}
	if s.m.Source == "" {
		if err := json.Unmarshal([]byte(s.m.Body), &e); err != nil {
			return "", delivery.Permanent(fmt.Errorf("the event to be forwarded: %w", err))
		}
	}
	out, err := s.door.Call(s.c, s.as, "events", "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{{
		EventBusName: &s.to, Source: &e.Source, DetailType: &e.DetailType, Detail: new(string(e.Detail)), Resources: e.Resources, Time: &e.Time,
	}}})
	if err != nil {
		return "", err
	}
	answer := out.(*events.PutEventsOutput).Entries
	if len(answer) != 1 {
		return "", fmt.Errorf("PutEvents answered for %d events, not for one", len(answer))
	}
	if code := wire.Text(answer[0].ErrorCode); code != "" {
		return "", delivery.Permanent(fmt.Errorf("the bus refuses the event: %s: %s", code, wire.Text(answer[0].ErrorMessage)))
	}
	return wire.Text(answer[0].EventId), nil
}
