package cloudwatch

import (
	"errors"
	"fmt"
	"testing"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/engine/metricmath"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// ladder is expressions of which each names the two before it: the ways through them are as many as Fibonacci's numbers.
func ladder(n int) []api.MetricDataQuery {
	list := []api.MetricDataQuery{}
	for i := range n {
		x := api.MetricDataQuery{Id: new(fmt.Sprint("a", i)), Expression: new("TIME_SERIES(1)"), ReturnData: new(i == n-1)}
		if i > 1 {
			x.Expression = new(fmt.Sprintf("a%d + a%d", i-1, i-2))
		}
		list = append(list, x)
	}
	list[0].Period = new(int64(300))
	return list
}

// TestSpans: the period of an expression is found without walking every way through the others.
func TestSpans(t *testing.T) {
	p, err := newPlan(home, "us-east-1", "MetricDataQueries", ladder(300))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range p.queries {
		if q.span != 300 {
			t.Errorf("%s is computed with a period of %d", q.id, q.span)
		}
	}
	r := newReplica(t)
	end := r.time()
	out, err := call[api.GetMetricDataOutput](r, "GetMetricData", &api.GetMetricDataInput{StartTime: new(end.Add(-time.Hour)), EndTime: &end, MetricDataQueries: ladder(60)})
	if err != nil || len(out.MetricDataResults) != 1 || out.MetricDataResults[0].Values[0] != 1548008755920 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestWorkOfRequest: expressions of one request share what they may compute.
func TestWorkOfRequest(t *testing.T) {
	r := newReplica(t)
	end := r.time()
	in := &api.GetMetricDataInput{StartTime: new(end.Add(-maxSpan * time.Second)), EndTime: &end}
	for i := range 60 { // of 100,800 points each
		in.MetricDataQueries = append(in.MetricDataQueries, api.MetricDataQuery{Id: new(fmt.Sprint("a", i)), Expression: new("TIME_SERIES(1)"), Period: new(int64(1))})
	}
	if _, err := call[api.GetMetricDataOutput](r, "GetMetricData", in); err == nil {
		t.Error("a request computes without bound")
	}
}

// TestBudget: series that a search looks at, and what trains a band, count as what a request reads.
func TestBudget(t *testing.T) {
	r := newReplica(t)
	for i := range 5 {
		r.putAt(r.time().Add(-time.Duration(i)*time.Hour), fmt.Sprint("m", i%3), 1)
	}
	p, err := newPlan(home, "us-east-1", "MetricDataQueries", []api.MetricDataQuery{
		{Id: new("s"), Expression: new("SEARCH('nothing', 'Sum', 60)")},
		{Id: new("b"), Expression: new("ANOMALY_DETECTION_BAND(m)")},
		{Id: new("m"), MetricStat: &api.MetricStat{Metric: &api.Metric{Namespace: new("N"), MetricName: new("m1")}, Stat: new("Sum"), Period: new(int64(60))}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, needs := range map[string]int{"s": 3, "b": 2} {
		for budget := range needs + 1 {
			left := budget
			err := r.Store.Read(t.Context(), func(tx store.Tx) error {
				at := func(int64) int64 { return r.time().Unix() }
				x := &execution{Service: r.Service, tx: tx, now: r.time(), account: home, region: "us-east-1", plan: p, done: map[string]metricmath.Value{}, start: at, end: at, budget: &left}
				_, err := x.Value(id)
				return err
			})
			if short := budget < needs; short != errors.Is(err, series.ErrBudget) {
				t.Errorf("%s with a budget of %d, where it needs %d: %v", id, budget, needs, err)
			}
		}
	}
}

// TestExcluded: a detector has so many excluded ranges, and no more.
func TestExcluded(t *testing.T) {
	r := newReplica(t)
	in := &api.PutAnomalyDetectorInput{Namespace: new("N"), MetricName: new("m"), Stat: new("Sum"), Configuration: &api.AnomalyDetectorConfiguration{}}
	for n := range 102 {
		if _, err := call[api.PutAnomalyDetectorOutput](r, "PutAnomalyDetector", in); n >= 100 && (err == nil) != (n == 100) {
			t.Errorf("%d ranges: %v", n, err)
		}
		in.Configuration.ExcludedTimeRanges = append(in.Configuration.ExcludedTimeRanges, api.Range{StartTime: new(r.time()), EndTime: new(r.time().Add(time.Hour))})
	}
}

// TestElements: an alarm has so many metrics and expressions, and no more.
func TestElements(t *testing.T) {
	r := newReplica(t)
	put := func(n int) error {
		_, err := call[api.PutMetricAlarmOutput](r, "PutMetricAlarm", &api.PutMetricAlarmInput{
			AlarmName: new("a"), Metrics: ladder(n), EvaluationPeriods: new(int64(1)), Threshold: new(1.0), ComparisonOperator: new("GreaterThanThreshold"),
		})
		return err
	}
	if err := put(maxElements); err != nil {
		t.Error(err)
	}
	if err := put(maxElements + 1); err == nil {
		t.Errorf("an alarm has more than %d elements", maxElements)
	}
}
