package cloudwatch

import (
	api "vauban/api/cloudwatch"
	"vauban/service"
)

// absentOperations list what there is none of: metric streams and mute rules are not built, and cannot be made.
func (s *Service) absentOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListMetricStreams, onAny[api.ListMetricStreamsInput], func(*service.Call, *api.ListMetricStreamsInput) (*api.ListMetricStreamsOutput, error) {
			return &api.ListMetricStreamsOutput{Entries: []api.MetricStreamEntry{}}, nil
		}),
		service.Reads(api.OpListAlarmMuteRules, onAny[api.ListAlarmMuteRulesInput], func(*service.Call, *api.ListAlarmMuteRulesInput) (*api.ListAlarmMuteRulesOutput, error) {
			return &api.ListAlarmMuteRulesOutput{AlarmMuteRuleSummaries: []api.AlarmMuteRuleSummary{}}, nil
		}),
	}
}
