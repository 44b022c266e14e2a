package events

import (
	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/pattern"
	"vauban/service"
)

// The states of rules.
const (
	stateDisabled = api.RuleStateDisabled
	stateAll      = api.RuleStateEnabledWithAllCloudtrailManagementEvents
)

// testPattern tells whether an event matches. API reference: "TestEventPattern", which has the fields that an event must have.
func (s *Service) testPattern(_ *service.Call, in *api.TestEventPatternInput) (*api.TestEventPatternOutput, error) {
	p, err := s.compilePattern(wire.Text(in.EventPattern))
	if err != nil {
		return nil, err
	}
	if len(wire.Text(in.Event)) > maxEntries {
		return nil, invalid("Parameter Event is not valid. Reason: An event can have %d bytes at most.", maxEntries)
	}
	e, err := pattern.Decode([]byte(wire.Text(in.Event)))
	if err != nil {
		return nil, invalid("Parameter Event is not valid.")
	}
	for _, name := range []string{"id", "account", "source", "time", "region", "resources", "detail-type"} {
		if _, has := e.Root()[name]; !has {
			return nil, invalid("Parameter Event is not valid. Reason: It has no field %s.", name)
		}
	}
	found, enough := pattern.NewSet([]*pattern.Pattern{p}).MatchWithin(e, maxSteps)
	if !enough && len(found) == 0 {
		return nil, api.InvalidEventPatternException.New("Event pattern is not valid. Reason: Rule is too complex: it takes too long to match the event against it.")
	}
	return &api.TestEventPatternOutput{Result: new(len(found) > 0)}, nil
}
