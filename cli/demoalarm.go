package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vauban/carrier/inbox"
)

// makeAlarm makes an alarm on what the rule matches, which tells the topic too.
func (t *teller) makeAlarm(ctx context.Context, w *watch) error {
	return t.all(ctx, w.in.administrator, []expectation{{what: "makes an alarm on what the rule matches, in one of two minutes", service: "monitoring", action: "PutMetricAlarm", params: map[string]string{
		"AlarmName": "tampering", "Namespace": "AWS/Events", "MetricName": "MatchedEvents", "Dimensions.member.1.Name": "RuleName", "Dimensions.member.1.Value": "tampering",
		"Statistic": "Sum", "Period": "60", "EvaluationPeriods": "2", "DatapointsToAlarm": "1", "Threshold": "1", "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
		"AlarmActions.member.1": w.topic,
	}}})
}

// calm checks that the alarm has not gone off before anything has happened.
func (t *teller) calm(ctx context.Context, w *watch) error {
	r, err := t.must(ctx, expectation{who: w.in.administrator, what: "looks at the alarm", service: "monitoring", action: "DescribeAlarms", params: map[string]string{"AlarmNames.member.1": "tampering"}})
	if err != nil {
		return err
	}
	t.held(r.texts["StateValue"] != "ALARM" && r.texts["StateValue"] != "", "it is in %s", r.texts["StateValue"])
	return nil
}

// alarmed waits until the alarm is in ALARM.
func (t *teller) alarmed(ctx context.Context, w *watch, start time.Time) news {
	for {
		r, err := t.client.query(ctx, w.in.administrator, "monitoring", "DescribeAlarms", map[string]string{"AlarmNames.member.1": "tampering"})
		if err != nil {
			return news{what: "the alarm cannot be read: " + err.Error()}
		}
		if r.texts["StateValue"] == "ALARM" {
			return news{time.Since(start), true, "the alarm is in ALARM: " + firstLine(r.texts["StateReason"])}
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return news{what: fmt.Sprintf("the alarm did not go off: %d %s %s", r.status, r.texts["StateValue"], r.texts["Message"])}
		}
	}
}

// alarmMailed waits for the mail of the alarm.
func (t *teller) alarmMailed(ctx context.Context, w *watch, start time.Time) news {
	l, err := w.post.mailbox.Wait(ctx, func(l *inbox.Letter) bool { return l.To == watcherMail && strings.HasPrefix(l.Subject, "ALARM: ") })
	if err != nil {
		return news{what: "no mail of the alarm came: " + err.Error()}
	}
	return news{l.Arrived.Sub(start), true, "the alarm's mail arrived: " + firstLine(l.Subject)}
}
