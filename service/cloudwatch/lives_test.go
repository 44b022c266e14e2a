package cloudwatch

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	api "vauban/api/cloudwatch"
	"vauban/api/lambda"
	"vauban/api/sns"
	"vauban/service"
)

const topic = "arn:aws:sns:us-east-1:111122223333:pager"

// sum is an alarm on the sum of a metric, a minute long.
func sum(name, metric string, threshold float64) *api.PutMetricAlarmInput {
	return &api.PutMetricAlarmInput{
		AlarmName: &name, Namespace: new("N"), MetricName: &metric, Statistic: new("Sum"), Period: new(int64(60)), EvaluationPeriods: new(int64(1)), Threshold: &threshold,
		ComparisonOperator: new("GreaterThanThreshold"), TreatMissingData: new("notBreaching"), AlarmActions: []string{topic}, OKActions: []string{topic},
	}
}

// TestLife: an alarm goes off with the sample that breaches, stays for as long as the guide says, and tells of each change once.
func TestLife(t *testing.T) {
	r := newReplica(t)
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", sum("a", "m", 2))
	r.want("a", "INSUFFICIENT_DATA")
	r.turn()
	r.want("a", "OK")
	r.put("m", 1, 1)
	r.want("a", "OK")
	r.put("m", 1)
	r.want("a", "ALARM")
	m := published(r.deliver())
	slices.SortFunc(m, func(a, b message) int { return strings.Compare(string(b.New), string(a.New)) }) // sent at one time, they come as they will
	if len(m) != 2 || m[1].New != "ALARM" || m[1].Old != "OK" || m[1].Account != home || m[1].Trigger.Statistic != "SUM" || !strings.HasPrefix(m[1].Reason, "Threshold Crossed: 1 datapoint [3.0 (05/01/26 12:00:00)] was greater than the threshold (2.0).") {
		t.Errorf("%+v", m)
	}
	r.pass(2 * time.Minute)
	r.want("a", "ALARM") // the evaluation range still has the datapoint
	r.pass(2 * time.Minute)
	r.want("a", "OK")
	if m := published(r.deliver()); len(m) != 1 || m[0].New != "OK" {
		t.Errorf("%+v", m)
	}
	r.pass(10 * time.Minute)
	if m := published(r.deliver()); len(m) != 0 {
		t.Errorf("nothing changed, and there is %+v", m)
	}
}

// TestEarly: what more samples could still change does not count before its period is over.
func TestEarly(t *testing.T) {
	for _, x := range []struct {
		stat, operator string
		threshold      float64
		value          float64
		early          bool
	}{
		{"Sum", "GreaterThanThreshold", 5, 6, true}, {"Sum", "LessThanThreshold", 5, 1, false}, {"Average", "GreaterThanThreshold", 5, 6, false}, {"Maximum", "GreaterThanOrEqualToThreshold", 5, 5, true},
		{"Minimum", "LessThanThreshold", 5, 1, true}, {"Maximum", "LessThanThreshold", 5, 1, false}, {"SampleCount", "GreaterThanOrEqualToThreshold", 1, 9, true}, {"Minimum", "GreaterThanThreshold", 5, 6, false},
	} {
		t.Run(x.stat+x.operator, func(t *testing.T) {
			r := newReplica(t)
			in := sum("a", "m", x.threshold)
			in.Statistic, in.ComparisonOperator = &x.stat, &x.operator
			must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
			r.put("m", x.value)
			if early := r.state("a") == "ALARM"; early != x.early {
				t.Errorf("early: %v", early)
			}
			r.pass(time.Minute)
			r.want("a", "ALARM")
		})
	}
}

// TestNegative: a sum that is above the threshold may yet fall when samples are negative.
func TestNegative(t *testing.T) {
	r := newReplica(t)
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", sum("a", "m", 5))
	r.put("m", -1, 10)
	r.want("a", "OK")
	r.pass(time.Minute)
	r.want("a", "ALARM")
}

