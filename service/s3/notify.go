package s3

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// This file tells queues what happens to objects. A message joins the transaction that changes the object, and is sent until the queue has taken it:
// at least once, as in AWS. Amazon S3 User Guide: "Amazon S3 Event Notifications", "Event message structure".

// notifier is the service principal that queue policies must let in.
const notifier = "s3.amazonaws.com"

// notifications is what a bucket tells, and whom.
type notifications struct {
	Queues []notified `json:"queues"`
}

// notified is a queue with what it is told.
type notified struct {
	ID     string   `json:"id"`
	Queue  string   `json:"queue"` // ARN
	Events []string `json:"events"`
	Prefix string   `json:"prefix,omitempty"` // of keys
	Suffix string   `json:"suffix,omitempty"`
	Filter bool     `json:"filter,omitempty"` // there is one, if an empty one
}

const notificationKind kindOf[notifications] = "notification"

// wants reports whether the queue is to be told of an event, such as "s3:ObjectCreated:Put".
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

// letter is a message on its way to a queue.
type letter struct {
	Account string          `json:"account"` // owner of the bucket
	Bucket  string          `json:"bucket"`  // ARN
	Queue   string          `json:"queue"`   // ARN
	Body    json.RawMessage `json:"body"`
}

// notify puts the messages about an event into the queue of outbound work, in the transaction that makes it.
func (s *Service) notify(tx store.Tx, c *service.Call, b *Bucket, event string, v *Version) error {
	n, err := notificationKind.in(tx, b)
	if err != nil || n == nil {
		return err
	}
	for i := range n.Queues {
		if q := &n.Queues[i]; q.wants(event, v.Key) {
			if err := s.post(tx, b, q.Queue, s.eventMessage(c, b, q.ID, event, v)); err != nil {
				return fmt.Errorf("notify %s: %w", q.Queue, err)
			}
		}
	}
	return nil
}

func (s *Service) post(tx store.Tx, b *Bucket, queue string, message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(&letter{b.Account, s.bucketARN(b.Name), queue, body})
	if err != nil {
		return err
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: "s3.notification", Target: queue, Payload: payload})
}

type object = map[string]any

// eventMessage is a message of version 2.1.
func (s *Service) eventMessage(c *service.Call, b *Bucket, id, event string, v *Version) object {
	about := object{"key": url.QueryEscape(v.Key), "sequencer": fmt.Sprintf("%018X", v.Seq)}
	if versioningOf(b) != "" {
		about["versionId"] = v.ID
	}
	if strings.HasPrefix(event, "s3:ObjectCreated:") {
		about["size"], about["eTag"] = v.Size, v.ETag
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
	return []service.Sender{{Kind: "s3.notification", Send: func(w *service.Work, d *delivery.Delivery) error {
		var l letter
		if err := json.Unmarshal(d.Payload, &l); err != nil {
			return delivery.Permanent(err)
		}
		return s.sendLetter(w.Door, w.Call(l.Account, ""), &l)
	}}}
}

// sendLetter hands a message to the queue, whose policy decides.
func (s *Service) sendLetter(door service.Door, c *service.Call, l *letter) error {
	a, err := arn.Parse(l.Queue)
	if err != nil {
		return delivery.Permanent(err)
	}
	from := *service.Inner(c)
	from.Region = a.Region
	if strings.Contains(a.Resource, "/") {
		return delivery.Permanent(fmt.Errorf("%s is not a queue's ARN", l.Queue))
	}
	_, err = door.Call(&from, service.AsService(notifier, l.Bucket, l.Account), "sqs", "SendMessage", &sqs.SendMessageInput{
		QueueUrl: new("https://sqs/" + a.Account + "/" + a.Resource), MessageBody: new(string(l.Body)),
	})
	var e *wire.Error
	if errors.As(err, &e) && !e.Shape.Fault { // the queue is gone, or lets the bucket in no more
		return delivery.Permanent(err)
	}
	return err
}

// probe sends the message by which S3 finds out whether it may send any.
func (s *Service) probe(c *service.Call, b *Bucket, queue string) error {
	body, err := json.Marshal(object{"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": c.Time.UTC().Format(time.RFC3339), "Bucket": b.Name, "RequestId": c.RequestID})
	if err != nil {
		return err
	}
	return s.sendLetter(c.Door, c, &letter{b.Account, s.bucketARN(b.Name), queue, body})
}
