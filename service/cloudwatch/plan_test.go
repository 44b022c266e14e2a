package cloudwatch

import (
	"fmt"
	"testing"
	"time"

	api "vauban/api/cloudwatch"
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
