package server

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"vauban/api/s3"
	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

// TestBucketsNotifyQueues: a queue that lets the bucket in is told of what happens to its objects, and of nothing else; one that does not is refused
// when it is configured.
func TestBucketsNotifyQueues(t *testing.T) {
	s, err := Open(t.Context(), Config{Account: "111122223333"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := &service.Work{Context: t.Context(), Time: s.state.cfg.Clock(), Partition: "aws", Door: s.gateway.Door()}
	root := service.AsRole("", service.Caller{Kind: policy.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root", UserID: "111122223333"})
	call := func(svc, operation string, in any) (any, error) {
		return w.Door.Call(w.Call("111122223333", "us-east-1"), root, svc, operation, in)
	}
	must := func(svc, operation string, in any) any {
		t.Helper()
		out, err := call(svc, operation, in)
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		return out
	}
	const queue = "arn:aws:sqs:us-east-1:111122223333:bells"
	url := must("sqs", "CreateQueue", &sqs.CreateQueueInput{QueueName: new("bells")}).(*sqs.CreateQueueOutput).QueueUrl
	bucket := new("with-bells")
	must("s3", "CreateBucket", &s3.CreateBucketInput{Bucket: bucket})
	configure := &s3.PutBucketNotificationConfigurationInput{Bucket: bucket, NotificationConfiguration: &s3.NotificationConfiguration{QueueConfigurations: []s3.QueueConfiguration{{
		Id: new("jpg"), QueueArn: new(queue), Events: []string{"s3:ObjectCreated:*", "s3:ObjectRemoved:Delete", "s3:ObjectTagging:*"},
		Filter: &s3.NotificationConfigurationFilter{Key: &s3.S3KeyFilter{FilterRules: []s3.FilterRule{{Name: new("prefix"), Value: new("in/")}, {Name: new("suffix"), Value: new(".jpg")}}}},
	}}}}
	var e *wire.Error
	if _, err := call("s3", "PutBucketNotificationConfiguration", configure); !errors.As(err, &e) || e.Shape.Code != "InvalidArgument" {
		t.Fatalf("a queue that does not let the bucket in: %v", err)
	}
	must("sqs", "SetQueueAttributes", &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{
		"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + queue + `",
		"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::with-bells"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`}})
	must("s3", "PutBucketNotificationConfiguration", configure)
	shown := must("s3", "GetBucketNotificationConfiguration", &s3.GetBucketNotificationConfigurationInput{Bucket: bucket}).(*s3.GetBucketNotificationConfigurationOutput)
	if q := shown.QueueConfigurations; len(q) != 1 || *q[0].Id != "jpg" || len(q[0].Filter.Key.FilterRules) != 2 {
		t.Errorf("shown: %+v", q)
	}
	for _, key := range []string{"in/a b.jpg", "in/a.png", "out/a.jpg"} {
		must("s3", "PutObject", &s3.PutObjectInput{Bucket: bucket, Key: new(key), Body: io.NopCloser(strings.NewReader("jam"))})
	}
	must("s3", "PutObjectTagging", &s3.PutObjectTaggingInput{Bucket: bucket, Key: new("in/a b.jpg"), Tagging: &s3.Tagging{TagSet: []s3.Tag{{Key: new("k"), Value: new("v")}}}})
	must("s3", "DeleteObjectTagging", &s3.DeleteObjectTaggingInput{Bucket: bucket, Key: new("in/a b.jpg")})
	must("s3", "DeleteObject", &s3.DeleteObjectInput{Bucket: bucket, Key: new("in/a b.jpg")})
	must("s3", "PutBucketNotificationConfiguration", &s3.PutBucketNotificationConfigurationInput{Bucket: bucket, NotificationConfiguration: &s3.NotificationConfiguration{}})
	must("s3", "PutObject", &s3.PutObjectInput{Bucket: bucket, Key: new("in/b.jpg"), Body: io.NopCloser(strings.NewReader("jam"))})

	var got []string
	for len(got) < 5 {
		out := must("sqs", "ReceiveMessage", &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: new(int64(10)), WaitTimeSeconds: new(int64(20))}).(*sqs.ReceiveMessageOutput)
		if len(out.Messages) == 0 {
			break // nothing came for 20 s
		}
		for _, m := range out.Messages {
			got = append(got, told(t, *m.Body))
		}
	}
	slices.Sort(got)
	want := []string{"ObjectCreated:Put with-bells in/a+b.jpg 3 jpg", "ObjectRemoved:Delete with-bells in/a+b.jpg 0 jpg",
		"ObjectTagging:Delete with-bells in/a+b.jpg 0 jpg", "ObjectTagging:Put with-bells in/a+b.jpg 0 jpg", "s3:TestEvent with-bells"}
	if !slices.Equal(got, want) {
		t.Errorf("the queue was told %q", got)
	}
}

// told is what a message says.
func told(t *testing.T, body string) string {
	var m struct {
		Event, Bucket string
		Records       []struct {
			EventName string
			S3        struct {
				ConfigurationID string
				Bucket          struct{ Name string }
				Object          struct {
					Key, Sequencer string
					Size           int
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if len(m.Records) == 0 {
		return m.Event + " " + m.Bucket
	}
	r := &m.Records[0]
	if (r.S3.Object.Sequencer == "") != strings.HasPrefix(r.EventName, "ObjectTagging:") {
		t.Errorf("a sequencer is missing, or there for tags: %s", body)
	}
	return r.EventName + " " + r.S3.Bucket.Name + " " + r.S3.Object.Key + " " + string(rune('0'+r.S3.Object.Size)) + " " + r.S3.ConfigurationID
}
