package target

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"vauban/api/lambda"
	"vauban/api/logs"
	"vauban/api/sns"
	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/eventlog/delivery"
	"vauban/service"
)

// Message is what is sent.
type Message struct {
	Body  string
	ID    string    // unique: names the log stream's event, the deduplication of FIFO queues and topics that ask for no other
	Time  time.Time // of the event
	Group string    // FIFO queues and topics: MessageGroupId

	Deduplication string                               // FIFO: MessageDeduplicationId; "" leaves it to the receiver's content-based one
	Subject       string                               // topics
	Attributes    map[string]sqs.MessageAttributeValue // queues
	Trace         string                               // queues: header of X-Ray, which they give with the message as AWSTraceHeader
	Source        string                               // buses: of the event, "" means Body is a whole EventBridge event to be forwarded
	DetailType    string                               // buses
	Resources     []string                             // buses
	Stream        string                               // log groups: the stream; "" means the ID
}

// ErrKind says that nothing can be sent to such an ARN.
var ErrKind = errors.New("target: not a queue, topic, function, log group or event bus")

// Kind returns the service that the ARN belongs to if it can be a target: "sqs", "sns", "lambda", "logs" or "events"; else "".
func Kind(text string) string {
	a, err := arn.Parse(text)
	if err != nil || !arn.IsAccount(a.Account) || a.Region == "" {
		return ""
	}
	switch {
	case a.Service == "sqs" && a.Resource != "" && !strings.ContainsAny(a.Resource, "/:"),
		a.Service == "sns" && a.Resource != "" && !strings.ContainsAny(a.Resource, "/:"),
		a.Service == "lambda" && strings.HasPrefix(a.Resource, "function:"),
		a.Service == "logs" && strings.HasPrefix(a.Resource, "log-group:"),
		a.Service == "events" && strings.HasPrefix(a.Resource, "event-bus/"):
		return a.Service
	}
	return ""
}

// Send hands the message over, in the receiver's region, as the identity. What the receiver refuses for good is marked [delivery.Permanent].
func Send(door service.Door, c *service.Call, as service.Identity, to string, m *Message) error {
	_, err := send(door, c, as, to, m)
	return err
}

// ID hands the message over and returns the identifier that the receiver gave it, "" when it gives none.
func ID(door service.Door, c *service.Call, as service.Identity, to string, m *Message) (string, error) {
	return send(door, c, as, to, m)
}

func send(door service.Door, c *service.Call, as service.Identity, to string, m *Message) (string, error) {
	kind := Kind(to)
	if kind == "" {
		return "", delivery.Permanent(fmt.Errorf("%w: %s", ErrKind, to))
	}
	a, err := arn.Parse(to)
	if err != nil {
		return "", delivery.Permanent(err)
	}
	there := *service.Inner(c)
	there.Region = a.Region
	s := sending{door, &there, as, a, to, m}
	var id string
	switch kind {
	case "sqs":
		id, err = s.queue()
	case "sns":
		id, err = s.topic()
	case "lambda":
		err = s.function()
	case "logs":
		err = s.logGroup()
	case "events":
		id, err = s.bus()
	}
	return id, classified(err)
}

// classified marks what trying again does not mend. AWS EventBridge User Guide: "How EventBridge retries delivering events".
func classified(err error) error {
	var e *wire.Error
	if errors.As(err, &e) && !e.Shape.Fault && !strings.Contains(e.Shape.Code, "Throttl") && !strings.Contains(e.Shape.Code, "TooManyRequests") {
		return delivery.Permanent(err)
	}
	return err
}

type sending struct {
	door service.Door
	c    *service.Call
	as   service.Identity
	a    arn.ARN
	to   string
	m    *Message
}

func (s *sending) queue() (string, error) {
	in := &sqs.SendMessageInput{
		QueueUrl: new("https://sqs/" + s.a.Account + "/" + s.a.Resource), MessageBody: &s.m.Body, MessageAttributes: s.m.Attributes,
		MessageGroupId: wire.Optional(s.m.Group), MessageDeduplicationId: wire.Optional(s.m.Deduplication),
	}
	if s.m.Trace != "" {
		in.MessageSystemAttributes = map[string]sqs.MessageSystemAttributeValue{
			sqs.MessageSystemAttributeNameForSendsAWSTraceHeader: {DataType: new("String"), StringValue: &s.m.Trace},
		}
	}
	out, err := s.door.Call(s.c, s.as, "sqs", "SendMessage", in)
	if err != nil {
		return "", err
	}
	return wire.Text(out.(*sqs.SendMessageOutput).MessageId), nil
}

func (s *sending) topic() (string, error) {
	out, err := s.door.Call(s.c, s.as, "sns", "Publish", &sns.PublishInput{
		TopicArn: &s.to, Message: &s.m.Body, Subject: wire.Optional(s.m.Subject),
		MessageGroupId: wire.Optional(s.m.Group), MessageDeduplicationId: wire.Optional(s.m.Deduplication),
	})
	if err != nil {
		return "", err
	}
	return wire.Text(out.(*sns.PublishOutput).MessageId), nil
}

// function invokes asynchronously: Lambda queues the event and retries by itself.
func (s *sending) function() error {
	_, err := s.door.Call(s.c, s.as, "lambda", "Invoke", &lambda.InvokeInput{FunctionName: &s.to, InvocationType: new("Event"), Payload: []byte(s.m.Body)})
	return err
}

// logGroup writes one event into a stream of its own, which it makes first.
func (s *sending) logGroup() error {
	group := strings.TrimSuffix(strings.TrimPrefix(s.a.Resource, "log-group:"), ":*")
	stream := s.m.Stream
	if stream == "" {
		stream = s.m.ID
	}
	_, err := s.door.Call(s.c, s.as, "logs", "CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream})
	var e *wire.Error
	if err != nil && !(errors.As(err, &e) && e.Shape == logs.ResourceAlreadyExistsException) {
		return err
	}
	_, err = s.door.Call(s.c, s.as, "logs", "PutLogEvents", &logs.PutLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream, LogEvents: []logs.InputLogEvent{{Message: &s.m.Body, Timestamp: new(s.m.Time.UnixMilli())}},
	})
	return err
}
