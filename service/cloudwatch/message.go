package cloudwatch

import (
	"encoding/json"
	"strings"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/alarm"
	"vauban/service/cloudwatch/series"
)

// message is what a topic is told. SNS shows it as it is, so that its members are those of AWS, in its order.
type message struct {
	Name        string      `json:"AlarmName"`
	Description *string     `json:"AlarmDescription"`
	Account     string      `json:"AWSAccountId"`
	Configured  string      `json:"AlarmConfigurationUpdatedTimestamp"`
	New         alarm.State `json:"NewStateValue"`
	Reason      string      `json:"NewStateReason"`
	Time        string      `json:"StateChangeTime"`
	Region      string      `json:"Region"`
	ARN         string      `json:"AlarmArn"`
	Old         alarm.State `json:"OldStateValue"`
	OK          []string    `json:"OKActions"`
	Alarm       []string    `json:"AlarmActions"`
	NoData      []string    `json:"InsufficientDataActions"`
	Trigger     *trigger    `json:"Trigger,omitempty"`
	Rule        string      `json:"AlarmRule,omitempty"`
	Children    []told      `json:"TriggeringChildren,omitempty"`
}

// trigger is what a metric alarm watches.
type trigger struct {
	Metric        string           `json:"MetricName,omitempty"`
	Namespace     string           `json:"Namespace,omitempty"`
	StatisticType string           `json:"StatisticType,omitempty"`
	Statistic     string           `json:"Statistic,omitempty"`
	Extended      string           `json:"ExtendedStatistic,omitempty"`
	Unit          *json.RawMessage `json:"Unit,omitempty"` // null when there is none; absent of an expression
	Dimensions    *[]named         `json:"Dimensions,omitempty"`
	Period        int64            `json:"Period"`
	Evaluate      int64            `json:"EvaluationPeriods"`
	Breaching     int64            `json:"DatapointsToAlarm,omitempty"`
	Operator      alarm.Operator   `json:"ComparisonOperator"`
	Threshold     *decimal         `json:"Threshold,omitempty"`
	Band          string           `json:"ThresholdMetricId,omitempty"`
	Treatment     string           `json:"TreatMissingData"`
	LowSample     string           `json:"EvaluateLowSampleCountPercentile"`
	Metrics       []watchedQuery   `json:"Metrics,omitempty"`
}

type named struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

type watchedQuery struct {
	ID         string       `json:"Id"`
	Expression string       `json:"Expression,omitempty"`
	Label      string       `json:"Label,omitempty"`
	Stat       *watchedStat `json:"MetricStat,omitempty"`
	Period     *int64       `json:"Period,omitempty"`
	Returned   bool         `json:"ReturnData"`
}

type watchedStat struct {
	Metric struct {
		Dimensions []named `json:"Dimensions"`
		Name       string  `json:"MetricName"`
		Namespace  string  `json:"Namespace"`
	} `json:"Metric"`
	Period int64  `json:"Period"`
	Stat   string `json:"Stat"`
	Unit   string `json:"Unit,omitempty"`
}

// told is an alarm in a composite one, as a message names it.
type told struct {
	ARN   string `json:"Arn"`
	State struct {
		Value alarm.State `json:"Value"`
		Time  string      `json:"Timestamp"`
	} `json:"State"`
}

// message tells the change to a topic.
func (c *change) message() string {
	m := message{
		Name: c.Name, Description: c.Description, Account: c.Account, Configured: stamp(c.Updated), New: c.state.Value, Reason: c.state.Reason, Time: stamp(c.state.Updated),
		Region: regionName(c.Region), ARN: c.ARN(), Old: c.old.Value, OK: listed(c.OK), Alarm: listed(c.Alarm.Alarm), NoData: listed(c.NoData),
	}
	if c.Composite != nil {
		m.Rule = c.Composite.Rule
		for _, x := range c.children {
			t := told{ARN: x.arn}
			t.State.Value, t.State.Time = x.state, stamp(x.at)
			m.Children = append(m.Children, t)
		}
	} else {
		m.Trigger = triggerOf(c.Metric)
	}
	return document(m)
}

