package cloudwatch

import (
	"errors"
	"math"
	"strings"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/service/cloudwatch/series"
)

func (s *Service) metricOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutMetricData, onNamespace, s.putMetricData).OnData(),
		service.Reads(api.OpListMetrics, onAny[api.ListMetricsInput], s.listMetrics).OnData(),
		service.Reads(api.OpGetMetricStatistics, onAny[api.GetMetricStatisticsInput], s.getMetricStatistics).OnData(),
	}
}

func onNamespace(_ *service.Call, in *api.PutMetricDataInput) ([]service.Question, error) {
	return []service.Question{{Resource: "*", Context: map[string][]string{"cloudwatch:namespace": {wire.Text(in.Namespace)}}}}, nil
}

// Bounds of PutMetricData. API reference: "PutMetricData", "MetricDatum".
const (
	maxData    = 1000
	maxValues  = 150
	oldest     = 14 * 24 * time.Hour
	newest     = 2 * time.Hour
	largestExp = 360 // values are within 2^360
)

func (s *Service) putMetricData(c *service.Call, in *api.PutMetricDataInput) (*api.PutMetricDataOutput, error) {
	samples, err := samplesOf(c, in)
	if err != nil {
		return nil, err
	}
	ids, err := s.series.Put(c.Tx, samples, c.Time)
	if errors.Is(err, series.ErrCardinality) {
		return nil, api.LimitExceededFault.New("The account has %d metrics in this region, which is the most that it can have. Use fewer distinct dimension values.", series.DefaultMost)
	}
	if err != nil {
		return nil, err
	}
	s.fresh.note(ids)
	return &api.PutMetricDataOutput{}, nil
}

func samplesOf(c *service.Call, in *api.PutMetricDataInput) ([]series.Sample, error) {
	namespace := wire.Text(in.Namespace)
	switch {
	case len(in.EntityMetricData) > 0:
		return nil, notBuilt("EntityMetricData")
	case strings.HasPrefix(namespace, "AWS/") && c.Caller.Kind != policy.Service:
		return nil, badValue("The value AWS/ for parameter Namespace is invalid.")
	case len(in.MetricData) == 0:
		return nil, missing("The parameter MetricData is required.")
	case len(in.MetricData) > maxData:
		return nil, badValue("The collection MetricData must not have a size greater than %d.", maxData)
	}
	samples := make([]series.Sample, 0, len(in.MetricData))
	for i := range in.MetricData {
		d := datum{c, namespace, &in.MetricData[i], i + 1}
		x, err := d.sample()
		if err != nil {
			return nil, err
		}
		samples = append(samples, *x)
	}
	return samples, nil
}

// datum is one of the MetricData of a call.
type datum struct {
	c         *service.Call
	namespace string
	*api.MetricDatum
	n int
}

func (d *datum) bad(value any, member string) *wire.Error {
	return badValue("The value %v for parameter MetricData.member.%d.%s is invalid.", value, d.n, member)
}

func (d *datum) sample() (*series.Sample, error) {
	dims, err := dimensionsOf(d.Dimensions)
	if err != nil {
		return nil, err
	}
	x := &series.Sample{
		Metric: &series.Metric{Account: d.c.Account, Region: d.c.Region, Namespace: d.namespace, Name: *d.MetricName, Dimensions: dims},
		Unit:   wire.Text(d.Unit), Time: d.c.Time,
	}
	if d.Timestamp != nil {
		x.Time = *d.Timestamp
	}
	switch {
	case x.Time.Before(d.c.Time.Add(-oldest)):
		return nil, badValue("The parameter MetricData.member.%d.Timestamp must specify a time within the past two weeks.", d.n)
	case x.Time.After(d.c.Time.Add(newest)):
		return nil, badValue("The parameter MetricData.member.%d.Timestamp must specify a time no more than two hours in the future.", d.n)
	}
	if r := d.StorageResolution; r != nil {
		if *r != 1 && *r != 60 {
			return nil, badValue("The parameter MetricData.member.%d.StorageResolution must be 1 or 60.", d.n)
		}
		x.Fine = *r == 1
	}
	return x, d.fill(x)
}