// TestMissing: without data the alarm does what it was told, when the last datapoint has left the evaluation range.
func TestMissing(t *testing.T) {
	for treatment, want := range map[string]string{"missing": "INSUFFICIENT_DATA", "ignore": "ALARM", "breaching": "ALARM", "notBreaching": "OK"} {
		t.Run(treatment, func(t *testing.T) {
			r := newReplica(t)
			in := sum("a", "m", 1)
			in.TreatMissingData = &treatment
			must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
			r.put("m", 2)
			r.want("a", "ALARM")
			r.pass(5 * time.Minute)
			r.want("a", want)
		})
	}
}

// TestSomeOfMany: three of five, with a period of five minutes that slides by a minute.
func TestSomeOfMany(t *testing.T) {
	r := newReplica(t)
	in := sum("a", "m", 10)
	in.Period, in.EvaluationPeriods, in.DatapointsToAlarm, in.Statistic = new(int64(300)), new(int64(5)), new(int64(3)), new("Average")
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
	for i, v := range []float64{20, 1, 20, 1, 20} {
		r.want("a", map[bool]string{true: "INSUFFICIENT_DATA", false: "OK"}[i == 0])
		r.put("m", v)
		r.pass(5 * time.Minute)
	}
	r.want("a", "ALARM")
	r.pass(40 * time.Minute)
	r.want("a", "OK")
}

// TestHighResolution: an alarm of ten seconds sees samples of a second.
func TestHighResolution(t *testing.T) {
	r := newReplica(t)
	in := sum("a", "m", 5)
	in.Period, in.Statistic = new(int64(10)), new("Average")
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
	must[api.PutMetricDataOutput](r, "PutMetricData", &api.PutMetricDataInput{Namespace: new("N"), MetricData: []api.MetricDatum{{MetricName: new("m"), Value: new(6.0), StorageResolution: new(int64(1))}}})
	r.pass(10 * time.Second)
	r.want("a", "ALARM")
	r.pass(40 * time.Second)
	r.want("a", "OK")
}

// TestLowSamples: a percentile of few samples is ignored when the alarm says so.
func TestLowSamples(t *testing.T) {
	for option, want := range map[string]string{"evaluate": "ALARM", "ignore": "INSUFFICIENT_DATA"} {
		r := newReplica(t)
		in := sum("a", "m", 5)
		in.Statistic, in.ExtendedStatistic, in.EvaluateLowSampleCountPercentile, in.TreatMissingData = nil, new("p90"), &option, nil
		must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
		r.put("m", 9, 9)
		r.pass(time.Minute)
		r.want("a", want)
		values := make([]float64, 100)
		for i := range values {
			values[i] = 9
		}
		r.put("m", values...)
		r.pass(time.Minute)
		r.want("a", "ALARM")
	}
}

// TestExpression: metric math with a missing denominator, and a function as the action.
func TestExpression(t *testing.T) {
	r := newReplica(t)
	metric := func(id, name string) api.MetricDataQuery {
		return api.MetricDataQuery{Id: &id, ReturnData: new(false), MetricStat: &api.MetricStat{Metric: &api.Metric{Namespace: new("N"), MetricName: &name}, Period: new(int64(60)), Stat: new("Sum")}}
	}
	function := "arn:aws:lambda:us-east-1:111122223333:function:fix"
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", &api.PutMetricAlarmInput{
		AlarmName: new("a"), EvaluationPeriods: new(int64(1)), Threshold: new(50.0), ComparisonOperator: new("GreaterThanThreshold"), AlarmActions: []string{function},
		Metrics: []api.MetricDataQuery{metric("e", "errors"), metric("q", "requests"), {Id: new("rate"), Expression: new("100 * e / q")}},
	})
	r.put("errors", 1)
	r.pass(time.Minute)
	r.want("a", "INSUFFICIENT_DATA")
	r.put("errors", 3)
	r.put("requests", 4)
	r.pass(time.Minute)
	r.want("a", "ALARM")
	for _, s := range r.deliver() {
		in, ok := s.in.(*lambda.InvokeInput)
		if !ok {
			continue
		}
		var e invocation
		if err := json.Unmarshal(in.Payload, &e); err != nil {
			t.Fatal(err)
		}
		if s.as != "lambda.alarms.cloudwatch.amazonaws.com" || s.source != "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a" || *in.FunctionName != function || e.Data.State.Value != "ALARM" || len(e.Data.Configuration.Metrics) != 3 {
			t.Errorf("%+v %s", s, in.Payload)
		}
		return
	}
	t.Error("the function was not invoked")
}

