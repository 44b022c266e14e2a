package cloudwatch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/metric"
	"vauban/engine/metricmath"
	"vauban/service"
	"vauban/service/cloudwatch/series"
)

func (s *Service) dataOperations() []service.Row {
	return []service.Row{service.Reads(api.OpGetMetricData, onAny[api.GetMetricDataInput], s.getMetricData).OnData()}
}

func parseStatistic(text string) (metric.Statistic, error) {
	stat, err := metric.ParseStatistic(text)
	if err != nil {
		return stat, badStatistic(text)
	}
	return stat, nil
}

// maxReturned is how many datapoints one answer has at most, and maxSpan how many periods a range has.
const (
	maxReturned = 100_800
	maxSpan     = 100_800
	maxRead     = 3_000_000 // buckets that one call reads
)

func (s *Service) getMetricData(c *service.Call, in *api.GetMetricDataInput) (*api.GetMetricDataOutput, error) {
	if !in.StartTime.Before(*in.EndTime) {
		return nil, invalid("The parameter StartTime must be less than the parameter EndTime.")
	}
	p, err := newPlan(c.Account, c.Region, "MetricDataQueries", in.MetricDataQueries)
	if err != nil {
		return nil, err
	}
	limit := maxReturned
	if in.MaxDatapoints != nil {
		if limit = int(*in.MaxDatapoints); limit < 1 || limit > maxReturned {
			return nil, invalid("The parameter MaxDatapoints must be between 1 and %d.", maxReturned)
		}
	}
	for _, q := range p.queries {
		if n := (in.EndTime.Unix() - in.StartTime.Unix()) / q.span; n > maxSpan {
			return nil, invalid("You have requested up to %d datapoints of %s, which exceeds the limit of %d. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, q.id, maxSpan)
		}
	}
	x := &execution{
		Service: s, tx: c.Tx, now: c.Time, account: c.Account, region: c.Region, plan: p, done: map[string]metricmath.Value{},
		start: func(period int64) int64 { return roundedStart(*in.StartTime, period, c.Time) },
		end:   func(int64) int64 { return in.EndTime.Unix() }, budget: new(maxRead),
	}
	results, err := x.results(wire.Text(in.ScanBy) != api.ScanByTimestampAscending)
	if err != nil {
		return nil, err
	}
	return pageOfData(results, limit, in.NextToken)
}

// results computes what is to be returned, in the order of the queries.
func (x *execution) results(descending bool) ([]api.MetricDataResult, error) {
	out := []api.MetricDataResult{}
	for _, q := range x.plan.queries {
		if !q.returned {
			continue
		}
		v, err := x.Value(q.id)
		if x.broken != nil {
			return nil, x.broken
		}
		if errors.Is(err, series.ErrBudget) {
			return nil, invalid("You have requested more data points than one call reads. Ask for fewer metrics, or a shorter time range.")
		}
		if err != nil {
			return nil, invalid("Error in expression '%s': %s", q.id, err)
		}
		if v.Kind == metricmath.Scalar {
			return nil, invalid("Error in expression '%s': the result is a number. The final result of an expression must be a time series; TIME_SERIES() makes one of a number.", q.id)
		}
		for _, s := range v.Series {
			out = append(out, resultOf(q, v.Kind, s, descending))
		}
	}
	return out, nil
}

func resultOf(q *query, kind metricmath.Kind, s *metricmath.Series, descending bool) api.MetricDataResult {
	r := api.MetricDataResult{Id: &q.id, Label: new(label(q, kind, s)), StatusCode: new(api.StatusCodeComplete), Timestamps: []time.Time{}, Values: []float64{}}
	for i, t := range s.Times {
		r.Timestamps = append(r.Timestamps, time.Unix(t, 0).UTC())
		r.Values = append(r.Values, s.Values[i])
	}
	if descending {
		slices.Reverse(r.Timestamps)
		slices.Reverse(r.Values)
	}
	return r
}

// label is what a result is called. Of an expression that gives several series, each is called by both labels. User Guide: "Using dynamic labels".
func label(q *query, kind metricmath.Kind, s *metricmath.Series) string {
	switch {
	case q.label != nil && kind == metricmath.Array && *q.label != "":
		return dynamic(*q.label, s) + " " + s.Label
	case q.label != nil && kind != metricmath.Array:
		return dynamic(*q.label, s)
	case q.metric != nil, kind == metricmath.Array && s.Label != "":
		return s.Label
	}
	return q.id
}

// dynamic puts in values for ${AVG}, ${MAX} and their like.
func dynamic(text string, s *metricmath.Series) string {
	if !strings.Contains(text, "${") {
		return text
	}
	var b metric.Bucket
	for _, v := range s.Values {
		b.Add(v, 1)
	}
	at := func(i int) string {
		if len(s.Values) == 0 {
			return "--"
		}
		return fmt.Sprintf("%.4g", s.Values[(i+len(s.Values))%len(s.Values)])
	}
	of := func(v float64) string {
		if b.Count == 0 {
			return "--"
		}
		return fmt.Sprintf("%.4g", v)
	}
	return strings.NewReplacer("${AVG}", of(b.Sum/b.Count), "${SUM}", of(b.Sum), "${MIN}", of(b.Min), "${MAX}", of(b.Max), "${DATAPOINT_COUNT}", fmt.Sprint(b.Count),
		"${FIRST}", at(0), "${LAST}", at(-1), "${LABEL}", s.Label).Replace(text)
}

// pageOfData cuts the results. A token says at which result, and which of its points, the next page begins: the same request gives the same points.
func pageOfData(results []api.MetricDataResult, limit int, token *string) (*api.GetMetricDataOutput, error) {
	result, point := 0, 0
	if wire.Text(token) != "" {
		if n, err := fmt.Sscanf(*token, "%d-%d", &result, &point); err != nil || n != 2 || result < 0 || point < 0 || result >= len(results) || point > len(results[result].Values) {
			return nil, badToken()
		}
	}
	out := &api.GetMetricDataOutput{MetricDataResults: []api.MetricDataResult{}, Messages: []api.MessageData{}}
	for ; result < len(results); result, point = result+1, 0 {
		r := results[result]
		r.Timestamps, r.Values = r.Timestamps[point:], r.Values[point:]
		if len(r.Values) > limit {
			r.Timestamps, r.Values = r.Timestamps[:limit], r.Values[:limit]
			r.StatusCode = new(api.StatusCodePartialData)
			out.NextToken = new(fmt.Sprintf("%d-%d", result, point+limit))
			out.MetricDataResults = append(out.MetricDataResults, r)
			return out, nil
		}
		limit -= len(r.Values)
		out.MetricDataResults = append(out.MetricDataResults, r)
	}
	return out, nil
}
