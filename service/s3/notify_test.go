package s3

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"vauban/api/events"
	"vauban/api/lambda"
	"vauban/api/sns"
	"vauban/api/sqs"
	"vauban/service"
)

// askedDoor is a door that notes who was asked what.
type askedDoor struct {
	what   string
	caller *service.Caller
	in     any
}

func (a *askedDoor) Call(c *service.Call, as service.Identity, svc, operation string, in any) (any, error) {
	a.what, a.caller, a.in = svc+" "+operation+" in "+c.Region+" of "+c.Account, as.Caller(nil), in
	switch svc {
	case "events":
		return &events.PutEventsOutput{Entries: []events.PutEventsResultEntry{{EventId: new("id")}}}, nil
	case "sns":
		return &sns.PublishOutput{}, nil
	case "lambda":
		return &lambda.InvokeOutput{}, nil
	}
	return &sqs.SendMessageOutput{}, nil
}

// TestLetters: each kind of receiver is told by its own operation, in the name of the bucket.
func TestLetters(t *testing.T) {
	s := &Service{Deps: service.Deps{Partition: "aws"}}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for to, want := range map[string]string{
		"arn:aws:sqs:us-east-1:111122223333:q":                    "sqs SendMessage in us-east-1 of 444455556666",
		"arn:aws:sns:us-east-1:111122223333:t":                    "sns Publish in us-east-1 of 444455556666",
		"arn:aws:lambda:us-east-1:111122223333:function:f:live":   "lambda Invoke in us-east-1 of 444455556666",
		"arn:aws:events:eu-west-1:444455556666:event-bus/default": "events PutEvents in eu-west-1 of 444455556666",
	} {
		door := &askedDoor{}
		l := &letter{Account: "444455556666", Bucket: "arn:aws:s3:::b", To: to, Body: json.RawMessage(`{"a":1}`), Time: at}
		if want[:6] == "events" {
			l.Type = "Object Created"
		}
		if err := s.sendLetter(door, &service.Call{Context: t.Context(), Account: "444455556666"}, l); err != nil {
			t.Errorf("%s: %v", to, err)
		}
		if door.what != want || door.caller.ServiceName != "s3.amazonaws.com" || door.caller.SourceARN != "arn:aws:s3:::b" || door.caller.SourceAccount != "444455556666" {
			t.Errorf("%s: %s as %+v, want %s", to, door.what, door.caller, want)
		}
		switch in := door.in.(type) {
		case *events.PutEventsInput:
			e := in.Entries[0]
			if *e.Source != "aws.s3" || *e.DetailType != "Object Created" || *e.Detail != `{"a":1}` || e.Resources[0] != "arn:aws:s3:::b" || !e.Time.Equal(at) {
				t.Errorf("the bus got %+v", e)
			}
		case *sns.PublishInput:
			if *in.Subject != "Amazon S3 Notification" || *in.Message != `{"a":1}` {
				t.Errorf("the topic got %+v", in)
			}
		case *lambda.InvokeInput:
			if *in.FunctionName != to || string(in.Payload) != `{"a":1}` || *in.InvocationType != "Event" {
				t.Errorf("the function got %+v", in)
			}
		}
	}
	// A function is asked whether it would be invoked, and is not.
	door := &askedDoor{}
	if err := s.probe(&service.Call{Context: t.Context(), Door: door}, &Bucket{Name: "b", Account: "444455556666", Region: "us-east-1"}, "arn:aws:lambda:us-east-1:111122223333:function:f"); err != nil {
		t.Fatal(err)
	}
	if in, ok := door.in.(*lambda.InvokeInput); !ok || *in.InvocationType != "DryRun" {
		t.Errorf("the probe was %+v", door.in)
	}
}

func TestBusEvents(t *testing.T) {
	call := &service.Call{Caller: &service.Caller{Account: "111122223333"}, RequestID: "R", SourceIP: netip.MustParseAddr("192.0.2.1")}
	v := &Version{Key: "a b", ID: "v1", Seq: 255}
	v.Size, v.ETag = 5, "tag"
	const who = `"request-id":"R","requester":"111122223333","source-ip-address":"192.0.2.1"`
	const end = `"version":"0"`
	for _, c := range []struct {
		call       *service.Call
		versioning string
		event      string
		want       string
	}{
		{call, "", eventPut, `Object Created {"bucket":{"name":"b"},"event-version":"1.0","object":{"etag":"tag","key":"a b","sequencer":"0000000000000000FF","size":5},"reason":"PutObject",` + who + `,` + end + `}`},
		{call, "Enabled", eventCompleted, `Object Created {"bucket":{"name":"b"},"event-version":"1.0","object":{"etag":"tag","key":"a b","sequencer":"0000000000000000FF","size":5,"version-id":"v1"},"reason":"CompleteMultipartUpload",` + who + `,` + end + `}`},
		{call, "", eventDelete, `Object Deleted {"bucket":{"name":"b"},"deletion-type":"Permanently Deleted","event-version":"1.0","object":{"key":"a b","sequencer":"0000000000000000FF"},"reason":"DeleteObject",` + who + `,` + end + `}`},
		{call, "Enabled", eventMarker, `Object Deleted {"bucket":{"name":"b"},"deletion-type":"Delete Marker Created","event-version":"1.0","object":{"key":"a b","sequencer":"0000000000000000FF","version-id":"v1"},"reason":"DeleteObject",` + who + `,` + end + `}`},
		{&service.Call{RequestID: "R"}, "Enabled", eventExpiredMarker, `Object Deleted {"bucket":{"name":"b"},"deletion-type":"Delete Marker Created","event-version":"1.0","object":{"key":"a b","sequencer":"0000000000000000FF","version-id":"v1"},"reason":"Lifecycle Expiration","request-id":"R","requester":"s3.amazonaws.com",` + end + `}`},
		{call, "", eventTagged, `Object Tags Added {"bucket":{"name":"b"},"event-version":"1.0","object":{"etag":"tag","key":"a b"},` + who + `,` + end + `}`},
		{call, "", eventUntagged, `Object Tags Deleted {"bucket":{"name":"b"},"event-version":"1.0","object":{"etag":"tag","key":"a b"},` + who + `,` + end + `}`},
	} {
		kind, detail := busEvent(c.call, &Bucket{Name: "b", Versioning: c.versioning}, c.event, v)
		text, err := json.Marshal(detail)
		if got := fmt.Sprintf("%s %s", kind, text); err != nil || got != c.want {
			t.Errorf("%s (%v)\n got %s\nwant %s", c.event, err, got, c.want)
		}
	}
}
