package cloudwatch

import (
	"fmt"
	"testing"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/store"
)

// states are those of all detectors, by metric, as they are listed.
func (r *replica) states() map[string]string {
	r.t.Helper()
	out := map[string]string{}
	for _, d := range must[api.DescribeAnomalyDetectorsOutput](r, "DescribeAnomalyDetectors", &api.DescribeAnomalyDetectorsInput{}).AnomalyDetectors {
		out[*d.MetricName] = *d.StateValue
	}
	return out
}

func (r *replica) train() {
	r.t.Helper()
	if err := r.trainDetectors(r.work()); err != nil {
		r.t.Fatal(err)
	}
}

// TestTraining: a detector is pending until the background job has trained it; to list detectors trains none.
func TestTraining(t *testing.T) {
	r := newReplica(t)
	for i := range 4 * 24 * 12 {
		r.putAt(r.time().Add(-time.Duration(i)*5*time.Minute), "much", 1)
		if i < 10 {
			r.putAt(r.time().Add(-time.Duration(i)*5*time.Minute), "little", 1)
		}
	}
	for _, name := range []string{"much", "little", "nothing"} {
		must[api.PutAnomalyDetectorOutput](r, "PutAnomalyDetector", &api.PutAnomalyDetectorInput{Namespace: new("N"), MetricName: &name, Stat: new("Sum")})
	}
	want := func(what string, states map[string]string) {
		t.Helper()
		if got := r.states(); fmt.Sprint(got) != fmt.Sprint(states) {
			t.Errorf("%s: %v", what, got)
		}
	}
	const pending = api.AnomalyDetectorStateValuePendingTraining
	want("before the training", map[string]string{"much": pending, "little": pending, "nothing": pending})
	r.train()
	trained := map[string]string{"much": api.AnomalyDetectorStateValueTrained, "little": api.AnomalyDetectorStateValueTrainedInsufficientData, "nothing": pending}
	want("after it", trained)
	must[api.PutAnomalyDetectorOutput](r, "PutAnomalyDetector", &api.PutAnomalyDetectorInput{Namespace: new("N"), MetricName: new("much"), Stat: new("Sum")})
	want("put anew", map[string]string{"much": pending, "little": trained["little"], "nothing": pending})
	r.train()
	want("trained again", trained)
}

// TestTrainingAgain: within the hour a detector is not trained again, and afterwards it is.
func TestTrainingAgain(t *testing.T) {
	r := newReplica(t)
	must[api.PutAnomalyDetectorOutput](r, "PutAnomalyDetector", &api.PutAnomalyDetectorInput{Namespace: new("N"), MetricName: new("m"), Stat: new("Sum")})
	start := r.time()
	for _, step := range []struct{ pass, trained time.Duration }{{0, 0}, {59 * time.Minute, 0}, {time.Minute, time.Hour}} {
		r.now = r.now.Add(step.pass)
		r.train()
		if at := r.detector("m").Trained.Sub(start); at != step.trained {
			t.Errorf("after %s it was trained %s from the start", r.now.Sub(start), at)
		}
	}
}

func (r *replica) detector(metric string) (found *Detector) {
	r.t.Helper()
	err := r.Store.Read(r.t.Context(), func(tx store.Tx) error {
		for d, err := range detectors.Each(tx, nil) {
			if err != nil {
				return err
			}
			if d.Metric.Name == metric {
				found = d
			}
		}
		return nil
	})
	if err != nil || found == nil {
		r.t.Fatalf("no detector of %s: %v", metric, err)
	}
	return found
}

// TestModelsOfAccounts: an account with very many models costs others none, and itself those that are too many.
func TestModelsOfAccounts(t *testing.T) {
	var b bands
	now := time.Unix(1_700_000_000, 0)
	key := func(i int) bandKey { return bandKey{stat: fmt.Sprint(i)} }
	b.put("quiet", key(0), &model{trained: now})
	const many = maxModels + 10
	for round := range 3 {
		trained := 0
		for i := range many {
			now = now.Add(time.Millisecond)
			if b.get("busy", key(i), now) == nil {
				b.put("busy", key(i), &model{trained: now})
				trained++
			}
		}
		if round > 0 && trained > 2*(many-maxModels) {
			t.Errorf("%d models are trained in round %d", trained, round)
		}
	}
	if b.get("quiet", key(0), now) == nil {
		t.Error("the model of a quiet account is gone")
	}
	if b.all != maxModels+1 || len(b.m["busy"]) != maxModels {
		t.Errorf("%d models are kept, %d of the busy account", b.all, len(b.m["busy"]))
	}
}

