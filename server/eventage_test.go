package server

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"vauban/api/iam"
	"vauban/api/lambda"
	"vauban/api/sqs"
	"vauban/engine/policy"
	"vauban/service"
)

// TestEventAge: an event that finds no room is dropped when it is older than the function lets it be. The dead-letter queue gets it, and the destination
// is told why.
func TestEventAge(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	clock := func() time.Time { return time.Unix(0, now.Load()).UTC() }
	all := &heard{bodies: map[string]bool{}}
	s, err := Open(t.Context(), Config{Account: "111122223333", Clock: clock, Sandbox: hearing{all, "a"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	must := func(svc, operation string, in any) any {
		t.Helper()
		w := &service.Work{Context: t.Context(), Time: clock(), Partition: "aws", Door: s.gateway.Door()}
		root := service.AsRole("", service.Caller{Kind: policy.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root", UserID: "111122223333"})
		out, err := w.Door.Call(w.Call("111122223333", "us-east-1"), root, svc, operation, in)
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		return out
	}
	role := must("iam", "CreateRole", &iam.CreateRoleInput{RoleName: new("r"), AssumeRolePolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}).(*iam.CreateRoleOutput).Role
	must("iam", "PutRolePolicy", &iam.PutRolePolicyInput{RoleName: new("r"), PolicyName: new("p"), PolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}]}`)})
	urls := map[string]*string{}
	for _, name := range []string{"dead", "told"} {
		urls[name] = must("sqs", "CreateQueue", &sqs.CreateQueueInput{QueueName: &name}).(*sqs.CreateQueueOutput).QueueUrl
	}
	must("lambda", "CreateFunction", &lambda.CreateFunctionInput{
		FunctionName: new("f"), Runtime: new("provided.al2023"), Handler: new("x"), Role: role.Arn, Code: &lambda.FunctionCode{ZipFile: packed(t)},
		DeadLetterConfig: &lambda.DeadLetterConfig{TargetArn: new("arn:aws:sqs:us-east-1:111122223333:dead")},
	})
	must("lambda", "PutFunctionEventInvokeConfig", &lambda.PutFunctionEventInvokeConfigInput{
		FunctionName: new("f"), MaximumEventAgeInSeconds: new(int64(90)),
		DestinationConfig: &lambda.DestinationConfig{OnFailure: &lambda.OnFailure{Destination: new("arn:aws:sqs:us-east-1:111122223333:told")}},
	})
	must("lambda", "PutFunctionConcurrency", &lambda.PutFunctionConcurrencyInput{FunctionName: new("f"), ReservedConcurrentExecutions: new(int64(0))})
	must("lambda", "Invoke", &lambda.InvokeInput{FunctionName: new("f"), InvocationType: new("Event"), Payload: []byte(`{"n":1}`)})

	// receive lets time pass until the queue has a message.
	receive := func(name string) *sqs.Message {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			out := must("sqs", "ReceiveMessage", &sqs.ReceiveMessageInput{QueueUrl: urls[name], MessageAttributeNames: []string{"All"}}).(*sqs.ReceiveMessageOutput)
			if len(out.Messages) > 0 {
				return &out.Messages[0]
			}
			now.Add(int64(10 * time.Second))
		}
		t.Fatalf("nothing came to %s", name)
		return nil
	}
	dead := receive("dead")
	if id := dead.MessageAttributes["RequestID"].StringValue; *dead.Body != `{"n":1}` || id == nil || *id == "" {
		t.Errorf("the dead-letter queue got %s with %+v", *dead.Body, dead.MessageAttributes)
	}
	var told struct {
		RequestContext struct {
			Condition   string
			FunctionARN string
		}
		RequestPayload json.RawMessage
	}
	if err := json.Unmarshal([]byte(*receive("told").Body), &told); err != nil {
		t.Fatal(err)
	}
	if told.RequestContext.Condition != "EventAgeExceeded" || told.RequestContext.FunctionARN != "arn:aws:lambda:us-east-1:111122223333:function:f:$LATEST" || string(told.RequestPayload) != `{"n":1}` {
		t.Errorf("the destination was told %+v", told)
	}
	if n, _ := all.count(); n != 0 {
		t.Errorf("the function ran %d times", n)
	}
}
