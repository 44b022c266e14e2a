package cloudwatch

import (
	"encoding/json"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/alarm"
	"vauban/service"
	"vauban/store"
)

func (s *Service) stateOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpSetAlarmState, func(c *service.Call, in *api.SetAlarmStateInput) ([]service.Question, error) {
			return onAlarms(c, []string{*in.AlarmName})
		}, s.setAlarmState),
		service.Writes(api.OpEnableAlarmActions, func(c *service.Call, in *api.EnableAlarmActionsInput) ([]service.Question, error) {
			return onAlarms(c, in.AlarmNames)
		}, func(c *service.Call, in *api.EnableAlarmActionsInput) (*api.EnableAlarmActionsOutput, error) {
			return &api.EnableAlarmActionsOutput{}, s.enable(c, in.AlarmNames, true)
		}),
		service.Writes(api.OpDisableAlarmActions, func(c *service.Call, in *api.DisableAlarmActionsInput) ([]service.Question, error) {
			return onAlarms(c, in.AlarmNames)
		}, func(c *service.Call, in *api.DisableAlarmActionsInput) (*api.DisableAlarmActionsOutput, error) {
			return &api.DisableAlarmActionsOutput{}, s.enable(c, in.AlarmNames, false)
		}),
	}
}

// setAlarmState sets a state for a test: what follows from it is real. It lasts until the alarm is evaluated next.
func (s *Service) setAlarmState(c *service.Call, in *api.SetAlarmStateInput) (*api.SetAlarmStateOutput, error) {
	if in.StateReasonData != nil && !json.Valid([]byte(*in.StateReasonData)) {
		return nil, api.InvalidFormatFault.New("StateReasonData is not valid JSON.")
	}
	key := store.K(c.Account, c.Region, *in.AlarmName)
	a, err := alarms.Get(c.Tx, key)
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFound.New("Unable to find the alarm %s.", bounded(*in.AlarmName))
	}
	if err != nil {
		return nil, err
	}
	st, err := states.Get(c.Tx, key)
	if err != nil {
		return nil, err
	}
	s.fresh.noteChanged(string(key))
	o := &outcome{state: alarm.State(*in.StateValue), words: because(*in.StateReason, wire.Text(in.StateReasonData))}
	return &api.SetAlarmStateOutput{}, s.transition(c.Tx, a, st, o, nil, c.Time)
}

// enable switches actions on or off. Names of alarms that do not exist are passed over.
func (s *Service) enable(c *service.Call, names []string, on bool) error {
	for _, name := range names {
		a, err := alarms.Get(c.Tx, store.K(c.Account, c.Region, name))
		if store.IsAbsent(err) {
			continue
		}
		if err != nil {
			return err
		}
		if a.Enabled == on {
			continue
		}
		before := *a
		a.Enabled, a.Updated = on, c.Time
		if err := alarms.Update(c.Tx, a); err != nil {
			return err
		}
		if err := s.configured(c, a, &before); err != nil {
			return err
		}
	}
	return nil
}
