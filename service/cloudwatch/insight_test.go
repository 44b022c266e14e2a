package cloudwatch

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/engine/metricmath"
	"vauban/service/cloudwatch/contributors"
	"vauban/store"
)

const deniedRule = `{"Schema":{"Name":"CloudWatchLogRule","Version":1},"LogGroupNames":["trail*"],"LogFormat":"JSON","AggregateOn":"Count",` +
	`"Contribution":{"Keys":["$.userIdentity.arn","$.eventName"],"Filters":[{"Match":"$.errorCode","IsPresent":true}]}}`

// logged is what PutLogEvents into a group does with the rules: messages at times.
func (r *replica) logged(group string, at time.Time, messages ...string) {
	r.t.Helper()
	err := r.Store.Write(context.Background(), func(tx store.Tx) error {
		c, err := r.Counting(tx, home, "us-east-1", group)
		if c == nil || err != nil {
			return err
		}
		for _, m := range messages {
			c.Event(at.UnixMilli(), m, strings.Replace(m, "GetUser", "Made", 1))
		}
		if err := c.Prepare(); err != nil {
			return err
		}
		return c.Keep(tx)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// fold is one turn of the job that puts what has come into minutes.
func (r *replica) fold() {
	r.t.Helper()
	if err := r.foldCounts(r.work()); err != nil {
		r.t.Fatal(err)
	}
	err := r.Store.Read(context.Background(), func(tx store.Tx) error {
		return tx.Scan("cloudwatch.insightarrival", nil, nil, func(store.Doc) bool { r.t.Error("something is not folded"); return false })
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// restart is another service on the same store, which knows nothing but that.
func (r *replica) restart() {
	r.Service = New(r.Deps)
	for _, row := range r.Operations() {
		r.rows[row.Op.Name] = row
	}
}

func deniedCall(who, what string) string {
	return fmt.Sprintf(`{"userIdentity":{"arn":%q},"eventName":%q,"errorCode":"AccessDenied"}`, who, what)
}

func (r *replica) putInsight(name, definition string) {
	r.t.Helper()
	must[api.PutInsightRuleOutput](r, "PutInsightRule", &api.PutInsightRuleInput{RuleName: &name, RuleDefinition: &definition})
}

// insightReport writes a report of the last hour in one line.
func (r *replica) insightReport(name string, metrics ...string) string {
	r.t.Helper()
	now := r.time()
	out := must[api.GetInsightRuleReportOutput](r, "GetInsightRuleReport", &api.GetInsightRuleReportInput{
		RuleName: &name, StartTime: new(now.Add(-time.Hour)), EndTime: new(now.Add(time.Minute)), Period: new(int64(60)), Metrics: metrics,
	})
	var b strings.Builder
	fmt.Fprintf(&b, "%v of %d:", *out.AggregateValue, *out.ApproximateUniqueCount)
	for _, c := range out.Contributors {
		fmt.Fprintf(&b, " %s=%v", strings.Join(c.Keys, "/"), *c.ApproximateAggregateValue)
		for _, d := range c.Datapoints {
			fmt.Fprintf(&b, "@%s:%v", d.Timestamp.Format("15:04"), *d.ApproximateValue)
		}
	}
	for _, p := range out.MetricDatapoints {
		fmt.Fprintf(&b, " %s", p.Timestamp.Format("15:04"))
		for _, v := range []*float64{p.UniqueContributors, p.MaxContributorValue, p.SampleCount, p.Sum, p.Minimum, p.Maximum, p.Average} {
			if v != nil {
				fmt.Fprintf(&b, ",%v", *v)
			}
		}
	}
	return b.String()
}

// TestInsights: what is counted is there at once, stays the same when it is folded, and goes on under a rule that counts the same things.
func TestInsights(t *testing.T) {
	r := newReplica(t)
	r.putInsight("denied", deniedRule)
	at := r.time()
	r.logged("trail-1", at.Add(-10*time.Minute), deniedCall("eve", "GetUser"), deniedCall("eve", "GetUser"), deniedCall("bob", "GetKey"), `{"userIdentity":{"arn":"ann"},"eventName":"GetUser"}`, "no JSON")
	r.logged("other", at, deniedCall("eve", "GetUser"))
	const first = "3 of 2: eve/GetUser=2@11:50:2 bob/GetKey=1@11:50:1"
	if got := r.insightReport("denied"); got != first {
		t.Errorf("at once: %s", got)
	}
	for _, step := range []func(){r.restart, r.fold, r.restart} {
		step()
		if got := r.insightReport("denied"); got != first {
			t.Errorf("folded and started again: %s", got)
		}
	}
	r.logged("trail-2", at.Add(-10*time.Minute), deniedCall("bob", "GetKey"))
	r.logged("trail-2", at, deniedCall("bob", "GetKey"), deniedCall("bob", "GetUser"), deniedCall("bob", "GetUser"))
	const second = "7 of 3: bob/GetKey=3@11:50:2@12:00:1 bob/GetUser=2@12:00:2 eve/GetUser=2@11:50:2 11:50,2,2,4,4,1,1,1 12:00,2,2,3,3,1,1,1"
	for range 2 {
		if got := r.insightReport("denied", "UniqueContributors", "MaxContributorValue", "SampleCount", "Sum", "Minimum", "Maximum", "Average"); got != second {
			t.Errorf("later: %s", got)
		}
		r.fold()
	}
	r.putInsight("denied", strings.Replace(deniedRule, "trail*", "trail-1", 1))
	r.logged("trail-2", at, deniedCall("ann", "x"))
	if got := r.insightReport("denied"); !strings.HasPrefix(got, "7 of 3:") {
		t.Errorf("other log groups: %s", got)
	}
	r.putInsight("denied", strings.Replace(deniedRule, `"$.userIdentity.arn",`, "", 1))
	if got := r.insightReport("denied"); got != "0 of 0:" {
		t.Errorf("other keys count anew: %s", got)
	}
}

// TestInsightMetrics: expressions and reports know the same metrics.
func TestInsightMetrics(t *testing.T) {
	figures := insightFigures()
	for _, name := range metricmath.InsightMetrics() {
		if figures[name] == nil {
			t.Errorf("there is no figure %s", name)
		}
	}
	if len(figures) != len(metricmath.InsightMetrics()) {
		t.Errorf("there are %d figures", len(figures))
	}
}

// TestInsightLives: a rule that is off counts nothing and tells what it has counted; one that is gone has counted nothing, even when it comes again.
func TestInsightLives(t *testing.T) {
	r := newReplica(t)
	r.putInsight("denied", deniedRule)
	r.logged("trail", r.time(), deniedCall("eve", "GetUser"))
	if got := must[api.DisableInsightRulesOutput](r, "DisableInsightRules", &api.DisableInsightRulesInput{RuleNames: []string{"denied", "none"}}); len(got.Failures) != 1 || *got.Failures[0].FailureResource != "none" {
		t.Errorf("failures: %+v", got.Failures)
	}
	r.logged("trail", r.time(), deniedCall("eve", "GetUser"))
	if got := r.insightReport("denied"); got != "1 of 1: eve/GetUser=1@12:00:1" {
		t.Errorf("off: %s", got)
	}
	must[api.EnableInsightRulesOutput](r, "EnableInsightRules", &api.EnableInsightRulesInput{RuleNames: []string{"denied"}})
	r.logged("trail", r.time(), deniedCall("eve", "GetUser"))
	if got := r.insightReport("denied"); got != "2 of 1: eve/GetUser=2@12:00:2" {
		t.Errorf("on again: %s", got)
	}
	must[api.DeleteInsightRulesOutput](r, "DeleteInsightRules", &api.DeleteInsightRulesInput{RuleNames: []string{"denied"}})
	if _, err := call[api.GetInsightRuleReportOutput](r, "GetInsightRuleReport", &api.GetInsightRuleReportInput{RuleName: new("denied"), StartTime: new(r.time().Add(-time.Hour)), EndTime: new(r.time()), Period: new(int64(60))}); !strings.Contains(fmt.Sprint(err), "no Contributor Insights rule denied") {
		t.Errorf("a rule that is gone: %v", err)
	}
	r.fold()
	r.putInsight("denied", deniedRule)
	if got := r.insightReport("denied"); got != "0 of 0:" {
		t.Errorf("a new rule: %s", got)
	}
}

// TestInsightsOfMadeLogs: a rule sees what a transformer has made only when it wants that.
func TestInsightsOfMadeLogs(t *testing.T) {
	r := newReplica(t)
	r.putInsight("plain", deniedRule)
	must[api.PutInsightRuleOutput](r, "PutInsightRule", &api.PutInsightRuleInput{RuleName: new("made"), RuleDefinition: new(deniedRule), ApplyOnTransformedLogs: new(true)})
	r.logged("trail", r.time(), deniedCall("eve", "GetUser"))
	if got := r.insightReport("plain") + r.insightReport("made"); got != "1 of 1: eve/GetUser=1@12:00:11 of 1: eve/Made=1@12:00:1" {
		t.Errorf("reports: %s", got)
	}
}

// TestInsightsAreForgotten: minutes go after 15 days, and those of a rule that is gone at the next turn.
func TestInsightsAreForgotten(t *testing.T) {
	r := newReplica(t)
	r.putInsight("a", deniedRule)
	r.putInsight("b", deniedRule)
	for i := range 3 {
		r.logged("trail", r.time().Add(time.Duration(i)*time.Minute), deniedCall("eve", "GetUser"))
	}
	r.fold()
	kept := func() (n int) {
		t.Helper()
		if err := r.retain(r.work()); err != nil {
			t.Fatal(err)
		}
		err := r.Store.Read(context.Background(), func(tx store.Tx) (err error) {
			n = 0
			return tx.Scan("cloudwatch.insightminute", nil, nil, func(store.Doc) bool { n++; return true })
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := kept(); n != 6 {
		t.Errorf("%d minutes are kept, want 6", n)
	}
	must[api.DeleteInsightRulesOutput](r, "DeleteInsightRules", &api.DeleteInsightRulesInput{RuleNames: []string{"a"}})
	if n := kept(); n != 3 {
		t.Errorf("%d minutes are kept of one rule, want 3", n)
	}
	r.now = r.now.Add(15 * 24 * time.Hour)
	if n := kept(); n != 2 {
		t.Errorf("%d minutes are kept after 15 days, want 2", n)
	}
}

// TestUncounted: when very much waits to be folded, what comes is not counted, and the log tells.
func TestUncounted(t *testing.T) {
	r := newReplica(t)
	r.putInsight("denied", deniedRule)
	if err := r.tellUncounted(r.work()); err != nil {
		t.Error(err)
	}
	err := r.Store.Write(t.Context(), func(tx store.Tx) error {
		rule, err := insightRules.Get(tx, store.K(home, "us-east-1", "denied"))
		if err != nil {
			return err
		}
		for range 14 { // days
			c := contributors.Counts{}
			for m := range 1440 {
				c.Add(r.time().Add(time.Duration(-m)*time.Minute), []string{"ann"}, 1)
			}
			room, err := r.counted.Room(tx, home+" us-east-1", []string{rule.ID}, r.time())
			if err != nil {
				return err
			}
			parts, err := room.Prepare(rule.ID, c)
			if err != nil {
				return err
			}
			for _, p := range parts {
				if err := p.Put(tx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.logged("trail", r.time(), deniedCall("eve", "x"), deniedCall("eve", "y"))
	if err := r.tellUncounted(r.work()); !strings.Contains(fmt.Sprint(err), "2 events that rules of Contributor Insights of 111122223333 us-east-1 match") {
		t.Errorf("told: %v", err)
	}
}

// TestAlarmOnInsights: an alarm goes off by what a rule has counted, and its rule must be there.
func TestAlarmOnInsights(t *testing.T) {
	r := newReplica(t)
	alarm := func(period int64, text string) error {
		_, err := call[api.PutMetricAlarmOutput](r, "PutMetricAlarm", &api.PutMetricAlarmInput{
			AlarmName: new("denied"), ComparisonOperator: new("GreaterThanOrEqualToThreshold"), Threshold: new(3.0), EvaluationPeriods: new(int64(1)), TreatMissingData: new("notBreaching"),
			Metrics: []api.MetricDataQuery{{Id: new("e"), Expression: &text, Period: &period}},
		})
		return err
	}
	if err := alarm(30, "INSIGHT_RULE_METRIC('denied', 'MaxContributorValue')"); !strings.Contains(fmt.Sprint(err), "multiple of 60") {
		t.Errorf("a period of 30 seconds: %v", err)
	}
	if err := alarm(60, "INSIGHT_RULE_METRIC('denied', 'MaxContributorValue')"); err != nil {
		t.Fatal(err)
	}
	state := func(after time.Duration) string {
		r.pass(after)
		a := must[api.DescribeAlarmsOutput](r, "DescribeAlarms", &api.DescribeAlarmsInput{}).MetricAlarms[0]
		return *a.StateValue + " " + *a.StateReason
	}
	if got := state(2 * time.Minute); !strings.HasPrefix(got, "INSUFFICIENT_DATA ") {
		t.Errorf("without a rule: %s", got)
	}
	r.putInsight("denied", deniedRule)
	if got := state(2 * time.Minute); !strings.HasPrefix(got, "OK ") {
		t.Errorf("with a rule: %s", got)
	}
	r.logged("trail", r.time(), deniedCall("eve", "x"), deniedCall("bob", "x"), deniedCall("bob", "x"))
	if got := state(time.Minute); !strings.HasPrefix(got, "OK ") {
		t.Errorf("no contributor has three: %s", got)
	}
	r.logged("trail", r.time(), deniedCall("eve", "x"), deniedCall("eve", "x"), deniedCall("eve", "x"))
	if got := state(time.Minute); !strings.HasPrefix(got, "ALARM ") {
		t.Errorf("one contributor has three: %s", got)
	}
}
