package e2e

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// TestTerraformQueues creates, reads, changes and deletes every kind of resource that the provider has for SQS.
func TestTerraformQueues(t *testing.T) { wholeLife(t, "queues") }

// TestGoSDKQueues drives queues with the Go SDK, which checks the MD5 of every message that it sends and receives.
func TestGoSDKQueues(t *testing.T) {
	s := start(t, t.TempDir())
	q := sqs.NewFromConfig(s.sdk(t, nil))
	refused[*types.QueueDoesNotExist](t, "AWS.SimpleQueueService.NonExistentQueue", q.GetQueueUrl, sqs.GetQueueUrlInput{QueueName: aws.String("none")})
	url := call(t, q.CreateQueue, sqs.CreateQueueInput{QueueName: aws.String("go.fifo"), Attributes: map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"}}).QueueUrl
	batch := sqs.SendMessageBatchInput{QueueUrl: url}
	for i := range 10 {
		batch.Entries = append(batch.Entries, types.SendMessageBatchRequestEntry{
			Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String(fmt.Sprint("message ", i)), MessageGroupId: aws.String("g"),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"n": {DataType: aws.String("Number"), StringValue: aws.String(fmt.Sprint(i))}, "b": {DataType: aws.String("Binary.x"), BinaryValue: []byte{0, byte(i)}},
			},
		})
	}
	if out := call(t, q.SendMessageBatch, batch); len(out.Successful) != 10 || len(out.Failed) != 0 {
		t.Fatalf("%d were sent, %v", len(out.Successful), out.Failed)
	}
	got := call(t, q.ReceiveMessage, sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"}, WaitTimeSeconds: 20})
	if len(got.Messages) != 10 {
		t.Fatalf("%d came", len(got.Messages))
	}
	var done []types.DeleteMessageBatchRequestEntry
	for i, m := range got.Messages {
		want(t, *m.Body, fmt.Sprint("message ", i))
		want(t, *m.MessageAttributes["n"].StringValue, fmt.Sprint(i))
		done = append(done, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
	}
	if out := call(t, q.DeleteMessageBatch, sqs.DeleteMessageBatchInput{QueueUrl: url, Entries: done}); len(out.Successful) != 10 {
		t.Errorf("%d were deleted", len(out.Successful))
	}
	refused[*types.ReceiptHandleIsInvalid](t, "ReceiptHandleIsInvalid", q.DeleteMessage, sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: aws.String("x")})
}

// TestQueueKilled: the server is killed while messages are sent and received. What was acknowledged is there afterwards: every message that was
// sent, but for those whose deletion was acknowledged.
func TestQueueKilled(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	q := sqs.NewFromConfig(s.sdk(t, nil))
	url := call(t, q.CreateQueue, sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: map[string]string{"VisibilityTimeout": "0"}}).QueueUrl
	var mu sync.Mutex
	sent, deleted, asked := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var work sync.WaitGroup
	enough := make(chan struct{})
	for w := range 4 {
		work.Go(func() {
			for i := 0; ; i++ {
				body := fmt.Sprintf("%d-%d", w, i)
				if _, err := q.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: &body}); err != nil {
					return
				}
				mu.Lock()
				sent[body] = true
				mu.Unlock()
			}
		})
	}
	work.Go(func() {
		for {
			out, err := q.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
			if err != nil {
				return
			}
			for _, m := range out.Messages {
				mu.Lock()
				asked[*m.Body] = true
				mu.Unlock()
				if _, err := q.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
					return
				}
				mu.Lock()
				deleted[*m.Body] = true
				if len(deleted) == 50 {
					close(enough)
				}
				mu.Unlock()
			}
		}
	})
	<-enough
	s.stop(t, syscall.SIGKILL)
	work.Wait()

	s = start(t, dir)
	q = sqs.NewFromConfig(s.sdk(t, nil))
	url = call(t, q.GetQueueUrl, sqs.GetQueueUrlInput{QueueName: aws.String("q")}).QueueUrl
	found := map[string]bool{}
	for {
		out := call(t, q.ReceiveMessage, sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 3600})
		if len(out.Messages) == 0 {
			break
		}
		for _, m := range out.Messages {
			if found[*m.Body] {
				t.Errorf("%s came twice", *m.Body)
			}
			found[*m.Body] = true
		}
	}
	for body := range sent {
		if !found[body] && !deleted[body] && !asked[body] {
			t.Errorf("%s was acknowledged and is lost", body)
		}
	}
	for body := range deleted {
		if found[body] {
			t.Errorf("%s was deleted and came back", body)
		}
	}
	t.Logf("%d sent, %d deleted, %d left", len(sent), len(deleted), len(found))
}
