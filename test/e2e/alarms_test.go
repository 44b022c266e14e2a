package e2e

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// TestTerraformAlarms creates, reads, changes and deletes the resources that the provider has for CloudWatch, over the query protocol.
func TestTerraformAlarms(t *testing.T) { wholeLife(t, "alarms") }

// TestGoSDKAlarms drives metrics and alarms with the Go SDK, which speaks CBOR.
func TestGoSDKAlarms(t *testing.T) {
	s := start(t, t.TempDir())
	c := cloudwatch.NewFromConfig(s.sdk(t, nil))
	now := time.Now().UTC().Truncate(time.Minute)
	call(t, c.PutMetricData, cloudwatch.PutMetricDataInput{Namespace: aws.String("Go"), MetricData: []types.MetricDatum{
		{MetricName: aws.String("Load"), Timestamp: &now, Values: []float64{1, 2.5}, Counts: []float64{1, 3}, Unit: types.StandardUnitPercent},
		{MetricName: aws.String("Load"), Timestamp: aws.Time(now.Add(-time.Minute)), Value: aws.Float64(7), Unit: types.StandardUnitPercent},
	}})
	refused[*types.InvalidParameterCombinationException](t, "InvalidParameterCombination", c.PutMetricData, cloudwatch.PutMetricDataInput{
		Namespace: aws.String("Go"), MetricData: []types.MetricDatum{{MetricName: aws.String("x"), Value: aws.Float64(1), Values: []float64{1}}}})
	got := call(t, c.GetMetricData, cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(now.Add(-time.Minute)), EndTime: aws.Time(now.Add(time.Minute)), ScanBy: types.ScanByTimestampAscending, MetricDataQueries: []types.MetricDataQuery{
			{Id: aws.String("m"), ReturnData: aws.Bool(false), MetricStat: &types.MetricStat{Metric: &types.Metric{Namespace: aws.String("Go"), MetricName: aws.String("Load")}, Period: aws.Int32(60), Stat: aws.String("Sum")}},
			{Id: aws.String("e"), Expression: aws.String("m + 1")},
		}})
	if r := got.MetricDataResults; len(r) != 1 || len(r[0].Values) != 2 || r[0].Values[0] != 8 || r[0].Values[1] != 9.5 || !r[0].Timestamps[1].Equal(now) {
		t.Errorf("metric math: %+v", r)
	}
	if m := call(t, c.ListMetrics, cloudwatch.ListMetricsInput{Namespace: aws.String("Go")}).Metrics; len(m) != 1 {
		t.Errorf("metrics: %v", m)
	}
	call(t, c.PutMetricAlarm, cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("go"), Namespace: aws.String("Go"), MetricName: aws.String("Load"), Statistic: types.StatisticMaximum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1),
		Threshold: aws.Float64(5), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
	})
	waiter := cloudwatch.NewAlarmExistsWaiter(c)
	if err := waiter.Wait(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"go"}}, time.Minute); err != nil {
		t.Fatal(err)
	}
	call(t, c.SetAlarmState, cloudwatch.SetAlarmStateInput{AlarmName: aws.String("go"), StateValue: types.StateValueOk, StateReason: aws.String("test")})
	items := call(t, c.DescribeAlarmHistory, cloudwatch.DescribeAlarmHistoryInput{AlarmName: aws.String("go"), HistoryItemType: types.HistoryItemTypeConfigurationUpdate}).AlarmHistoryItems
	if len(items) != 1 || *items[0].HistorySummary != `Alarm "go" created` {
		t.Errorf("history: %v", items)
	}
	rule := `{"Schema":{"Name":"CloudWatchLogRule","Version":1},"LogGroupNames":["go"],"LogFormat":"JSON","Contribution":{"Keys":["$.ip"]},"AggregateOn":"Count"}`
	call(t, c.PutInsightRule, cloudwatch.PutInsightRuleInput{RuleName: aws.String("go"), RuleDefinition: &rule})
	report := call(t, c.GetInsightRuleReport, cloudwatch.GetInsightRuleReportInput{RuleName: aws.String("go"), StartTime: aws.Time(now.Add(-time.Hour)), EndTime: &now, Period: aws.Int32(60), Metrics: []string{"Sum"}})
	if *report.AggregateValue != 0 || len(report.Contributors) != 0 || *report.AggregationStatistic != "Count" || len(report.KeyLabels) != 1 {
		t.Errorf("report: %+v", report)
	}
	refused[*types.ResourceNotFoundException](t, "ResourceNotFoundException", c.GetInsightRuleReport, cloudwatch.GetInsightRuleReportInput{RuleName: aws.String("none"), StartTime: aws.Time(now.Add(-time.Hour)), EndTime: &now, Period: aws.Int32(60)})
	refused[*types.ResourceNotFound](t, "ResourceNotFound", c.SetAlarmState, cloudwatch.SetAlarmStateInput{AlarmName: aws.String("none"), StateValue: types.StateValueOk, StateReason: aws.String("x")})
	refused[*types.DashboardNotFoundError](t, "ResourceNotFound", c.GetDashboard, cloudwatch.GetDashboardInput{DashboardName: aws.String("none")})
	refused[*types.DashboardInvalidInputError](t, "InvalidParameterInput", c.PutDashboard, cloudwatch.PutDashboardInput{DashboardName: aws.String("x"), DashboardBody: aws.String("{}")})
	call(t, c.DeleteAlarms, cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"go"}})
}
