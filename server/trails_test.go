package server

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vauban/api/cloudtrail"
	"vauban/api/iam"
	"vauban/api/logs"
	"vauban/api/s3"
	"vauban/api/sns"
	"vauban/api/sqs"
	"vauban/api/wire"
)

// TestTrailTellsTopicsAndLogGroups: a trail's topic hears of each delivery, and its log group gets the events, as a role that can be limited. Neither holds up
// the bucket, and what a role may not write for a while it writes later.
func TestTrailTellsTopicsAndLogGroups(t *testing.T) {
	s := newScheduled(t)
	turn := func() error {
		s.idle()
		s.now.Add(int64(time.Minute))
		return s.Turn(t.Context(), "cloudtrail.delivery")
	}
	s.must("s3", "CreateBucket", &s3.CreateBucketInput{Bucket: new("trail-logs")})
	s.must("s3", "PutBucketPolicy", &s3.PutBucketPolicyInput{Bucket: new("trail-logs"), Policy: new(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::trail-logs"},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::trail-logs/*"}]}`)})
	topic := s.must("sns", "CreateTopic", &sns.CreateTopicInput{Name: new("files")}).(*sns.CreateTopicOutput).TopicArn
	s.must("sqs", "SetQueueAttributes", &sqs.SetQueueAttributesInput{QueueUrl: s.url, Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`}})
	s.must("sns", "Subscribe", &sns.SubscribeInput{TopicArn: topic, Protocol: new("sqs"), Endpoint: new("arn:aws:sqs:us-east-1:111122223333:q"), Attributes: map[string]string{"RawMessageDelivery": "true"}})
	s.must("logs", "CreateLogGroup", &logs.CreateLogGroupInput{LogGroupName: new("trail")})
	s.must("iam", "CreateRole", &iam.CreateRoleInput{RoleName: new("writer"), AssumeRolePolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	allow := func() {
		s.must("iam", "PutRolePolicy", &iam.PutRolePolicyInput{RoleName: new("writer"), PolicyName: new("p"), PolicyDocument: new(`{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:111122223333:log-group:trail:log-stream:111122223333_CloudTrail_us-east-1*"}]}`)})
	}
	create := &cloudtrail.CreateTrailInput{Name: new("audit"), S3BucketName: new("trail-logs"), SnsTopicName: new("files"),
		CloudWatchLogsLogGroupArn: new("arn:aws:logs:us-east-1:111122223333:log-group:trail:*"), CloudWatchLogsRoleArn: new("arn:aws:iam::111122223333:role/writer")}
	refused := func(code, words string) {
		t.Helper()
		if _, err := s.call("cloudtrail", "CreateTrail", create); err == nil || !strings.Contains(err.Error(), words) || codeOf(err) != code {
			t.Fatalf("%v, want %s: %s", err, code, words)
		}
	}
	refused("InsufficientSnsTopicPolicyException", "SNS Topic does not exist or the topic policy is incorrect!")
	s.must("sns", "SetTopicAttributes", &sns.SetTopicAttributesInput{TopicArn: topic, AttributeName: new("Policy"), AttributeValue: new(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sns:Publish","Resource":"` + *topic + `","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"}}}]}`)})
	refused("InvalidCloudWatchLogsLogGroupArnException", "Access denied. Check the permissions for your role.")
	allow()
	s.must("cloudtrail", "CreateTrail", create)
	s.must("cloudtrail", "StartLogging", &cloudtrail.StartLoggingInput{Name: new("audit")})
	s.must("iam", "CreateUser", &iam.CreateUserInput{UserName: new("one")})
	if err := turn(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; {
		if m := *s.receive().Body; strings.Contains(m, `"s3Bucket":"trail-logs"`) {
			break
		} else if !strings.Contains(m, "validation") || time.Now().After(end) {
			t.Fatalf("the topic told %s", m)
		}
	}
	wants := func(names ...string) {
		t.Helper()
		out := s.must("logs", "GetLogEvents", &logs.GetLogEventsInput{LogGroupName: new("trail"), LogStreamName: new("111122223333_CloudTrail_us-east-1"), StartFromHead: new(true)}).(*logs.GetLogEventsOutput)
		var all strings.Builder
		for _, e := range out.Events {
			all.WriteString(*e.Message)
		}
		for _, name := range names {
			if n := strings.Count(all.String(), `"requestParameters":{"userName":"`+name+`"}`); n != 1 {
				t.Errorf("%s is there %d times in %d events", name, n, len(out.Events))
			}
		}
	}
	wants("one")

	// The role loses its permission: the status says so, the bucket goes on, and nothing is lost.
	s.must("iam", "DeleteRolePolicy", &iam.DeleteRolePolicyInput{RoleName: new("writer"), PolicyName: new("p")})
	s.must("iam", "CreateUser", &iam.CreateUserInput{UserName: new("two")})
	if err := turn(); err == nil {
		t.Error("no error")
	}
	status := s.must("cloudtrail", "GetTrailStatus", &cloudtrail.GetTrailStatusInput{Name: new("audit")}).(*cloudtrail.GetTrailStatusOutput)
	if wire.Text(status.LatestCloudWatchLogsDeliveryError) != "AccessDeniedException" || status.LatestDeliveryError != nil || status.LatestCloudWatchLogsDeliveryTime == nil {
		t.Errorf("status: %+v", status)
	}
	allow()
	if err := turn(); err != nil {
		t.Fatal(err)
	}
	wants("one", "two")

	// Without its log group the trail goes on: what was recorded before is still written there, and nothing after.
	s.must("cloudtrail", "UpdateTrail", &cloudtrail.UpdateTrailInput{Name: new("audit"), CloudWatchLogsLogGroupArn: new(""), CloudWatchLogsRoleArn: new("")})
	s.must("iam", "CreateUser", &iam.CreateUserInput{UserName: new("three")})
	if err := turn(); err != nil {
		t.Fatal(err)
	}
	wants("one", "two")
	out := s.must("logs", "FilterLogEvents", &logs.FilterLogEventsInput{LogGroupName: new("trail"), FilterPattern: new(`three`)}).(*logs.FilterLogEventsOutput)
	if len(out.Events) != 0 {
		t.Errorf("%d events after the log group was taken away", len(out.Events))
	}
}

func codeOf(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Shape.Code
	}
	return ""
}
