package logs

import (
	"fmt"
	"testing"
	"time"

	api "vauban/api/logs"
)

// TestDetector: a detector learns from what there is, and finds what is new, once; what is suppressed is not counted.
func TestDetector(t *testing.T) {
	r := newReplica(t)
	r.group(t, "g", "s")
	quiet := func() (list []api.InputLogEvent) {
		for i := range 30 {
			list = append(list, event(r.clock.Now().UnixMilli()+int64(i), fmt.Sprintf("[INFO] request %d done", i)))
		}
		return list
	}
	for range 4 {
		r.put(t, "g", "s", quiet())
		r.clock.pass(5 * time.Minute)
	}
	arn := *call[api.CreateLogAnomalyDetectorOutput](t, r, "CreateLogAnomalyDetector", &api.CreateLogAnomalyDetectorInput{DetectorName: new("d"), LogGroupArnList: []string{groupARN(home, "us-east-1", "g")}}).AnomalyDetectorArn
	status := func(want string) {
		t.Helper()
		if got := *call[api.GetLogAnomalyDetectorOutput](t, r, "GetLogAnomalyDetector", &api.GetLogAnomalyDetectorInput{AnomalyDetectorArn: &arn}).AnomalyDetectorStatus; got != want {
			t.Errorf("the detector is %s, not %s", got, want)
		}
	}
	list := func() []api.Anomaly {
		t.Helper()
		return call[api.ListAnomaliesOutput](t, r, "ListAnomalies", &api.ListAnomaliesInput{AnomalyDetectorArn: &arn}).Anomalies
	}
	status(api.AnomalyDetectorStatusInitializing)
	r.clock.pass(time.Minute)
	r.turn(t, "logs.anomalies")
	status(api.AnomalyDetectorStatusAnalyzing)
	if got := list(); len(got) != 0 {
		t.Fatalf("training finds %v", *got[0].Description)
	}
	bad := func() {
		r.put(t, "g", "s", append(quiet(), event(r.clock.Now().UnixMilli()+100, "[ERROR] disk sda is full")))
		r.clock.pass(10 * time.Minute)
		r.turn(t, "logs.anomalies")
	}
	bad()
	got := list()
	if len(got) != 1 || *got[0].PatternString != "[ERROR] disk sda is full" || *got[0].Priority != "HIGH" || *got[0].State != api.StateActive || !*got[0].Active || *got[0].LogSamples[0].Message != "[ERROR] disk sda is full" {
		t.Fatalf("%+v", got)
	}
	counted := func() (n float64) {
		taken, _ := r.Meter.Take()
		for _, m := range taken {
			if m.Name == "AnomalyCount" {
				n += m.Value
			}
		}
		return n
	}
	if n := counted(); n != 1 {
		t.Errorf("%v anomalies are counted", n)
	}
	bad() // known now
	if got := list(); len(got) != 1 || counted() != 0 {
		t.Errorf("%d anomalies", len(got))
	}
	call[api.UpdateAnomalyOutput](t, r, "UpdateAnomaly", &api.UpdateAnomalyInput{
		AnomalyDetectorArn: &arn, AnomalyId: got[0].AnomalyId, SuppressionType: new(api.SuppressionTypeLimited), SuppressionPeriod: &api.SuppressionPeriod{Value: new(int64(2)), SuppressionUnit: new(api.SuppressionUnitHours)},
	})
	if got := list(); *got[0].State != api.StateSuppressed || !*got[0].Suppressed || got[0].SuppressedUntil == nil {
		t.Errorf("%+v", got[0])
	}
	r.clock.pass(3 * time.Hour)
	if got := list(); *got[0].State != api.StateActive || *got[0].Active {
		t.Errorf("%+v", got[0])
	}
	r.clock.pass(30 * day)
	r.put(t, "g", "s", quiet())
	r.clock.pass(10 * time.Minute)
	r.turn(t, "logs.anomalies")
	for _, a := range list() {
		if *a.AnomalyId == *got[0].AnomalyId {
			t.Error("an anomaly is seen after its time")
		}
	}
	call[api.DeleteLogGroupOutput](t, r, "DeleteLogGroup", &api.DeleteLogGroupInput{LogGroupName: new("g")})
	r.clock.pass(10 * time.Minute)
	r.turn(t, "logs.anomalies")
	status(api.AnomalyDetectorStatusFailed)
	call[api.DeleteLogAnomalyDetectorOutput](t, r, "DeleteLogAnomalyDetector", &api.DeleteLogAnomalyDetectorInput{AnomalyDetectorArn: &arn})
}