// TestModelsOfAll: when there are too many models in all, the account with most loses one, and first what is to be trained again.
func TestModelsOfAll(t *testing.T) {
	var b bands
	now := time.Unix(1_700_000_000, 0)
	for i := range maxBanded {
		account, trained := fmt.Sprint(i%11), now
		if i == 0 {
			trained = now.Add(-trainAgain)
		}
		b.put(account, bandKey{stat: fmt.Sprint(i)}, &model{trained: trained})
	}
	b.put("another", bandKey{}, &model{trained: now})
	if b.all != maxBanded || b.get("another", bandKey{}, now) == nil || b.m["0"][bandKey{stat: "0"}] != nil {
		t.Errorf("%d models are kept", b.all)
	}
}

// TestUntrainedAlarms: an alarm that waits for its model stays as it is, and the log counts it once.
func TestUntrainedAlarms(t *testing.T) {
	r := newReplica(t)
	for i := range 10 {
		r.putAt(r.time().Add(-time.Duration(i+10)*time.Minute), "m", 1)
	}
	must[api.PutMetricAlarmOutput](r, "PutMetricAlarm", &api.PutMetricAlarmInput{
		AlarmName: new("a"), ComparisonOperator: new("GreaterThanUpperThreshold"), EvaluationPeriods: new(int64(1)), ThresholdMetricId: new("band"),
		Metrics: []api.MetricDataQuery{
			{Id: new("m"), MetricStat: &api.MetricStat{Metric: &api.Metric{Namespace: new("N"), MetricName: new("m")}, Period: new(int64(60)), Stat: new("Sum")}},
			{Id: new("band"), Expression: new("ANOMALY_DETECTION_BAND(m, 2)")},
		},
	})
	spend := func() {
		r.allowed.of(home, r.time(), trainRead, trainAccount)
		r.allowed.note(home, trainAccount, trainAccount, trainAccount, false)
	}
	spend()
	r.turn()
	r.now = r.now.Add(time.Minute)
	spend()
	r.turn()
	r.want("a", "INSUFFICIENT_DATA")
	if err := r.tellUntrained(r.work()); err == nil || err.Error() != "1 alarms of "+home+" stay as they are, for their models wait to be trained" {
		t.Errorf("the log is told %v", err)
	}
	r.now = r.now.Add(time.Minute)
	r.turn()
	if err := r.tellUntrained(r.work()); err != nil {
		t.Errorf("after the training the log is told %v", err)
	}
}

// TestTrainingBudget: an account with much to train on leaves the turn to others, and its own next detectors come with the next turn.
func TestTrainingBudget(t *testing.T) {
	r := newReplica(t)
	for i := range 30 {
		r.putAt(r.time().Add(-time.Duration(i)*time.Minute), "m", 1)
	}
	for _, stat := range []string{"Sum", "Average", "Maximum"} {
		must[api.PutAnomalyDetectorOutput](r, "PutAnomalyDetector", &api.PutAnomalyDetectorInput{Namespace: new("N"), MetricName: new("m"), Stat: &stat})
	}
	quiet := *r.detector("m")
	quiet.Metric.Account = "444455556666"
	if err := r.Store.Write(t.Context(), func(tx store.Tx) error { return detectors.Put(tx, &quiet) }); err != nil {
		t.Fatal(err)
	}
	trained := func() (own, quiet int) {
		err := r.Store.Read(t.Context(), func(tx store.Tx) error {
			for d, err := range detectors.Each(tx, nil) {
				switch {
				case err != nil:
					return err
				case d.Trained.IsZero():
				case d.Metric.Account == home:
					own++
				default:
					quiet++
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return own, quiet
	}
	for turn := 1; turn <= 3; turn++ {
		if err := r.trainWithin(r.work(), 1000, 50); err != nil { // 30 minutes and some longer spans are read for each
			t.Fatal(err)
		}
		if own, quiet := trained(); own != turn || quiet != 1 {
			t.Errorf("after turn %d %d are trained, and %d of the other account", turn, own, quiet)
		}
	}
}
