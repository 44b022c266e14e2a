package cloudwatch

import (
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
)

// shownMetric is a metric alarm as the API shows it.
func shownMetric(a *Alarm, s *State) api.MetricAlarm {
	m := a.Metric
	out := api.MetricAlarm{
		AlarmName: &a.Name, AlarmArn: new(a.ARN()), AlarmDescription: a.Description, AlarmConfigurationUpdatedTimestamp: &a.Updated, ActionsEnabled: &a.Enabled,
		OKActions: listed(a.OK), AlarmActions: listed(a.Alarm), InsufficientDataActions: listed(a.NoData),
		StateValue: new(string(s.Value)), StateReason: &s.Reason, StateReasonData: wire.Optional(s.ReasonData), StateUpdatedTimestamp: &s.Updated, StateTransitionedTimestamp: &s.Transitioned,
		EvaluationPeriods: &m.Evaluate, Threshold: m.Threshold, ThresholdMetricId: wire.Optional(m.Band), ComparisonOperator: new(string(m.Operator)),
		TreatMissingData: wire.Optional(m.Treatment), EvaluateLowSampleCountPercentile: wire.Optional(m.LowSample),
	}
	if m.Breaching > 0 {
		out.DatapointsToAlarm = &m.Breaching
	}
	if len(m.Queries) > 0 {
		out.Metrics = shownQueries(m.Queries)
		out.Dimensions = []api.Dimension{}
		return out
	}
	out.Namespace, out.MetricName, out.Period, out.Unit = &m.Namespace, &m.Name, &m.Period, wire.Optional(m.Unit)
	out.Dimensions = shownDimensions(m.Dimensions)
	if m.Extended {
		out.ExtendedStatistic = &m.Statistic
	} else {
		out.Statistic = &m.Statistic
	}
	return out
}

// shownQueries says of each query whether it returns data.
func shownQueries(queries []api.MetricDataQuery) []api.MetricDataQuery {
	out := make([]api.MetricDataQuery, 0, len(queries))
	for _, q := range queries {
		if q.ReturnData == nil {
			q.ReturnData = new(true)
		}
		out = append(out, q)
	}
	return out
}

// shownComposite is a composite alarm as the API shows it.
func shownComposite(a *Alarm, s *State) api.CompositeAlarm {
	r := a.Composite
	out := api.CompositeAlarm{
		AlarmName: &a.Name, AlarmArn: new(a.ARN()), AlarmDescription: a.Description, AlarmConfigurationUpdatedTimestamp: &a.Updated, ActionsEnabled: &a.Enabled,
		OKActions: listed(a.OK), AlarmActions: listed(a.Alarm), InsufficientDataActions: listed(a.NoData), AlarmRule: &r.Rule,
		StateValue: new(string(s.Value)), StateReason: &s.Reason, StateReasonData: wire.Optional(s.ReasonData), StateUpdatedTimestamp: &s.Updated, StateTransitionedTimestamp: &s.Transitioned,
		ActionsSuppressor: wire.Optional(r.Suppressor),
	}
	if r.Suppressor != "" {
		out.ActionsSuppressorWaitPeriod, out.ActionsSuppressorExtensionPeriod = &r.Wait, &r.Extension
	}
	if x := s.Suppression; x != nil && x.By != "" {
		out.ActionsSuppressedBy, out.ActionsSuppressedReason = &x.By, new(x.reason())
	}
	return out
}

// listed shows a list that may be empty as one.
func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// stamp is a time as CloudWatch writes it in documents.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+0000") }
