package server

import (
	"errors"
	"testing"

	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

// TestServicesDeliver: a service delivers into a queue when the queue's policy lets it, for the account and the resource that the policy names; the
// record shows who sent, and not what.
func TestServicesDeliver(t *testing.T) {
	s, err := Open(t.Context(), Config{Account: "111122223333"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := &service.Work{Context: t.Context(), Time: s.state.cfg.Clock(), Partition: "aws", Door: s.gateway.Door()}
	call := func(account string, as service.Identity, operation string, in any) (any, error) {
		return w.Door.Call(w.Call(account, "us-east-1"), as, "sqs", operation, in)
	}
	root := service.AsRole("", service.Caller{Kind: policy.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root", UserID: "111122223333"})
	const url = "https://sqs.us-east-1.amazonaws.com/111122223333/q"
	_, err = call("111122223333", root, "CreateQueue", &sqs.CreateQueueInput{QueueName: new("q"), Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{
		"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:111122223333:q",
		"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:444455556666:t"},"StringEquals":{"aws:SourceAccount":"444455556666"}}}]}`}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		service, topic, account string
		let                     bool
	}{
		{"sns.amazonaws.com", "arn:aws:sns:us-east-1:444455556666:t", "444455556666", true},
		{"sns.amazonaws.com", "arn:aws:sns:us-east-1:444455556666:other", "444455556666", false},
		{"sns.amazonaws.com", "arn:aws:sns:us-east-1:444455556666:t", "111122223333", false},
		{"events.amazonaws.com", "arn:aws:sns:us-east-1:444455556666:t", "444455556666", false},
	} {
		out, err := call(c.account, service.AsService(c.service, c.topic, c.account), "SendMessage", &sqs.SendMessageInput{QueueUrl: new(url), MessageBody: new("hello")})
		var e *wire.Error
		switch {
		case c.let && (err != nil || out.(*sqs.SendMessageOutput).MessageId == nil):
			t.Errorf("%+v: %v", c, err)
		case !c.let && (!errors.As(err, &e) || e.Shape.Code != "AccessDeniedException"):
			t.Errorf("%+v: %v", c, err)
		}
	}
	out, err := call("111122223333", root, "ReceiveMessage", &sqs.ReceiveMessageInput{QueueUrl: new(url), MaxNumberOfMessages: new(int64(10)), MessageSystemAttributeNames: []string{"SenderId"}})
	if err != nil {
		t.Fatal(err)
	}
	got := out.(*sqs.ReceiveMessageOutput).Messages
	if len(got) != 1 || *got[0].Body != "hello" || got[0].Attributes["SenderId"] != "sns.amazonaws.com" {
		t.Errorf("received %+v", got)
	}
}
