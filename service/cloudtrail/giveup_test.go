package cloudtrail

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/eventlog"
)

// settle waits until all events are in the archive.
func (st *stage) settle() {
	st.t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-look.C {
		if s := st.s.Log.Status(); s.Last > 0 && s.Last == s.Relayed && s.Last >= st.head() {
			return
		}
	}
	st.t.Fatalf("the log does not settle: %+v", st.s.Log.Status())
}

// head is the number of the newest event.
func (st *stage) head() int64 {
	st.t.Helper()
	_, head, err := st.s.Log.Span(st.t.Context(), st.now.Add(time.Hour))
	if err != nil {
		st.t.Fatal(err)
	}
	return head
}

// TestGiveUp: a bucket that refuses for ever holds no event for longer than the log keeps any. The status says what was lost, and when the bucket takes files
// again, all that the log still keeps is delivered.
func TestGiveUp(t *testing.T) {
	st := newStageWith(t, eventlog.Options{ManagementDays: 3, DataDays: 1, FlushEvents: 1, FlushAfter: time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	st.trail(&api.CreateTrailInput{EnableLogFileValidation: new(true)})
	st.start()
	go func() { ended <- st.s.Log.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	st.refuse = "AccessDenied"
	day := func(name string) {
		t.Helper()
		st.event(eventlog.Entry{Name: name})
		st.settle()
		if err := st.deliver(); err == nil {
			t.Error("a bucket that refuses: no error")
		}
		st.now = st.now.Add(24 * time.Hour)
	}
	for _, name := range []string{"One", "Two", "Three"} {
		day(name)
	}
	if s := st.status(); wire.Text(s.LatestDeliveryError) != "AccessDenied" {
		t.Errorf("within the retention: %s", wire.Text(s.LatestDeliveryError))
	}
	for _, name := range []string{"Four", "Five"} {
		day(name)
	}
	if s := wire.Text(st.status().LatestDeliveryError); !strings.HasPrefix(s, "AccessDenied 2 events up to 2026-01-02T03:04:05Z have reached the end") {
		t.Errorf("the status says %q", s)
	}
	st.refuse = ""
	st.settle()
	if err := st.deliver(); err != nil {
		t.Fatal(err)
	}
	want := []string{"Two", "Three", "GetTrailStatus", "Four", "Five", "GetTrailStatus"}
	if d := cmp.Diff(want, sortedAs(st.names(), want)); d != "" {
		t.Errorf("delivered (-want +got):\n%s", d)
	}
	if s := wire.Text(st.status().LatestDeliveryError); !strings.HasPrefix(s, "2 events up to") {
		t.Errorf("once it delivers again the status says %q", s)
	}
	st.stop()
	st.start()
	if s := st.status(); s.LatestDeliveryError != nil {
		t.Errorf("after a change of the trail the status says %q", *s.LatestDeliveryError)
	}
}