// fill adds the values. A datum has a value, values with or without counts, or a statistic set.
func (d *datum) fill(x *series.Sample) error {
	exclusive := func(a, b string) error {
		return badCombination("The parameters MetricData.member.%d.%s and MetricData.member.%d.%s are mutually exclusive and you have specified both.", d.n, a, d.n, b)
	}
	switch {
	case d.Value != nil && d.StatisticValues != nil:
		return exclusive("Value", "StatisticValues")
	case d.Value != nil && len(d.Values) > 0:
		return exclusive("Value", "Values")
	case d.StatisticValues != nil && len(d.Values) > 0:
		return exclusive("StatisticValues", "Values")
	case d.Value != nil:
		if !finite(*d.Value) {
			return d.bad(*d.Value, "Value")
		}
		x.Add(*d.Value, 1)
	case d.StatisticValues != nil:
		return d.set(x)
	case len(d.Values) > 0:
		return d.values(x)
	default:
		return missing("The parameter MetricData.member.%d.Value, MetricData.member.%d.Values or MetricData.member.%d.StatisticValues is required.", d.n, d.n, d.n)
	}
	return nil
}

func (d *datum) values(x *series.Sample) error {
	switch {
	case len(d.Values) > maxValues:
		return badValue("The collection MetricData.member.%d.Values must not have a size greater than %d.", d.n, maxValues)
	case len(d.Counts) > 0 && len(d.Counts) != len(d.Values):
		return badValue("The parameters MetricData.member.%d.Values and MetricData.member.%d.Counts must be of the same size.", d.n, d.n)
	}
	for i, v := range d.Values {
		count := 1.0
		if len(d.Counts) > 0 {
			count = d.Counts[i]
		}
		switch {
		case !finite(v):
			return d.bad(v, "Values")
		case !finite(count) || count <= 0:
			return d.bad(count, "Counts")
		}
		x.Add(v, count)
	}
	return nil
}

func (d *datum) set(x *series.Sample) error {
	set := d.StatisticValues
	for _, m := range []struct {
		name  string
		value float64
	}{{"SampleCount", *set.SampleCount}, {"Sum", *set.Sum}, {"Minimum", *set.Minimum}, {"Maximum", *set.Maximum}} {
		if !finite(m.value) {
			return d.bad(m.value, "StatisticValues."+m.name)
		}
	}
	switch {
	case *set.SampleCount <= 0:
		return d.bad(*set.SampleCount, "StatisticValues.SampleCount")
	case *set.Maximum < *set.Minimum:
		return badValue("The parameter MetricData.member.%d.StatisticValues.Maximum must be greater than MetricData.member.%d.StatisticValues.Minimum.", d.n, d.n)
	}
	x.AddSet(*set.Sum, *set.Minimum, *set.Maximum, *set.SampleCount)
	return nil
}

// finite reports whether CloudWatch takes the value: NaN, infinities and what is beyond 2^360 it does not.
func finite(v float64) bool { return math.Abs(v) <= math.Ldexp(1, largestExp) }

// dimensionsOf reads dimensions, each name once.
func dimensionsOf(in []api.Dimension) ([]series.Dimension, error) {
	var out []series.Dimension
	seen := map[string]bool{}
	for _, d := range in {
		name, value := wire.Text(d.Name), wire.Text(d.Value)
		switch {
		case seen[name]:
			return nil, badValue("The parameter Dimensions has the name %s more than once.", bounded(name))
		case strings.HasPrefix(name, ":") || !printable(name):
			return nil, badValue("The value %q for parameter Dimensions.Name is invalid.", bounded(name))
		case !printable(value):
			return nil, badValue("The value %q for parameter Dimensions.Value is invalid.", bounded(value))
		}
		seen[name] = true
		out = append(out, series.Dimension{Name: name, Value: value})
	}
	return out, nil
}

// printable: dimensions are ASCII, without control characters, and have something beside white space.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return strings.TrimSpace(s) != ""
}

// shownDimensions is the inverse of dimensionsOf.
func shownDimensions(dims []series.Dimension) []api.Dimension {
	out := make([]api.Dimension, 0, len(dims))
	for _, d := range dims {
		out = append(out, api.Dimension{Name: &d.Name, Value: &d.Value})
	}
	return out
}