func composite(name, rule string) *api.PutCompositeAlarmInput {
	return &api.PutCompositeAlarmInput{AlarmName: &name, AlarmRule: &rule, AlarmActions: []string{topic}, OKActions: []string{topic}}
}

// TestComposite: changes rise through composite alarms at once, and each tells of its own.
func TestComposite(t *testing.T) {
	r := newReplica(t)
	for _, name := range []string{"a", "b"} {
		in := sum(name, "m"+name, 1)
		in.AlarmActions, in.OKActions = nil, nil
		must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
	}
	must[api.PutCompositeAlarmOutput](r, "PutCompositeAlarm", composite("both", "ALARM(a) AND ALARM(b)"))
	must[api.PutCompositeAlarmOutput](r, "PutCompositeAlarm", composite("top", "ALARM(both) OR FALSE"))
	r.turn()
	r.want("both", "OK")
	r.want("top", "OK")
	r.deliver()
	r.put("ma", 2)
	r.want("both", "OK")
	r.put("mb", 2)
	r.want("both", "ALARM")
	r.want("top", "ALARM")
	m := published(r.deliver())
	if len(m) != 2 || m[0].Rule == "" || len(m[0].Children) != 1 || !strings.Contains(m[0].Reason, "transitioned to ALARM at Monday 05 January, 2026 12:00:05 UTC") {
		t.Errorf("%+v", m)
	}
	for _, in := range []*api.PutCompositeAlarmInput{composite("both", "ALARM(top)"), composite("x", "ALARM(x)"), composite("x", "ALARM(nobody)"), composite("x", "ALARM("), composite("a", "ALARM(b)")} {
		if _, err := call[api.PutCompositeAlarmOutput](r, "PutCompositeAlarm", in); err == nil {
			t.Errorf("%s was taken: %s", *in.AlarmName, *in.AlarmRule)
		}
	}
	if _, err := call[api.DeleteAlarmsOutput](r, "DeleteAlarms", &api.DeleteAlarmsInput{AlarmNames: []string{"a"}}); err == nil {
		t.Error("an alarm that a composite one needs was deleted")
	}
}

// TestSuppressor: actions wait for the suppressor, do not take place while it is in ALARM, and do when it has let go for long enough.
func TestSuppressor(t *testing.T) {
	r := newReplica(t)
	for _, name := range []string{"a", "s"} {
		in := sum(name, "m"+name, 1)
		in.AlarmActions, in.OKActions = nil, nil
		must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
	}
	in := composite("c", "ALARM(a)")
	in.OKActions, in.ActionsSuppressor, in.ActionsSuppressorWaitPeriod, in.ActionsSuppressorExtensionPeriod = nil, new("s"), new(int64(20)), new(int64(30))
	must[api.PutCompositeAlarmOutput](r, "PutCompositeAlarm", in)
	r.pass(30 * time.Second)
	r.deliver()
	by := func() string {
		c := must[api.DescribeAlarmsOutput](r, "DescribeAlarms", &api.DescribeAlarmsInput{AlarmTypes: []string{"CompositeAlarm"}}).CompositeAlarms[0]
		if c.ActionsSuppressedBy == nil {
			return ""
		}
		return *c.ActionsSuppressedBy
	}
	set := func(name, state string) {
		must[api.SetAlarmStateOutput](r, "SetAlarmState", &api.SetAlarmStateInput{AlarmName: &name, StateValue: &state, StateReason: new("test")})
		r.pass(time.Second)
	}
	set("a", "ALARM")
	r.want("c", "ALARM")
	if by() != "WaitPeriod" || len(published(r.deliver())) != 0 {
		t.Fatalf("by %q", by())
	}
	r.pass(20 * time.Second)
	if m := published(r.deliver()); by() != "" || len(m) != 1 || m[0].New != "ALARM" {
		t.Fatalf("by %q, %v", by(), m)
	}
	r.pass(2*time.Minute + 5*time.Second) // a and c are OK again; the next evaluation is a minute off
	set("s", "ALARM")
	set("a", "ALARM")
	if by() != "Alarm" {
		t.Fatalf("by %q", by())
	}
	set("s", "OK")
	if by() != "ExtensionPeriod" || len(published(r.deliver())) != 0 {
		t.Fatalf("by %q", by())
	}
	r.want("c", "ALARM")
	r.pass(31 * time.Second)
	if m := published(r.deliver()); by() != "" || len(m) != 1 {
		t.Fatalf("by %q, %v", by(), m)
	}
}

