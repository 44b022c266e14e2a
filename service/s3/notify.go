package s3

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"vauban/api/lambda"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// This file tells queues, topics, functions and EventBridge what happens to objects. A message joins the transaction that changes the object, and is sent
// until the receiver has taken it: at least once, as in AWS. Amazon S3 User Guide: "Amazon S3 Event Notifications", "Event message structure".

// notifier is the service principal that the policies of receivers must let in.
const notifier = "s3.amazonaws.com"

// notifications is what a bucket tells, and whom.
type notifications struct {
	To          []notified `json:"queues"` // also topics and functions
	EventBridge bool       `json:"eventBridge,omitempty"`
}

// notified is a receiver with what it is told.
type notified struct {
	ID     string   `json:"id"`
	ARN    string   `json:"queue"`
	Events []string `json:"events"`
	Prefix string   `json:"prefix,omitempty"` // of keys
	Suffix string   `json:"suffix,omitempty"`
	Filter bool     `json:"filter,omitempty"` // there is one, if an empty one
}

const notificationKind kindOf[notifications] = "notification"

// wants reports whether the receiver is to be told of an event, such as "s3:ObjectCreated:Put".
func (n *notified) wants(event, key string) bool {
	if !strings.HasPrefix(key, n.Prefix) || !strings.HasSuffix(key, n.Suffix) {
		return false
	}
	for _, e := range n.Events {
		if all, ok := strings.CutSuffix(e, "*"); e == event || ok && strings.HasPrefix(event, all) {
			return true
		}
	}
	return false
}

// letter is a message on its way to a receiver.
type letter struct {
	Account string          `json:"account"` // owner of the bucket
	Bucket  string          `json:"bucket"`  // ARN
	To      string          `json:"queue"`   // ARN
	Body    json.RawMessage `json:"body"`
	Time    time.Time       `json:"time,omitzero"`
	Type    string          `json:"type,omitempty"`  // of an event for EventBridge
	Trace   string          `json:"trace,omitempty"` // X-Amzn-Trace-Id of the call
}

// notify puts the messages about an event into the queue of outbound work, in the transaction that makes it.
func (s *Service) notify(tx store.Tx, c *service.Call, b *Bucket, event string, v *Version) error {
	n, err := notificationKind.in(tx, b)
	if err != nil || n == nil {
		return err
	}
	for i := range n.To {
		if q := &n.To[i]; q.wants(event, v.Key) {
			if err := s.post(tx, b, &letter{To: q.ARN, Time: c.Time, Trace: c.Trace}, s.eventMessage(c, b, q.ID, event, v)); err != nil {
				return fmt.Errorf("notify %s: %w", q.ARN, err)
			}
		}
	}
	if !n.EventBridge {
		return nil
	}
	kind, detail := busEvent(c, b, event, v)
	bus := "arn:" + s.Partition + ":events:" + b.Region + ":" + b.Account + ":event-bus/default"
	if err := s.post(tx, b, &letter{To: bus, Time: c.Time, Type: kind}, detail); err != nil {
		return fmt.Errorf("notify EventBridge: %w", err)
	}
	return nil
}

func (s *Service) post(tx store.Tx, b *Bucket, l *letter, message any) (err error) {
	l.Account, l.Bucket = b.Account, s.bucketARN(b.Name)
	if l.Body, err = json.Marshal(message); err != nil {
		return err
	}
	payload, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: "s3.notification", Target: l.To, Payload: payload})
}

type object = map[string]any

// keyInEvent is a key as events have it: like the value of a form, but with its slashes.
func keyInEvent(key string) string { return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/") }

// sequencer orders the events of a key.
func sequencer(v *Version) string { return fmt.Sprintf("%018X", v.Seq) }

// eventMessage is a message of version 2.1.
func (s *Service) eventMessage(c *service.Call, b *Bucket, id, event string, v *Version) object {
	about := object{"key": keyInEvent(v.Key), "sequencer": sequencer(v)}
	if versioningOf(b) != "" {
		about["versionId"] = v.ID
	}
	switch {
	case strings.HasPrefix(event, "s3:ObjectCreated:"):
		about["size"], about["eTag"] = v.Size, v.ETag
	case strings.HasPrefix(event, "s3:ObjectTagging:"):
		about["eTag"] = v.ETag
		delete(about, "sequencer")
	}
	principal := notifier // of lifecycle rules
	if c.Caller != nil {
		principal = "AWS:" + c.Caller.UserID
	}
	return object{"Records": []object{{
		"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": b.Region, "eventTime": c.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
		"eventName": strings.TrimPrefix(event, "s3:"), "userIdentity": object{"principalId": principal},
		"requestParameters": object{"sourceIPAddress": c.SourceIP.String()}, "responseElements": object{"x-amz-request-id": c.RequestID},
		"s3": object{
			"s3SchemaVersion": "1.0", "configurationId": id,
			"bucket": object{"name": b.Name, "ownerIdentity": object{"principalId": canonicalID(b.Account)}, "arn": s.bucketARN(b.Name)}, "object": about,
		},
	}}}
}

// Senders implements [service.Sending].
func (s *Service) Senders() []service.Sender {
	return []service.Sender{{Kind: replicationKindName, Send: s.deliverCopy}, {Kind: "s3.notification", Send: func(w *service.Work, d *delivery.Delivery) error {
		var l letter
		if err := json.Unmarshal(d.Payload, &l); err != nil {
			return delivery.Permanent(err)
		}
		c := w.Call(l.Account, "")
		c.Trace = l.Trace
		return s.sendLetter(w.Door, c, &l)
	}}}
}

// sendLetter hands a message to the receiver, whose policy decides.
func (s *Service) sendLetter(door service.Door, c *service.Call, l *letter) error {
	m := &target.Message{Body: string(l.Body), Time: l.Time, Subject: "Amazon S3 Notification"}
	if l.Type != "" {
		m.Source, m.DetailType, m.Resources = "aws.s3", l.Type, []string{l.Bucket}
	}
	return target.Send(door, c, service.AsService(notifier, l.Bucket, l.Account), l.To, m)
}

// probe finds out whether S3 may tell a receiver: it sends a message, or asks Lambda whether it might invoke the function.
func (s *Service) probe(c *service.Call, b *Bucket, to string) error {
	if target.Kind(to) == "lambda" {
		there := *service.Inner(c)
		there.Region = b.Region
		_, err := c.Door.Call(&there, service.AsService(notifier, s.bucketARN(b.Name), b.Account), "lambda", "Invoke", &lambda.InvokeInput{
			FunctionName: &to, InvocationType: new(lambda.InvocationTypeDryRun),
		})
		return err
	}
	body, err := json.Marshal(object{"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": c.Time.UTC().Format(time.RFC3339), "Bucket": b.Name, "RequestId": c.RequestID})
	if err != nil {
		return err
	}
	return s.sendLetter(c.Door, c, &letter{Account: b.Account, Bucket: s.bucketARN(b.Name), To: to, Body: body, Time: c.Time})
}
