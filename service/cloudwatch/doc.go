// Package cloudwatch is Amazon CloudWatch: metrics, alarms on them with their actions, and dashboards.
//
// Start reading at putdata.go (how samples come in) and package series (how they are kept); then definition.go (what an alarm is), evaluate.go (what it comes to) and
// transition.go (what follows from a change of state). plan.go and data.go are GetMetricData, with engine/metricmath.
//
// # When alarms are evaluated
//
// Every alarm is evaluated when its last period has ended: each minute, each 10 seconds for periods under a minute, and each five minutes for periods of an hour and
// more. Besides, an alarm is evaluated at once when a sample of a metric comes that it watches. The period that is not over yet then counts when it
// breaches already and more samples cannot change that: a sum, count or maximum above the threshold, or a minimum below it. So such an
// alarm goes off within a second, and none goes off because a period has only just begun. CloudWatch waits for the period to end.
//
// The evaluation range is two periods longer than the alarm asks for, as in the tables of "Configuring how CloudWatch alarms treat missing data".
//
// # Actions
//
// What follows from a change of state is enqueued with the change, in one transaction. Topics are published to as cloudwatch.amazonaws.com and functions invoked as
// lambda.alarms.cloudwatch.amazonaws.com, on behalf of the alarm: the policy of the topic or function decides. Each change goes to the default event bus too.
// The rest is refused when the alarm is put, by name: instances, Auto Scaling groups, OpsItems, incidents and investigations are not here. A function is
// what automates.
//
// # Contributor Insights
//
// insight.go has the rules, insightcount.go what PutLogEvents does with them, package contributors what they have counted, and insightreport.go the reports. Logs asks through
// an interface that service/all fills.
//
// Reading what rules have counted takes long, so that alarms that do are bounded, each and by account: reads.go. They are evaluated by the clock alone.
//
// # Differences from AWS
//
//   - GetMetricData knows no Metrics Insights queries (SELECT), no SERVICE_QUOTA and no metrics of linked accounts.
//   - The band of ANOMALY_DETECTION_BAND is a plain model: mean and standard deviation by hour of the week, of the last two weeks; see band.go.
//   - Percentiles are exact for up to 64 distinct values in a period, else within 1 %.
//   - An account has at most 500,000 metrics in a region, and what would begin another is refused.
//   - Rules of Contributor Insights look at log groups of their own account; what they keep is bounded as package contributor of the engines says.
//   - Metric streams, managed rules of Contributor Insights, mute rules, log alarms, PromQL alarms and images of widgets are not built; lists of them are empty.
package cloudwatch
