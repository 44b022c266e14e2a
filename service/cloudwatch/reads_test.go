package cloudwatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/service/cloudwatch/contributors"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// putInsightAlarm puts an alarm of many expressions, which ask for the figures of a rule many times each.
func (r *replica) putInsightAlarm(name, rule string) {
	r.t.Helper()
	text := "SUM([" + strings.TrimSuffix(strings.Repeat(fmt.Sprintf("INSIGHT_RULE_METRIC('%s', 'Sum'),", rule), 20), ",") + "])"
	in := &api.PutMetricAlarmInput{
		AlarmName: &name, ComparisonOperator: new("GreaterThanOrEqualToThreshold"), Threshold: new(60.0), EvaluationPeriods: new(int64(3)), DatapointsToAlarm: new(int64(1)), TreatMissingData: new("notBreaching"),
	}
	for i := range 9 {
		in.Metrics = append(in.Metrics, api.MetricDataQuery{Id: new(fmt.Sprint("e", i)), Expression: &text, Period: new(int64(60)), ReturnData: new(false)})
	}
	in.Metrics = append(in.Metrics, api.MetricDataQuery{Id: new("all"), Expression: new("e0+e1+e2+e3+e4+e5+e6+e7+e8"), Period: new(int64(60))})
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
}

// TestAlarmReadsOnce: however many expressions of an alarm ask for a rule, its minutes are read once, those that are not folded yet too.
func TestAlarmReadsOnce(t *testing.T) {
	r := newReplica(t)
	r.putInsight("denied", deniedRule)
	r.putInsightAlarm("a", "denied")
	r.turn()
	for _, fold := range []bool{false, true} {
		r.now = r.now.Add(time.Minute)
		r.logged("trail", r.time().Add(-time.Minute), deniedCall("eve", "x"), deniedCall("eve", "x"))
		if fold {
			r.fold()
		}
		before := r.rounds.reads.owing[home]
		r.rounds.reads.passed = r.time() // nothing is paid off meanwhile
		r.turn()
		read := r.rounds.reads.owing[home] - before
		if read < contributors.Opening || read > 4*contributors.Opening {
			t.Errorf("folded %v: it read %d", fold, read)
		}
	}
	r.want("a", "ALARM")
}

// TestAlarmsWaitForTheirAccount: alarms on rules wait when those of their account have read too much, those of others and those on metrics do not, and they come when it is paid off.
func TestAlarmsWaitForTheirAccount(t *testing.T) {
	r := newReplica(t)
	r.putInsight("denied", deniedRule)
	r.putInsightAlarm("a", "denied")
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", sum("plain", "m", 1))
	r.turn()
	r.logged("trail", r.time(), deniedCall("eve", "x"))
	r.putAt(r.time(), "m", 5)
	r.rounds.reads.spend(home, 100*readsEach)
	if !r.rounds.reads.may("444455556666", r.time()) {
		t.Error("another account must wait")
	}
	r.pass(time.Minute + 10*time.Second)
	r.want("plain", "ALARM")
	r.want("a", "OK")
	if len(r.rounds.late) != 1 {
		t.Errorf("late: %v", r.rounds.late)
	}
	r.pass(30 * time.Second)
	r.want("a", "ALARM")
	if len(r.rounds.late) != 0 {
		t.Errorf("late: %v", r.rounds.late)
	}
}

// TestLateComeFirst: of alarms on rules those go first that wait longest, and behind those on metrics.
func TestLateComeFirst(t *testing.T) {
	due := []*watch{{key: "new", insights: true}, {key: "late", insights: true}, {key: "later", insights: true}, {key: "plain"}}
	r := &rounds{late: map[string]int64{"late": 5, "later": 4}}
	r.sort(due)
	got := ""
	for _, x := range due {
		got += x.key + " "
	}
	if got != "plain later late new " {
		t.Error(got)
	}
}

// TestInsightBudget: who reads what rules have counted may read so much, and stops when the caller is gone.
func TestInsightBudget(t *testing.T) {
	r := newReplica(t)
	r.putInsight("denied", deniedRule)
	for i := range 4 {
		r.logged("trail", r.time().Add(time.Duration(-i)*time.Minute), deniedCall("eve", "x"))
		if i == 1 {
			r.fold()
		}
	}
	const cost = 4*contributors.Opening + 2*1 + 2*2 // two minutes, and two that are not folded yet, with a contributor each
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		ctx    context.Context
		budget int
		want   error
	}{{t.Context(), cost, nil}, {t.Context(), cost - 1, series.ErrBudget}, {t.Context(), 0, series.ErrBudget}, {gone, cost, context.Canceled}} {
		err := r.Store.Read(t.Context(), func(tx store.Tx) error {
			at := func(d time.Duration) func(int64) int64 { return func(int64) int64 { return r.time().Add(d).Unix() } }
			left := c.budget
			x := &execution{Service: r.Service, tx: tx, now: r.time(), account: home, region: "us-east-1", start: at(-time.Hour), end: at(time.Minute), ctx: c.ctx, insights: &left}
			_, err := x.Insight("denied", "Sum", 60)
			return err
		})
		if !errors.Is(err, c.want) {
			t.Errorf("a budget of %d: %v, want %v", c.budget, err, c.want)
		}
	}
}
