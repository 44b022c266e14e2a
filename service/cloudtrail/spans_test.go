package cloudtrail

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
	"vauban/store"
)

func (st *stage) selectors(write string) {
	st.t.Helper()
	call(st, "PutEventSelectors", st.s.putEventSelectors, &api.PutEventSelectorsInput{
		TrailName: new("audit"), EventSelectors: []api.EventSelector{{ReadWriteType: &write}},
	})
}

// TestChangesHideNothing: who narrows a trail hides neither what came before nor the narrowing, also when all of it is delivered later.
func TestChangesHideNothing(t *testing.T) {
	st := newStage(t)
	st.trail(&api.CreateTrailInput{})
	st.start()
	st.event(eventlog.Entry{Name: "Crime"})
	st.selectors("ReadOnly")
	st.event(eventlog.Entry{Name: "Unseen"})
	st.event(eventlog.Entry{Name: "Seen", ReadOnly: true})
	st.selectors("All")
	call(st, "UpdateTrail", st.s.updateTrail, &api.UpdateTrailInput{Name: new("audit"), S3KeyPrefix: new("moved")})
	st.event(eventlog.Entry{Name: "Late"})
	if err := st.deliver(); err != nil {
		t.Fatal(err)
	}
	want := []string{"StartLogging", "Crime", "PutEventSelectors", "Seen", "UpdateTrail", "Late"} // the widening is a write, under "ReadOnly"
	if d := cmp.Diff(want, sortedAs(st.names(), want)); d != "" {
		t.Errorf("delivered (-want +got):\n%s", d)
	}
	for _, key := range st.files("CloudTrail") {
		if key[:6] != "moved/" {
			t.Errorf("%s is not where the trail points", key)
		}
	}
}

// TestDeleted: the record of the deletion is delivered too; then nothing of the trail is left, and nothing holds the log.
func TestDeleted(t *testing.T) {
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprintf("bucket gone=%t", gone), func(t *testing.T) {
			st := newStage(t)
			st.trail(&api.CreateTrailInput{EnableLogFileValidation: new(true)})
			st.start()
			st.event(eventlog.Entry{Name: "One"})
			call(st, "DeleteTrail", st.s.deleteTrail, &api.DeleteTrailInput{Name: new("audit")})
			st.event(eventlog.Entry{Name: "After"})
			if gone {
				st.refuse = "NoSuchBucket"
			}
			st.now = st.now.Add(time.Minute)
			_ = st.deliver() // refused, in one of the cases
			st.now = st.now.Add(time.Minute)
			if err := st.deliver(); err != nil {
				t.Error(err)
			}
			want := []string{"StartLogging", "One", "DeleteTrail"}
			if gone {
				want = []string{}
			}
			if d := cmp.Diff(want, st.names()); d != "" {
				t.Errorf("delivered (-want +got):\n%s", d)
			}
			if !gone && len(st.files("CloudTrail-Digest")) != 1 {
				t.Errorf("digests %q", st.files("CloudTrail-Digest"))
			}
			st.nothingLeft()
		})
	}
}

func (st *stage) nothingLeft() {
	st.t.Helper()
	err := st.s.Store.Read(st.t.Context(), func(tx store.Tx) error {
		for table, count := range map[string]func(store.Tx, store.Key, int) (int, error){
			deliveries.Name: deliveries.Count, chains.Name: chains.Count, logFiles.Name: logFiles.Count, trails.Name: trails.Count,
		} {
			if n, err := count(tx, nil, 10); err != nil || n > 0 {
				st.t.Errorf("%d left in %s, %v", n, table, err)
			}
		}
		return nil
	})
	if err != nil {
		st.t.Fatal(err)
	}
	if r := st.s.Log.Status().Readers; len(r) > 0 {
		st.t.Errorf("the log is held by %+v", r)
	}
}

// TestLawOfDelivery: however calls, turns, refusals, crashes and jumps of the clock follow each other, what was recorded while the trail logged is delivered, each
// record once, in files that never change, and nothing else is.
func TestLawOfDelivery(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		st := newStage(t)
		st.trail(&api.CreateTrailInput{IsMultiRegionTrail: new(true)})
		want := map[string]int{}
		logging, n := false, 0
		note := func(name string, logged bool) {
			if logged {
				want[name]++
			}
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"event", "event", "event", "start", "stop", "change", "deliver", "refuse", "crash", "jump"}).Draw(rt, "step") {
			case "event":
				n++
				name := fmt.Sprintf("E%d", n)
				st.event(eventlog.Entry{Name: name, Region: rapid.SampledFrom([]string{"us-east-1", "eu-west-1"}).Draw(rt, "region")})
				note(name, logging)
			case "start":
				st.start()
				logging = true
				note("StartLogging", true)
			case "stop":
				st.stop()
				note("StopLogging", logging)
				logging = false
			case "change":
				st.selectors("All")
				note("PutEventSelectors", logging)
			case "deliver":
				if err := st.deliver(); err != nil {
					rt.Fatal(err)
				}
			case "refuse":
				st.refuse = "AccessDenied"
				_ = st.deliver() // what it answers is another test's
				st.refuse = ""
			case "crash":
				st.crash = st.puts + 1
				_ = st.deliver() // likewise
				st.crash = 0
			case "jump":
				st.now = st.now.Add(time.Duration(rapid.IntRange(-9000, 9000).Draw(rt, "hours")) * time.Hour)
			}
			st.now = st.now.Add(time.Second)
		}
		if err := st.deliver(); err != nil {
			rt.Fatal(err)
		}
		got := map[string]int{}
		for _, name := range st.names() {
			got[name]++
		}
		if d := cmp.Diff(want, got); d != "" {
			rt.Errorf("delivered (-want +got):\n%s", d)
		}
	})
}
