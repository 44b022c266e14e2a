package cloudtrail

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// calls has so many calls counted, in the present minute.
func (st *stage) calls(n int, e eventlog.Entry, code string) {
	st.t.Helper()
	batch := make([]*eventlog.Entry, n)
	for i := range batch {
		x := st.entry(e)
		x.Record = fmt.Appendf(nil, `{"errorCode":%q,"userAgent":"aws-cli","userIdentity":{"arn":"arn:aws:iam::%s:user/eve"}}`, code, home)
		batch[i] = &x
	}
	if err := st.s.Store.Write(st.t.Context(), func(tx store.Tx) error { return st.s.countCalls(tx, batch) }); err != nil {
		st.t.Fatal(err)
	}
}

// minute lets time pass, minute by minute, with a turn of the job in each.
func (st *stage) minutes(n int) error {
	var err error
	for range n {
		st.now = st.now.Add(time.Minute)
		err = st.s.detectInsights(st.work(st.t.Context()))
	}
	return err
}

func (st *stage) insights() []api.Event {
	st.t.Helper()
	c := &service.Call{Context: st.t.Context(), Account: home, Region: "us-east-1", Partition: "aws", Time: st.now}
	out, err := st.s.lookupEvents(c, &api.LookupEventsInput{EventCategory: new("insight")})
	if err != nil {
		st.t.Fatal(err)
	}
	return out.Events
}

// TestInsightsOfATrail: what begins and ends is found once each and delivered into the bucket of the trail, also when the bucket refused at first.
func TestInsightsOfATrail(t *testing.T) {
	st := newStage(t)
	st.trail(&api.CreateTrailInput{})
	st.start()
	call(st, "PutInsightSelectors", st.s.putInsightSelectors, &api.PutInsightSelectorsInput{TrailName: new("audit"), InsightSelectors: []api.InsightSelector{{InsightType: new(api.InsightTypeApiErrorRateInsight)}}})
	usual := eventlog.Entry{Name: "GetObject", Source: "s3.amazonaws.com", ReadOnly: true}
	for range 30 { // hours with two failures each
		st.now = st.now.Add(time.Hour)
		st.calls(2, usual, "AccessDenied")
	}
	st.now = st.now.Truncate(time.Minute).Add(time.Minute)
	st.calls(7, usual, "AccessDenied") // nine within five minutes: few are never unusual
	if err := st.minutes(6); err != nil || len(st.insights()) != 0 {
		t.Fatalf("%v, %d events after few failures", err, len(st.insights()))
	}
	st.calls(60, usual, "")                                                          // calls that succeed are no errors
	st.calls(60, eventlog.Entry{Name: "DeleteUser", Data: true}, "AccessDenied")     // and data events are not counted
	st.calls(60, eventlog.Entry{Name: "DeleteUser", Region: "eu-west-1"}, "Refused") // the trail covers one region
	st.refuse = "AccessDenied"
	st.calls(40, usual, "AccessDenied")
	if err := st.minutes(3); err == nil || len(st.insights()) != 1 || len(st.files("CloudTrail-Insight")) != 0 {
		t.Fatalf("%v, %d events and files %v while the bucket refuses", err, len(st.insights()), st.files("CloudTrail-Insight"))
	}
	st.refuse = ""
	if err := st.minutes(10); err != nil {
		t.Fatal(err)
	}
	events, files := st.insights(), st.files("CloudTrail-Insight")
	if len(events) != 2 || len(files) != 2 {
		t.Fatalf("%d events, files %v", len(events), files)
	}
	if !strings.HasPrefix(files[0], "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/01/03/111122223333_CloudTrail-Insight_us-east-1_20260103T") {
		t.Errorf("file %s", files[0])
	}
	slices.Reverse(events) // oldest first
	for i, state := range []string{"Start", "End"} {
		var r insightRecord
		if err := json.Unmarshal([]byte(*events[i].CloudTrailEvent), &r); err != nil {
			t.Fatal(err)
		}
		d, s := r.Details, r.Details.Context.Statistics
		if d.State != state || d.Name != "GetObject" || d.Code != "AccessDenied" || d.Type != api.InsightTypeApiErrorRateInsight || s.Baseline.Average > 0.05 || s.Insight.Average < 2 {
			t.Errorf("%s: %s", state, *events[i].CloudTrailEvent)
		}
		if a := d.Context.Attributions[0]; a.Attribute != "userIdentityArn" || len(a.Insight) != 1 || a.Insight[0].Value != "arn:aws:iam::111122223333:user/eve" {
			t.Errorf("%s is attributed to %+v", state, a)
		}
		if !slices.ContainsFunc(files, func(f string) bool {
			return string(unzip(t, st.bodies[f])) == `{"Records":[`+*events[i].CloudTrailEvent+`]}`
		}) {
			t.Errorf("the %s is in no file", state)
		}
	}
	call(st, "PutInsightSelectors", st.s.putInsightSelectors, &api.PutInsightSelectorsInput{TrailName: new("audit"), InsightSelectors: []api.InsightSelector{}})
	st.calls(1000, usual, "AccessDenied")
	if err := st.minutes(3); err != nil || len(st.insights()) != 2 {
		t.Errorf("%v, %d events after Insights were turned off", err, len(st.insights()))
	}
	if err := st.s.Store.Read(t.Context(), func(tx store.Tx) error { _, err := watches.Get(tx, store.K(home)); return err }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("calls are still counted: %v", err)
	}
}

// TestNoInsightWithoutHistory: a burst in the first day is nothing to compare with.
func TestNoInsightWithoutHistory(t *testing.T) {
	st := newStage(t)
	st.trail(&api.CreateTrailInput{})
	st.start()
	call(st, "PutInsightSelectors", st.s.putInsightSelectors, &api.PutInsightSelectorsInput{TrailName: new("audit"), InsightSelectors: []api.InsightSelector{{InsightType: new(api.InsightTypeApiCallRateInsight)}}})
	st.now = st.now.Add(20 * time.Hour)
	st.calls(500, eventlog.Entry{Name: "DeleteUser"}, "")
	if err := st.minutes(10); err != nil || len(st.insights()) != 0 {
		t.Errorf("%v, %d events", err, len(st.insights()))
	}
}
