package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"vauban/api/iam"
	"vauban/api/lambda"
	"vauban/api/sqs"
	"vauban/engine/policy"
	"vauban/sandbox"
	"vauban/service"
	"vauban/store/storetest"
)

// heard are the messages that the functions of all replicas have taken.
type heard struct {
	mu     sync.Mutex
	bodies map[string]bool
	by     string // replica that took the last
}

func (h *heard) count() (n int, by string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.bodies), h.by
}

// hearing is a sandbox that runs no code: its functions note the messages that they get.
type hearing struct {
	*heard
	name string
}

func (hearing) Runtimes() map[string]error { return map[string]error{"provided.al2023": nil} }

func (h hearing) Start(context.Context, *sandbox.Spec) (sandbox.Instance, error) {
	return &ear{hearing: h, done: make(chan struct{})}, nil
}

type ear struct {
	hearing
	once sync.Once
	done chan struct{}
}

func (e *ear) Done() <-chan struct{} { return e.done }

func (e *ear) Close() error {
	e.once.Do(func() { close(e.done) })
	return nil
}

func (e *ear) Invoke(_ context.Context, v *sandbox.Invocation) (*sandbox.Result, error) {
	var event struct{ Records []struct{ Body string } }
	if err := json.Unmarshal(v.Payload, &event); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.by = e.name
	for _, r := range event.Records {
		e.bodies[r.Body] = true
	}
	return &sandbox.Result{Payload: []byte("null"), Duration: time.Millisecond}, nil
}

// TestPollersHandOver: the replica that polls a queue for a function ends in the middle of it, and the other goes on. No message is lost, and none stays.
func TestPollersHandOver(t *testing.T) {
	t.Parallel() // the lease of the replica that has ended takes its time
	database, dir := storetest.Postgres(t), t.TempDir()
	all := &heard{bodies: map[string]bool{}}
	replicas := map[string]*Server{}
	ctx, done := context.WithCancel(t.Context())
	defer done()
	for _, name := range []string{"a", "b"} {
		s, err := Open(ctx, Config{Database: database, Account: "111122223333", RootKeyFile: filepath.Join(dir, "root.key"), Blobs: filepath.Join(dir, "blobs"), Sandbox: hearing{all, name}})
		if err != nil {
			t.Fatal(err)
		}
		replicas[name] = s
	}
	must := func(s *Server, svc, operation string, in any) any {
		t.Helper()
		w := &service.Work{Context: ctx, Time: time.Now(), Partition: "aws", Door: s.gateway.Door()}
		root := service.AsRole("", service.Caller{Kind: policy.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root", UserID: "111122223333"})
		out, err := w.Door.Call(w.Call("111122223333", "us-east-1"), root, svc, operation, in)
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		return out
	}
	first := replicas["a"]
	role := must(first, "iam", "CreateRole", &iam.CreateRoleInput{RoleName: new("r"), AssumeRolePolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}).(*iam.CreateRoleOutput).Role
	must(first, "iam", "PutRolePolicy", &iam.PutRolePolicyInput{RoleName: new("r"), PolicyName: new("p"), PolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:*","logs:*"],"Resource":"*"}]}`)})
	url := must(first, "sqs", "CreateQueue", &sqs.CreateQueueInput{QueueName: new("q"), Attributes: map[string]string{"VisibilityTimeout": "2"}}).(*sqs.CreateQueueOutput).QueueUrl
	must(first, "lambda", "CreateFunction", &lambda.CreateFunctionInput{
		FunctionName: new("f"), Runtime: new("provided.al2023"), Handler: new("x"), Role: role.Arn, Timeout: new(int64(1)), Code: &lambda.FunctionCode{ZipFile: packed(t)},
	})
	must(first, "lambda", "CreateEventSourceMapping", &lambda.CreateEventSourceMappingInput{
		FunctionName: new("f"), EventSourceArn: new("arn:aws:sqs:us-east-1:111122223333:q"), BatchSize: new(int64(1)),
	})
	send := func(s *Server, from, to int) {
		for i := from; i < to; i++ {
			must(s, "sqs", "SendMessage", &sqs.SendMessageInput{QueueUrl: url, MessageBody: new(fmt.Sprint(i))})
		}
	}
	until := func(what string, is func() bool) {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				n, by := all.count()
				t.Fatalf("%s: %d messages were taken, the last by %s", what, n, by)
			}
		}
	}
	send(first, 0, 30)
	until("nobody polls", func() bool { n, _ := all.count(); return n > 0 })
	_, polling := all.count()
	other := map[string]string{"a": "b", "b": "a"}[polling]
	if err := replicas[polling].Close(); err != nil {
		t.Error(err)
	}
	rest := replicas[other]
	defer rest.Close()
	send(rest, 30, 40)
	until("messages are lost", func() bool { n, _ := all.count(); return n == 40 })
	until("messages stay", func() bool {
		a := must(rest, "sqs", "GetQueueAttributes", &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []string{"All"}}).(*sqs.GetQueueAttributesOutput).Attributes
		visible, err1 := strconv.Atoi(a["ApproximateNumberOfMessages"])
		hidden, err2 := strconv.Atoi(a["ApproximateNumberOfMessagesNotVisible"])
		return err1 == nil && err2 == nil && visible+hidden == 0
	})
	if _, by := all.count(); by != other {
		t.Errorf("the last message was taken by %s, which has ended", by)
	}
}

func packed(t *testing.T) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("bootstrap"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
