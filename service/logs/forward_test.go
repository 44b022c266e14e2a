package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vauban/api/lambda"
	api "vauban/api/logs"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// function takes invocations in Lambda's place.
type function struct {
	who   []string
	kinds []string
	got   []message
	fails int // invocations that are still to fail
}

func (f *function) Call(c *service.Call, as service.Identity, svc, operation string, in any) (any, error) {
	invoke, ok := in.(*lambda.InvokeInput)
	if svc != "lambda" || operation != "Invoke" || !ok {
		return nil, fmt.Errorf("%s:%s", svc, operation)
	}
	who := as.Caller(c.Caller)
	f.who = append(f.who, who.ServiceName+" "+who.SourceARN+" "+who.SourceAccount)
	f.kinds = append(f.kinds, *invoke.InvocationType)
	if *invoke.InvocationType == "DryRun" {
		return &lambda.InvokeOutput{}, nil
	}
	if f.fails > 0 {
		f.fails--
		return nil, errors.New("not now")
	}
	var body struct {
		AWSLogs struct{ Data string } `json:"awslogs"`
	}
	if err := json.Unmarshal(invoke.Payload, &body); err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(body.AWSLogs.Data)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	var m message
	f.got = append(f.got, m)
	return &lambda.InvokeOutput{}, json.Unmarshal(text, &f.got[len(f.got)-1])
}

// TestSubscription: a function gets what matches, as the service on behalf of the group; what could not be delivered comes again, also when chunks have been joined
// meanwhile.
func TestSubscription(t *testing.T) {
	r := newReplica(t)
	f := &function{fails: 1}
	r.Outbound = delivery.New(r.Store, delivery.Options{Backoff: time.Millisecond})
	r.group(t, "g", "s")
	r.door = f
	call[api.PutSubscriptionFilterOutput](t, r, "PutSubscriptionFilter", &api.PutSubscriptionFilterInput{
		LogGroupName: new("g"), FilterName: new("f"), FilterPattern: new("[level=ERROR, code]"), DestinationArn: new("arn:aws:lambda:us-east-1:" + home + ":function:f"),
	})
	at := r.clock.Now().UnixMilli()
	r.put(t, "g", "s", []api.InputLogEvent{event(at, "INFO 1"), event(at+1, "ERROR 2"), event(at+2, "ERROR 3")})
	for i := range 2 * joinAt {
		r.put(t, "g", "s", []api.InputLogEvent{event(at+1, fmt.Sprint("INFO ", i))})
	}
	r.clock.pass(2 * joinAfter)
	r.turn(t, "logs.join")

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_ = r.Outbound.Deliver(ctx, kindSubscription, func(ctx context.Context, d *delivery.Delivery) error {
		err := r.forwardParcel(&service.Work{Context: ctx, Time: r.clock.Now(), Partition: "aws", Door: f, Check: func(store.Tx) error { return nil }}, d)
		if err == nil {
			cancel()
		}
		return err
	})
	if len(f.got) != 1 {
		t.Fatalf("%d messages came: %v", len(f.got), f.kinds)
	}
	m := f.got[0]
	for i := range m.LogEvents {
		if p, ok := parsePlace(m.LogEvents[i].ID); !ok || p.Time != m.LogEvents[i].Timestamp {
			t.Errorf("the event's ID is %s", m.LogEvents[i].ID)
		}
		m.LogEvents[i].ID = ""
	}
	want := message{
		MessageType: "DATA_MESSAGE", Owner: home, LogGroup: "g", LogStream: "s", SubscriptionFilters: []string{"f"}, LogEvents: []messageEvent{
			{Timestamp: at + 1, Message: "ERROR 2", Extracted: map[string]string{"level": "ERROR", "code": "2"}},
			{Timestamp: at + 2, Message: "ERROR 3", Extracted: map[string]string{"level": "ERROR", "code": "3"}},
		},
	}
	if d := cmp.Diff(want, m); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, who := range f.who {
		if who != "logs.amazonaws.com arn:aws:logs:us-east-1:"+home+":log-group:g:* "+home {
			t.Errorf("invoked as %s", who)
		}
	}
}