// TestBand: what is far from what that hour was like breaches, and what is like it does not.
func TestBand(t *testing.T) {
	r := newReplica(t)
	start := r.time()
	for h := range 13 * 24 { // busy days, quiet nights
		at := start.Add(time.Duration(-h-1) * time.Hour)
		v := 100.0
		if at.Hour() < 8 {
			v = 10
		}
		r.putAt(at, "m", v, v+2, v-2)
	}
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", &api.PutMetricAlarmInput{
		AlarmName: new("a"), EvaluationPeriods: new(int64(1)), ThresholdMetricId: new("band"), ComparisonOperator: new("LessThanLowerOrGreaterThanUpperThreshold"),
		Metrics: []api.MetricDataQuery{
			{Id: new("m"), MetricStat: &api.MetricStat{Metric: &api.Metric{Namespace: new("N"), MetricName: new("m")}, Period: new(int64(60)), Stat: new("Average")}},
			{Id: new("band"), Expression: new("ANOMALY_DETECTION_BAND(m, 2)")},
		},
	})
	// Others have used up what alarms may train in this window.
	r.allowed = allowance{window: r.time().Unix() / trainWindow, used: map[string]int{}, served: map[string]bool{}}
	r.put("m", 100)
	r.turn()
	r.want("a", "INSUFFICIENT_DATA")
	if len(r.allowed.waiting) != 1 {
		t.Error("the alarm has not asked for its model")
	}
	r.put("m", 100)
	r.pass(time.Minute)
	r.want("a", "OK")
	r.put("m", 10) // as at night
	r.pass(time.Minute)
	r.want("a", "ALARM")
	items := must[api.DescribeAlarmsOutput](r, "DescribeAlarms", &api.DescribeAlarmsInput{AlarmNames: []string{"a"}}).MetricAlarms
	if !strings.HasPrefix(*items[0].StateReason, "Thresholds Crossed: 1 datapoint [10.0 (") || !strings.Contains(*items[0].StateReason, "was less than the lower thresholds [") {
		t.Error(*items[0].StateReason)
	}
}

// TestMeter: what services measure becomes metrics, and alarms watch them.
func TestMeter(t *testing.T) {
	r := newReplica(t)
	in := sum("a", "Errors", 0)
	in.Namespace, in.Dimensions = new("AWS/Lambda"), []api.Dimension{{Name: new("FunctionName"), Value: new("f")}}
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in)
	r.turn()
	r.want("a", "OK")
	for _, bad := range []service.Measurement{{Account: home, Region: "us-east-1", Namespace: "N", Name: "x", Value: math.NaN(), Time: r.time()}, {Namespace: strings.Repeat("n", 3000), Name: "x", Time: r.time()}, {Namespace: "N", Name: "x"}} {
		r.Meter.Measure(bad) // keeps nothing else from being stored
	}
	r.Meter.Measure(measurement("AWS/Lambda", "Errors", "FunctionName", "f", r.time()))
	r.turn()
	r.want("a", "ALARM")
}

// TestSound: dimensions of what services measure are as clients may put them. A metric filter takes them from log lines.
func TestSound(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, c := range []struct {
		name, value string
		times       int
		want        bool
	}{
		{"n", "v", 30, true}, {"n", "v", 31, false}, {strings.Repeat("n", 255), strings.Repeat("v", 1024), 1, true}, {strings.Repeat("n", 256), "v", 1, false},
		{"n", strings.Repeat("v", 1025), 1, false}, {"n", "a\nb", 1, false}, {"n", "", 1, false}, {"ü", "v", 1, false}, {":n", "v", 1, false},
	} {
		m := measurement("N", "m", c.name, c.value, now)
		m.Dimensions = slices.Repeat(m.Dimensions, c.times)
		if got := sound(&m, now); got != c.want {
			t.Errorf("%d of %.10q=%.10q: %t", c.times, c.name, c.value, got)
		}
	}
}

