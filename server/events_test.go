package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"vauban/api/events"
	"vauban/api/logs"
	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

const eventsHome = "111122223333"

// eventsCaller calls services as root of the account, or as somebody else.
type eventsCaller struct {
	t *testing.T
	s *Server
}

func (c eventsCaller) as(who service.Identity, svc, operation string, in any) (any, error) {
	w := c.s.newWork(c.t.Context(), nil)
	return w.Door.Call(w.Call(eventsHome, "us-east-1"), who, svc, operation, in)
}

func (c eventsCaller) root(svc, operation string, in any) any {
	c.t.Helper()
	out, err := c.as(service.AsRole("", service.Caller{Kind: policy.Root, Account: eventsHome, ARN: "arn:aws:iam::" + eventsHome + ":root", UserID: eventsHome}), svc, operation, in)
	if err != nil {
		c.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

// rule makes a rule that sends to a queue of its own, and returns the queue's address.
func (c eventsCaller) rule(name, pattern string) string {
	c.t.Helper()
	arn := "arn:aws:sqs:us-east-1:" + eventsHome + ":" + name
	c.root("sqs", "CreateQueue", &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{
		"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + arn + `"}]}`}})
	c.root("events", "PutRule", &events.PutRuleInput{Name: &name, EventPattern: &pattern})
	c.root("events", "PutTargets", &events.PutTargetsInput{Rule: &name, Targets: []events.Target{{Id: new("q"), Arn: &arn}}})
	return "https://sqs/" + eventsHome + "/" + name
}

// receive waits for n messages and returns their bodies.
func (c eventsCaller) receive(url string, n int) (bodies []string) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); len(bodies) < n; {
		if time.Now().After(deadline) {
			c.t.Fatalf("%d of %d messages have come", len(bodies), n)
		}
		out := c.root("sqs", "ReceiveMessage", &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: new(int64(1)), MaxNumberOfMessages: new(int64(10))}).(*sqs.ReceiveMessageOutput)
		for _, m := range out.Messages {
			bodies = append(bodies, *m.Body)
			c.root("sqs", "DeleteMessage", &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
		}
	}
	return bodies
}

func entry(source, bus string, n int) events.PutEventsRequestEntry {
	return events.PutEventsRequestEntry{Source: &source, DetailType: new("Object Created"), Detail: new(fmt.Sprintf(`{"n":%d}`, n)), EventBusName: wire.Optional(bus)}
}

// TestServicesPutEvents: a service such as S3 puts its own events on an account's default bus, and on no other; nobody else puts such events.
func TestServicesPutEvents(t *testing.T) {
	s, err := Open(t.Context(), Config{Account: eventsHome})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := eventsCaller{t, s}
	url := c.rule("created", `{"source":["aws.s3"],"detail-type":["Object Created"]}`)
	c.root("events", "CreateEventBus", &events.CreateEventBusInput{Name: new("other")})
	s3 := service.AsService("s3.amazonaws.com", "arn:aws:s3:::bucket", eventsHome)
	if _, err := c.as(s3, "events", "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{entry("aws.s3", "", 1)}}); err != nil {
		t.Fatal(err)
	}
	var got struct{ Source, Account, Region string }
	if body := c.receive(url, 1)[0]; json.Unmarshal([]byte(body), &got) != nil || got.Source != "aws.s3" || got.Account != eventsHome || got.Region != "us-east-1" {
		t.Errorf("received %s", body)
	}
	for _, refused := range []events.PutEventsRequestEntry{entry("shop", "", 1), entry("aws.s3", "other", 1)} {
		_, err := c.as(s3, "events", "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{refused}})
		var e *wire.Error
		if !errors.As(err, &e) || e.Shape.Code != "AccessDeniedException" {
			t.Errorf("%s on %q: %v", *refused.Source, wire.Text(refused.EventBusName), err)
		}
	}
	out := c.root("events", "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{entry("aws.s3", "", 1)}}).(*events.PutEventsOutput)
	if *out.FailedEntryCount != 1 || wire.Text(out.Entries[0].ErrorCode) != "NotAuthorizedForSourceException" {
		t.Errorf("root puts an event of S3: %+v", out.Entries)
	}
}

// TestEventsReachLogGroups: a log group gets events if the policy of CloudWatch Logs lets EventBridge in.
func TestEventsReachLogGroups(t *testing.T) {
	s, err := Open(t.Context(), Config{Account: eventsHome})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := eventsCaller{t, s}
	group := "/aws/events/shop"
	c.root("logs", "CreateLogGroup", &logs.CreateLogGroupInput{LogGroupName: &group})
	c.root("logs", "PutResourcePolicy", &logs.PutResourcePolicyInput{PolicyName: new("events"), PolicyDocument: new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Service":"events.amazonaws.com"},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:` + eventsHome + `:log-group:/aws/events/*:*"}]}`)})
	c.root("events", "PutRule", &events.PutRuleInput{Name: new("shop"), EventPattern: new(`{"source":["shop"]}`)})
	c.root("events", "PutTargets", &events.PutTargetsInput{Rule: new("shop"), Targets: []events.Target{{
		Id: new("log"), Arn: new("arn:aws:logs:us-east-1:" + eventsHome + ":log-group:" + group), InputPath: new("$.detail"),
	}}})
	c.root("events", "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{entry("shop", "", 7)}})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		out := c.root("logs", "FilterLogEvents", &logs.FilterLogEventsInput{LogGroupName: &group}).(*logs.FilterLogEventsOutput)
		if len(out.Events) == 1 && *out.Events[0].Message == `{"n":7}` {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the log group has %+v", out.Events)
		}
	}
}

// TestEventsSurviveRestart: what PutEvents has accepted arrives, if the server ends right behind.
func TestEventsSurviveRestart(t *testing.T) {
	cfg := Config{Account: eventsHome, Data: t.TempDir()}
	open := func() eventsCaller {
		s, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return eventsCaller{t, s}
	}
	c := open()
	url := c.rule("shop", `{"source":["shop"]}`)
	const n = 30
	for i := range n {
		c.root("events", "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{entry("shop", "", i)}})
	}
	if err := c.s.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	again := open()
	for len(seen) < n {
		for _, body := range again.receive(url, 1) {
			var e struct{ Detail struct{ N int } }
			if err := json.Unmarshal([]byte(body), &e); err != nil {
				t.Fatal(err)
			}
			seen[e.Detail.N] = true
		}
	}
}

// TestDeadTargetsDoNotBlock: a target that nobody can be reached at leaves the others to their events.
func TestDeadTargetsDoNotBlock(t *testing.T) {
	s, err := Open(t.Context(), Config{Account: eventsHome})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := eventsCaller{t, s}
	url := c.rule("live", `{"source":["shop"]}`)
	for i := range 5 {
		name := fmt.Sprintf("dead-%d", i)
		c.root("events", "PutRule", &events.PutRuleInput{Name: &name, EventPattern: new(`{"source":["shop"]}`)})
		c.root("events", "PutTargets", &events.PutTargetsInput{Rule: &name, Targets: []events.Target{{Id: new("q"), Arn: new("arn:aws:sqs:us-east-1:" + eventsHome + ":nowhere")}}})
	}
	for i := range 20 {
		c.root("events", "PutEvents", &events.PutEventsInput{Entries: []events.PutEventsRequestEntry{entry("shop", "", i)}})
	}
	if got := c.receive(url, 20); len(got) != 20 {
		t.Errorf("%d events have arrived", len(got))
	}
}