// subject is the subject of the notification, which has at most 100 characters.
func (c *change) subject() string {
	return shortened(string(c.state.Value)+": \""+c.Name+"\" in "+regionName(c.Region), 100)
}

func triggerOf(m *MetricRule) *trigger {
	t := &trigger{Period: m.Period, Evaluate: m.Evaluate, Breaching: m.Breaching, Operator: m.Operator, Band: m.Band, Treatment: m.Treatment, LowSample: m.LowSample}
	if m.Threshold != nil {
		t.Threshold = new(decimal(*m.Threshold))
	}
	if len(m.Queries) > 0 {
		t.Metrics = watchedQueries(m.Queries)
		return t
	}
	unit := json.RawMessage("null")
	if m.Unit != "" {
		unit = json.RawMessage(document(m.Unit))
	}
	dims := namedDimensions(m.Dimensions)
	t.Metric, t.Namespace, t.Unit, t.Dimensions = m.Name, m.Namespace, &unit, &dims
	if t.StatisticType = "Statistic"; m.Extended {
		t.StatisticType, t.Extended = "ExtendedStatistic", m.Statistic
	} else if t.Statistic = strings.ToUpper(m.Statistic); m.Statistic == api.StatisticSampleCount {
		t.Statistic = "SAMPLE_COUNT"
	}
	return t
}

func namedDimensions(dims []series.Dimension) []named {
	out := []named{}
	for _, d := range dims {
		out = append(out, named{d.Value, d.Name})
	}
	return out
}

func watchedQueries(queries []api.MetricDataQuery) (out []watchedQuery) {
	for _, q := range queries {
		w := watchedQuery{ID: *q.Id, Expression: wire.Text(q.Expression), Label: wire.Text(q.Label), Period: q.Period, Returned: q.ReturnData == nil || *q.ReturnData}
		if st := q.MetricStat; st != nil {
			w.Stat = &watchedStat{Period: *st.Period, Stat: *st.Stat, Unit: wire.Text(st.Unit)}
			w.Stat.Metric.Name, w.Stat.Metric.Namespace = *st.Metric.MetricName, *st.Metric.Namespace
			w.Stat.Metric.Dimensions = []named{}
			for _, d := range st.Metric.Dimensions {
				w.Stat.Metric.Dimensions = append(w.Stat.Metric.Dimensions, named{*d.Value, *d.Name})
			}
		}
		out = append(out, w)
	}
	return out
}

// regionName is what a region is called in notifications.
func regionName(region string) string {
	switch region {
	case "us-east-1":
		return "US East (N. Virginia)"
	case "us-east-2":
		return "US East (Ohio)"
	case "us-west-1":
		return "US West (N. California)"
	case "us-west-2":
		return "US West (Oregon)"
	case "ca-central-1":
		return "Canada (Central)"
	case "sa-east-1":
		return "South America (Sao Paulo)"
	case "eu-central-1":
		return "EU (Frankfurt)"
	case "eu-west-1":
		return "EU (Ireland)"
	case "eu-west-2":
		return "EU (London)"
	case "eu-west-3":
		return "EU (Paris)"
	case "eu-north-1":
		return "EU (Stockholm)"
	case "ap-south-1":
		return "Asia Pacific (Mumbai)"
	case "ap-southeast-1":
		return "Asia Pacific (Singapore)"
	case "ap-southeast-2":
		return "Asia Pacific (Sydney)"
	case "ap-northeast-1":
		return "Asia Pacific (Tokyo)"
	case "ap-northeast-2":
		return "Asia Pacific (Seoul)"
	case "ap-northeast-3":
		return "Asia Pacific (Osaka)"
	}
	return region
}
