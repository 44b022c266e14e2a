package logs

import (
	"fmt"
	"strings"
	"testing"

	api "vauban/api/logs"
	"vauban/store"
)

// watched counts in the groups whose names begin with "w", as CloudWatch would: it notes what it sees and when it is kept.
type watched struct {
	asked  int
	seen   []string
	kept   int
	closed bool
}

func (w *watched) Counting(_ store.Tx, account, region, group string) (Count, error) {
	w.asked++
	if account != home || region != "us-east-1" || !strings.HasPrefix(group, "w") {
		return nil, nil
	}
	return w, nil
}

func (w *watched) Event(at int64, message, made string) {
	w.seen = append(w.seen, fmt.Sprint(at, " ", message, " ", made))
}
func (w *watched) Prepare() error      { w.closed = true; return nil }
func (w *watched) Keep(store.Tx) error { w.kept++; return nil }

// TestCounting: what counts in a group sees its events once, without what is sensitive, and keeps what it found in the commit; others see none.
func TestCounting(t *testing.T) {
	w := &watched{}
	r := newReplica(t)
	r.counting = w
	r.group(t, "w", "s")
	r.group(t, "other", "s")
	policy := policyTo("")
	call[api.PutDataProtectionPolicyOutput](t, r, "PutDataProtectionPolicy", &api.PutDataProtectionPolicyInput{LogGroupIdentifier: new("w"), PolicyDocument: &policy})
	call[api.PutTransformerOutput](t, r, "PutTransformer", &api.PutTransformerInput{LogGroupIdentifier: new("w"), TransformerConfig: []api.Processor{
		{ParseJSON: &api.ParseJSON{}}, {DeleteKeys: &api.DeleteKeys{WithKeys: []string{"b"}}}}})
	at := r.clock.Now().UnixMilli()
	r.put(t, "w", "s", []api.InputLogEvent{event(at, `{"a":"jane@example.com","b":1}`), event(at+5, "plain")})
	r.put(t, "other", "s", []api.InputLogEvent{event(at, "x")})
	want := []string{fmt.Sprint(at, ` {"a":"****************","b":1} {"a":"****************"}`), fmt.Sprint(at+5, " plain ")}
	if strings.Join(w.seen, "\n") != strings.Join(want, "\n") {
		t.Errorf("seen: %q, want %q", w.seen, want)
	}
	if w.kept != 1 || !w.closed || w.asked != 2 {
		t.Errorf("kept %d times, prepared %t, asked %d times for two calls", w.kept, w.closed, w.asked)
	}
}

// TestInfrequentAccessIsNotCounted: groups of that class have no Contributor Insights. User Guide: "Log classes".
func TestInfrequentAccessIsNotCounted(t *testing.T) {
	w := &watched{}
	r := newReplica(t)
	r.counting = w
	call[api.CreateLogGroupOutput](t, r, "CreateLogGroup", &api.CreateLogGroupInput{LogGroupName: new("w"), LogGroupClass: new(api.LogGroupClassInfrequentAccess)})
	call[api.CreateLogStreamOutput](t, r, "CreateLogStream", &api.CreateLogStreamInput{LogGroupName: new("w"), LogStreamName: new("s")})
	r.put(t, "w", "s", []api.InputLogEvent{event(r.clock.Now().UnixMilli(), "x")})
	if len(w.seen) > 0 || w.kept > 0 {
		t.Errorf("seen: %q", w.seen)
	}
}
