package cloudwatch

import (
	"encoding/json"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/alarm"
	"vauban/service/cloudwatch/series"
)

// detail is the detail of an event on the bus, and the alarmData that a function gets. CloudWatch User Guide: "Alarm events and EventBridge".
type detail struct {
	Name          string        `json:"alarmName"`
	Operation     string        `json:"operation,omitempty"`
	State         *stateDetail  `json:"state,omitempty"`
	Previous      *stateDetail  `json:"previousState,omitempty"`
	Configuration configuration `json:"configuration"`
	Before        any           `json:"previousConfiguration,omitempty"`
}

type stateDetail struct {
	Value      alarm.State `json:"value"`
	Reason     string      `json:"reason,omitempty"`
	ReasonData string      `json:"reasonData,omitempty"`
	Time       string      `json:"timestamp"`
	By         string      `json:"actionsSuppressedBy,omitempty"`
	Because    string      `json:"actionsSuppressedReason,omitempty"`
}

type configuration struct {
	Description string        `json:"description,omitempty"`
	Metrics     []metricEvent `json:"metrics,omitempty"`
	Rule        string        `json:"alarmRule,omitempty"`
	Suppressor  string        `json:"actionsSuppressor,omitempty"`
	Wait        *int64        `json:"actionsSuppressorWaitPeriod,omitempty"`
	Extension   *int64        `json:"actionsSuppressorExtensionPeriod,omitempty"`

	*definition // of events that tell of the configuration itself
}

// definition is what only those events have.
type definition struct {
	Name      string         `json:"alarmName"`
	Enabled   bool           `json:"actionsEnabled"`
	Time      string         `json:"timestamp"`
	OK        []string       `json:"okActions"`
	Alarm     []string       `json:"alarmActions"`
	NoData    []string       `json:"insufficientDataActions"`
	Operator  alarm.Operator `json:"comparisonOperator,omitempty"`
	Threshold *decimal       `json:"threshold,omitempty"`
	Band      string         `json:"thresholdMetricId,omitempty"`
	Evaluate  int64          `json:"evaluationPeriods,omitempty"`
	Breaching int64          `json:"datapointsToAlarm,omitempty"`
	Treatment string         `json:"treatMissingData,omitempty"`
	LowSample string         `json:"evaluateLowSampleCountPercentile,omitempty"`
}

type metricEvent struct {
	ID         string     `json:"id"`
	Expression string     `json:"expression,omitempty"`
	Label      string     `json:"label,omitempty"`
	Stat       *statEvent `json:"metricStat,omitempty"`
	Returned   bool       `json:"returnData"`
}

type statEvent struct {
	Metric struct {
		Namespace  string            `json:"namespace"`
		Name       string            `json:"name"`
		Dimensions map[string]string `json:"dimensions"`
	} `json:"metric"`
	Period int64  `json:"period"`
	Stat   string `json:"stat"`
	Unit   string `json:"unit,omitempty"`
}

// detail tells the change.
func (c *change) detail() detail {
	return detail{Name: c.Name, State: shownState(c.state), Previous: shownState(c.old), Configuration: configurationOf(c.Alarm)}
}

func shownState(s *State) *stateDetail {
	d := &stateDetail{Value: s.Value, Reason: s.Reason, ReasonData: s.ReasonData, Time: stamp(s.Updated)}
	if x := s.Suppression; x != nil && x.By != "" {
		d.By, d.Because = x.By, x.reason()
	}
	return d
}

func configurationOf(a *Alarm) configuration {
	out := configuration{Description: wire.Text(a.Description)}
	if r := a.Composite; r != nil {
		out.Rule = r.Rule
		if r.Suppressor != "" {
			out.Suppressor, out.Wait, out.Extension = plainName(r.Suppressor), &r.Wait, &r.Extension
		}
		return out
	}
	m := a.Metric
	if len(m.Queries) > 0 {
		for _, q := range m.Queries {
			out.Metrics = append(out.Metrics, queryEvent(&q))
		}
		return out
	}
	st := &statEvent{Period: m.Period, Stat: m.Statistic, Unit: m.Unit}
	st.Metric.Namespace, st.Metric.Name, st.Metric.Dimensions = m.Namespace, m.Name, dimensionMap(m.Dimensions)
	out.Metrics = []metricEvent{{ID: "m1", Stat: st, Returned: true}}
	return out
}

func dimensionMap(dims []series.Dimension) map[string]string {
	out := map[string]string{}
	for _, d := range dims {
		out[d.Name] = d.Value
	}
	return out
}

func queryEvent(q *api.MetricDataQuery) metricEvent {
	e := metricEvent{ID: *q.Id, Expression: wire.Text(q.Expression), Label: wire.Text(q.Label), Returned: q.ReturnData == nil || *q.ReturnData}
	if in := q.MetricStat; in != nil {
		e.Stat = &statEvent{Period: *in.Period, Stat: *in.Stat, Unit: wire.Text(in.Unit)}
		e.Stat.Metric.Namespace, e.Stat.Metric.Name, e.Stat.Metric.Dimensions = *in.Metric.Namespace, *in.Metric.MetricName, map[string]string{}
		for _, d := range in.Metric.Dimensions {
			e.Stat.Metric.Dimensions[*d.Name] = *d.Value
		}
	}
	return e
}

// wholeConfiguration is the configuration with all that an alarm is.
func wholeConfiguration(a *Alarm) configuration {
	out := configurationOf(a)
	d := &definition{Name: a.Name, Enabled: a.Enabled, Time: stamp(a.Updated), OK: listed(a.OK), Alarm: listed(a.Alarm), NoData: listed(a.NoData)}
	if m := a.Metric; m != nil {
		d.Operator, d.Band, d.Evaluate, d.Breaching, d.Treatment, d.LowSample = m.Operator, m.Band, m.Evaluate, m.Breaching, m.Treatment, m.LowSample
		if m.Threshold != nil {
			d.Threshold = new(decimal(*m.Threshold))
		}
	}
	out.definition = d
	return out
}

// invocation is what a function is given. CloudWatch User Guide: "Invoke a Lambda function from an alarm".
type invocation struct {
	Source  string `json:"source"`
	ARN     string `json:"alarmArn"`
	Account string `json:"accountId"`
	Time    string `json:"time"`
	Region  string `json:"region"`
	Data    detail `json:"alarmData"`
}

func (c *change) invocation(now time.Time) string {
	return document(invocation{"aws.cloudwatch", c.ARN(), c.Account, stamp(now), c.Region, c.detail()})
}

// configurationData is the document of a ConfigurationUpdate.
func configurationData(a *Alarm, what string) string {
	kind := map[string]string{"created": "Create", "updated": "Update", "deleted": "Delete"}[what]
	type update struct {
		Version string          `json:"version"`
		Kind    string          `json:"type"`
		Alarm   json.RawMessage `json:"createdAlarm,omitempty"`
		Updated json.RawMessage `json:"updatedAlarm,omitempty"`
		Deleted json.RawMessage `json:"deletedAlarm,omitempty"`
	}
	u, whole := update{Version: "1.0", Kind: kind}, json.RawMessage(document(wholeConfiguration(a)))
	if len(whole) > 3900 {
		whole = nil
	}
	switch what {
	case "created":
		u.Alarm = whole
	case "deleted":
		u.Deleted = whole
	default:
		u.Updated = whole
	}
	return document(u)
}
