package server

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/api/events"
	"vauban/api/iam"
	"vauban/api/kms"
	"vauban/api/scheduler"
	"vauban/api/sns"
	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// scheduled is a server with a clock that the test moves, and a queue that schedules send to.
type scheduled struct {
	*Server
	t   *testing.T
	now atomic.Int64
	url *string // of the queue
}

const scheduledAccount = "111122223333"

func newScheduled(t *testing.T) *scheduled {
	s := &scheduled{t: t}
	s.now.Store(time.Date(2026, 1, 2, 11, 59, 30, 0, time.UTC).UnixNano())
	opened, err := Open(t.Context(), Config{Account: scheduledAccount, Clock: func() time.Time { return time.Unix(0, s.now.Load()).UTC() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	s.Server = opened
	s.url = s.must("sqs", "CreateQueue", &sqs.CreateQueueInput{QueueName: new("q")}).(*sqs.CreateQueueOutput).QueueUrl
	s.role("caller", `{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}`)
	return s
}

func (s *scheduled) call(svc, operation string, in any) (any, error) {
	w := s.newWork(s.t.Context(), nil)
	root := service.AsRole("", service.Caller{Kind: policy.Root, Account: scheduledAccount, ARN: "arn:aws:iam::" + scheduledAccount + ":root", UserID: scheduledAccount})
	return w.Door.Call(w.Call(scheduledAccount, "us-east-1"), root, svc, operation, in)
}

func (s *scheduled) must(svc, operation string, in any) any {
	s.t.Helper()
	out, err := s.call(svc, operation, in)
	if err != nil {
		s.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

func (s *scheduled) role(name, statement string) {
	s.must("iam", "CreateRole", &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	s.must("iam", "PutRolePolicy", &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("p"), PolicyDocument: new(`{"Version":"2012-10-17","Statement":[` + statement + `]}`)})
}

// schedule makes a schedule that sends to the queue, changed as the test wants.
func (s *scheduled) schedule(name, expression string, change func(*scheduler.CreateScheduleInput)) {
	s.t.Helper()
	in := &scheduler.CreateScheduleInput{
		Name: &name, ScheduleExpression: &expression, FlexibleTimeWindow: &scheduler.FlexibleTimeWindow{Mode: new("OFF")},
		Target: &scheduler.Target{Arn: new("arn:aws:sqs:us-east-1:" + scheduledAccount + ":q"), RoleArn: new("arn:aws:iam::" + scheduledAccount + ":role/caller"),
			Input: new(name + " at <aws.scheduler.scheduled-time>, attempt <aws.scheduler.attempt-number>")},
	}
	if change != nil {
		change(in)
	}
	s.must("scheduler", "CreateSchedule", in)
}

// idle waits until nothing waits to be sent: what is under way when the clock jumps would be sent again.
func (s *scheduled) idle() {
	s.t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-look.C {
		waiting := 0
		for _, sv := range s.services {
			from, ok := sv.(service.Sending)
			if !ok {
				continue
			}
			for _, sender := range from.Senders() {
				err := s.state.Store.Read(s.t.Context(), func(tx store.Tx) error {
					n, _, err := s.state.outbound.Count(tx, sender.Kind, 100)
					waiting += n
					return err
				})
				if err != nil {
					s.t.Fatal(err)
				}
			}
		}
		if waiting == 0 {
			return
		}
	}
	s.t.Fatal("something waits to be sent for a minute")
}

// pass moves the clock and lets the job look.
func (s *scheduled) pass(d time.Duration) {
	s.t.Helper()
	s.idle()
	s.now.Add(int64(d))
	if err := s.Turn(s.t.Context(), "scheduler.fire"); err != nil {
		s.t.Fatal(err)
	}
}

// receive waits for the next message of the queue.
func (s *scheduled) receive() *sqs.Message {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		out := s.must("sqs", "ReceiveMessage", &sqs.ReceiveMessageInput{QueueUrl: s.url, WaitTimeSeconds: new(int64(1)), MessageAttributeNames: []string{"All"}}).(*sqs.ReceiveMessageOutput)
		if len(out.Messages) > 0 {
			m := &out.Messages[0]
			s.must("sqs", "DeleteMessage", &sqs.DeleteMessageInput{QueueUrl: s.url, ReceiptHandle: m.ReceiptHandle})
			return m
		}
	}
	s.t.Fatal("no message came")
	return nil
}

func (s *scheduled) wants(body string) {
	s.t.Helper()
	if got := *s.receive().Body; got != body {
		s.t.Fatalf("the queue got %q, not %q", got, body)
	}
}

// TestSchedulesFire: at its time, once, also when the clock jumps.
func TestSchedulesFire(t *testing.T) {
	s := newScheduled(t)
	s.schedule("noon", "cron(0 12 * * ? *)", nil)
	s.schedule("off", "rate(1 minute)", func(in *scheduler.CreateScheduleInput) { in.State = new("DISABLED") })
	s.pass(0)
	s.pass(30 * time.Second)
	s.wants("noon at 2026-01-02T12:00:00Z, attempt 1")
	s.pass(time.Minute)
	s.pass(-10 * time.Minute) // it was noon already
	s.pass(10 * time.Minute)
	s.pass(3*24*time.Hour - time.Hour) // three noons, of which the first is caught up on
	s.wants("noon at 2026-01-03T12:00:00Z, attempt 1")
	s.pass(time.Hour)
	s.wants("noon at 2026-01-05T12:00:00Z, attempt 1")

	s.schedule("once", "at(2026-01-05T14:00:00)", func(in *scheduler.CreateScheduleInput) {
		in.ScheduleExpressionTimezone, in.ActionAfterCompletion = new("Europe/Berlin"), new("DELETE")
		in.Target.Arn = new("arn:aws:scheduler:::aws-sdk:sqs:sendMessage")
		in.Target.Input = new(`{"QueueUrl":"` + *s.url + `","MessageBody":"universal <aws.scheduler.schedule-arn>"}`)
	})
	s.pass(time.Hour)
	s.wants("universal arn:aws:scheduler:us-east-1:111122223333:schedule/default/once")
	if _, err := s.call("scheduler", "GetSchedule", &scheduler.GetScheduleInput{Name: new("once")}); err == nil {
		t.Error("the schedule is there after its completion")
	}
	if n := len(s.must("scheduler", "ListSchedules", &scheduler.ListSchedulesInput{}).(*scheduler.ListSchedulesOutput).Schedules); n != 2 {
		t.Errorf("%d schedules are left", n)
	}
	// A rate fires at once, and then counts from its beginning.
	s.schedule("rate", "rate(10 minutes)", func(in *scheduler.CreateScheduleInput) { in.EndDate = new(s.state.cfg.Clock().Add(15 * time.Minute)) })
	begin := s.state.cfg.Clock()
	s.pass(0)
	s.wants("rate at " + begin.Format("2006-01-02T15:04:05Z") + ", attempt 1")
	s.pass(11 * time.Minute)
	s.wants("rate at " + begin.Add(10*time.Minute).Format("2006-01-02T15:04:05Z") + ", attempt 1")
	s.pass(20 * time.Minute) // after its end
	s.schedule("last", "at("+s.state.cfg.Clock().Add(time.Hour).Format("2006-01-02T15:04:05")+")", nil)
	s.pass(time.Hour)
	if got := *s.receive().Body; !strings.HasPrefix(got, "last at ") {
		t.Errorf("something fired that should not: %q", got)
	}
}

// TestSchedulesActAsTheirRoles: what the role may not do is refused, and goes to the dead-letter queue with AWS's attributes.
func TestSchedulesActAsTheirRoles(t *testing.T) {
	s := newScheduled(t)
	s.must("sqs", "CreateQueue", &sqs.CreateQueueInput{QueueName: new("closed")})
	s.role("narrow", `{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:111122223333:q"}`)
	s.schedule("denied", "at(2026-01-02T12:00:00)", func(in *scheduler.CreateScheduleInput) {
		in.Target.Arn, in.Target.RoleArn = new("arn:aws:sqs:us-east-1:111122223333:closed"), new("arn:aws:iam::111122223333:role/narrow")
		in.Target.DeadLetterConfig = &scheduler.DeadLetterConfig{Arn: new("arn:aws:sqs:us-east-1:111122223333:q")}
	})
	s.pass(time.Minute)
	m := s.receive()
	if *m.Body != "denied at 2026-01-02T12:00:00Z, attempt 1" {
		t.Errorf("the dead letter says %q", *m.Body)
	}
	for name, want := range map[string]string{
		"ERROR_CODE": "AccessDeniedException", "RETRY_ATTEMPTS": "0", "SCHEDULED_TIME": "2026-01-02T12:00:00Z", "IS_PAYLOAD_TRUNCATED": "false",
		"SCHEDULE_ARN": "arn:aws:scheduler:us-east-1:111122223333:schedule/default/denied", "TARGET_ARN": "arn:aws:sqs:us-east-1:111122223333:closed",
	} {
		if got := wire.Text(m.MessageAttributes[name].StringValue); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	// A role that trusts the scheduler no more ends the schedule's say at once.
	s.schedule("distrusted", "at(2026-01-02T13:00:00)", func(in *scheduler.CreateScheduleInput) {
		in.Target.RoleArn = new("arn:aws:iam::111122223333:role/narrow")
	})
	s.must("iam", "UpdateAssumeRolePolicy", &iam.UpdateAssumeRolePolicyInput{RoleName: new("narrow"), PolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	s.schedule("trusted", "at(2026-01-02T13:30:00)", nil)
	s.pass(61 * time.Minute)
	s.pass(29 * time.Minute)
	s.wants("trusted at 2026-01-02T13:30:00Z, attempt 1")
}

// TestSchedulesReachTheirTargets: topics, buses and universal targets; an input under a KMS key is decrypted as the role, which must be allowed to.
func TestSchedulesReachTheirTargets(t *testing.T) {
	s := newScheduled(t)
	const queue, topic, bus = "arn:aws:sqs:us-east-1:111122223333:q", "arn:aws:sns:us-east-1:111122223333:t", "arn:aws:events:us-east-1:111122223333:event-bus/default"
	s.must("sqs", "SetQueueAttributes", &sqs.SetQueueAttributesInput{QueueUrl: s.url, Attributes: map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com","events.amazonaws.com"]},"Action":"sqs:SendMessage","Resource":"*"}]}`}})
	s.must("sns", "CreateTopic", &sns.CreateTopicInput{Name: new("t")})
	s.must("sns", "Subscribe", &sns.SubscribeInput{TopicArn: new(topic), Protocol: new("sqs"), Endpoint: new(queue), Attributes: map[string]string{"RawMessageDelivery": "true"}})
	s.must("events", "PutRule", &events.PutRuleInput{Name: new("ticks"), EventPattern: new(`{"source":["mine"]}`)})
	s.must("events", "PutTargets", &events.PutTargetsInput{Rule: new("ticks"), Targets: []events.Target{{Id: new("q"), Arn: new(queue), InputPath: new("$.detail.say")}}})
	key := s.must("kms", "CreateKey", &kms.CreateKeyInput{}).(*kms.CreateKeyOutput).KeyMetadata.Arn
	s.role("all", `{"Effect":"Allow","Action":["sns:Publish","events:PutEvents","sqs:SendMessage","kms:Decrypt"],"Resource":"*"}`)
	for _, c := range []struct{ arn, input, want string }{
		{topic, "by topic", "by topic"},
		{"arn:aws:scheduler:::aws-sdk:sns:publish", `{"TopicArn":"` + topic + `","Message":"by publish"}`, "by publish"},
		{bus, `{"say":"by bus"}`, `"by bus"`},
		{"arn:aws:scheduler:::aws-sdk:eventbridge:putEvents", `{"Entries":[{"Source":"mine","DetailType":"d","Detail":"{\"say\":\"by put\"}"}]}`, `"by put"`},
		{queue, "under a key", "under a key"},
	} {
		s.schedule(nameOf(c.want), "at("+s.state.cfg.Clock().Add(time.Minute).Format("2006-01-02T15:04:05")+")", func(in *scheduler.CreateScheduleInput) {
			in.Target.Arn, in.Target.RoleArn, in.Target.Input = &c.arn, new("arn:aws:iam::111122223333:role/all"), &c.input
			if c.arn == bus {
				in.Target.EventBridgeParameters = &scheduler.EventBridgeParameters{Source: new("mine"), DetailType: new("d")}
			}
			if c.arn == queue {
				in.KmsKeyArn = key
			}
		})
		s.pass(time.Minute)
		s.wants(c.want)
	}
	s.schedule("undecrypted", "at("+s.state.cfg.Clock().Add(time.Minute).Format("2006-01-02T15:04:05")+")", func(in *scheduler.CreateScheduleInput) {
		in.KmsKeyArn, in.Target.DeadLetterConfig = key, &scheduler.DeadLetterConfig{Arn: new(queue)}
	})
	s.pass(time.Minute)
	if m := s.receive(); *m.Body != "{}" || wire.Text(m.MessageAttributes["ERROR_CODE"].StringValue) != "AccessDeniedException" {
		t.Errorf("without kms:Decrypt the queue got %q, %v", *m.Body, m.MessageAttributes)
	}
}

// nameOf makes a schedule's name of a text.
func nameOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, text)
}
