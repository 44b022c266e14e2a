package server

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"vauban/api/events"
	"vauban/api/s3"
	"vauban/api/sns"
	"vauban/api/sqs"
)

// TestBucketsNotifyTopicsAndEventBridge: a topic and a rule on the account's bus hear of an object, the topic only when its policy lets the bucket in.
func TestBucketsNotifyTopicsAndEventBridge(t *testing.T) {
	s := newScheduled(t)
	const queue, topic = "arn:aws:sqs:us-east-1:111122223333:q", "arn:aws:sns:us-east-1:111122223333:bells"
	s.must("sqs", "SetQueueAttributes", &sqs.SetQueueAttributesInput{QueueUrl: s.url, Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com","events.amazonaws.com"]},"Action":"sqs:SendMessage","Resource":"*"}]}`}})
	s.must("sns", "CreateTopic", &sns.CreateTopicInput{Name: new("bells")})
	s.must("sns", "Subscribe", &sns.SubscribeInput{TopicArn: new(topic), Protocol: new("sqs"), Endpoint: new(queue), Attributes: map[string]string{"RawMessageDelivery": "true"}})
	s.must("events", "PutRule", &events.PutRuleInput{Name: new("made"), EventPattern: new(`{"source":["aws.s3"],"detail-type":["Object Created"],"detail":{"bucket":{"name":["with-bells"]}}}`)})
	s.must("events", "PutTargets", &events.PutTargetsInput{Rule: new("made"), Targets: []events.Target{{Id: new("q"), Arn: new(queue)}}})
	s.must("s3", "CreateBucket", &s3.CreateBucketInput{Bucket: new("with-bells")})
	configure := &s3.PutBucketNotificationConfigurationInput{Bucket: new("with-bells"), NotificationConfiguration: &s3.NotificationConfiguration{
		EventBridgeConfiguration: &s3.EventBridgeConfiguration{},
		TopicConfigurations:      []s3.TopicConfiguration{{TopicArn: new(topic), Events: []string{"s3:ObjectCreated:*"}}},
	}}
	if _, err := s.call("s3", "PutBucketNotificationConfiguration", configure); codeOf(err) != "InvalidArgument" {
		t.Fatalf("a topic that does not let the bucket in: %v", err)
	}
	s.must("sns", "SetTopicAttributes", &sns.SetTopicAttributesInput{TopicArn: new(topic), AttributeName: new("Policy"), AttributeValue: new(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"` + topic + `",
		"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::with-bells"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`)})
	s.must("s3", "PutBucketNotificationConfiguration", configure)
	s.must("s3", "PutObject", &s3.PutObjectInput{Bucket: new("with-bells"), Key: new("a b"), Body: io.NopCloser(strings.NewReader("jam"))})

	var heard, ruled bool
	for !heard || !ruled {
		body := *s.receive().Body // fails when nothing comes
		var event struct {
			DetailType string `json:"detail-type"`
			Source     string
			Account    string
			Resources  []string
			Detail     struct {
				Object struct {
					Key  string
					Size int
				}
				Reason string
			}
		}
		switch {
		case strings.Contains(body, "s3:TestEvent"):
		case strings.Contains(body, `"eventName":"ObjectCreated:Put"`):
			heard = true
		default:
			if err := json.Unmarshal([]byte(body), &event); err != nil {
				t.Fatal(err)
			}
			if event.Source != "aws.s3" || event.Account != "111122223333" || event.Resources[0] != "arn:aws:s3:::with-bells" || event.Detail.Object.Key != "a b" || event.Detail.Object.Size != 3 || event.Detail.Reason != "PutObject" {
				t.Errorf("the rule's target got %s", body)
			}
			ruled = true
		}
	}
}