// TestRefused: alarms that could not work are refused with the reason.
func TestRefused(t *testing.T) {
	r := newReplica(t)
	change := func(fn func(*api.PutMetricAlarmInput)) *api.PutMetricAlarmInput {
		in := sum("a", "m", 1)
		fn(in)
		return in
	}
	for want, in := range map[string]*api.PutMetricAlarmInput{
		"across more than a day":                  change(func(in *api.PutMetricAlarmInput) { in.EvaluationPeriods = new(int64(1441)) }),
		"10, 20, 30 or a multiple of 60":          change(func(in *api.PutMetricAlarmInput) { in.Period = new(int64(61)) }),
		"less than or equal to EvaluationPeriods": change(func(in *api.PutMetricAlarmInput) { in.DatapointsToAlarm = new(int64(2)) }),
		"Exactly one of the parameters Statistic": change(func(in *api.PutMetricAlarmInput) { in.ExtendedStatistic = new("p9") }),
		"TreatMissingData parameter":              change(func(in *api.PutMetricAlarmInput) { in.TreatMissingData = new("forget") }),
		"no instances to act on":                  change(func(in *api.PutMetricAlarmInput) { in.AlarmActions = []string{"arn:aws:automate:us-east-1:ec2:reboot"} }),
		"with a severity from 1 to 4": change(func(in *api.PutMetricAlarmInput) {
			in.AlarmActions = []string{"arn:aws:ssm:us-east-1:111122223333:opsitem:5"}
		}),
		"no Auto Scaling": change(func(in *api.PutMetricAlarmInput) {
			in.OKActions = []string{"arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:x"}
		}),
		"Supported are SNS topics":        change(func(in *api.PutMetricAlarmInput) { in.OKActions = []string{"arn:aws:sqs:us-east-1:111122223333:q"} }),
		"Only us-east-1 is supported":     change(func(in *api.PutMetricAlarmInput) { in.OKActions = []string{"arn:aws:sns:eu-west-1:111122223333:q"} }),
		"An alarm has a Threshold":        change(func(in *api.PutMetricAlarmInput) { in.Threshold = nil }),
		"EvaluationCriteria is not built": change(func(in *api.PutMetricAlarmInput) { in.EvaluationCriteria = &api.EvaluationCriteria{} }),
	} {
		if _, err := call[api.PutMetricAlarmOutput](r, "PutMetricAlarm", in); err == nil || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// TestEvents: each change of state, and of a definition, is told to the default bus as CloudWatch tells it.
func TestEvents(t *testing.T) {
	r := newReplica(t)
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", sum("a", "m", 1))
	r.put("m", 2)
	var kinds []string
	for _, s := range r.deliver() {
		if s.operation == "events:PutEvents" {
			e := entryOf(s.in)
			kinds = append(kinds, e)
		}
	}
	slices.Sort(kinds)
	if got := strings.Join(kinds, ", "); got != "CloudWatch Alarm Configuration Change, CloudWatch Alarm State Change" {
		t.Error(got)
	}
}

// TestNames: an alarm may be called in any language, and its subject stays short and whole.
func TestNames(t *testing.T) {
	r := newReplica(t)
	name := strings.Repeat("Fehler größer ☂ ", 8)
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", sum(name, "m", 1))
	r.put("m", 2)
	r.want(name, "ALARM")
	for _, s := range r.deliver() {
		if in, ok := s.in.(*sns.PublishInput); ok && (len(*in.Subject) > 100 || !utf8.ValidString(*in.Subject) || !strings.Contains(*in.Subject, "\"Fehler größer ☂")) {
			t.Errorf("%q", *in.Subject)
		}
	}
	if _, err := call[api.PutMetricAlarmOutput](r, "PutMetricAlarm", sum("a\nb", "m", 1)); err == nil {
		t.Error("a name of two lines was taken")
	}
}

func FuzzBody(f *testing.F) {
	f.Add(`{"widgets":[{"type":"metric","x":1,"properties":{"metrics":[]}}]}`)
	f.Add(`{"widgets":[null,{"type":"text","properties":null}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		if faults := bodyFaults(body); len(faults) > maxFaults {
			t.Errorf("%d faults", len(faults))
		}
	})
}
