package sqs

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/service/datakey"
	"vauban/store"
)

func (s *Service) sendOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpSendMessage, on(s, acting, func(in *api.SendMessageInput) *string { return in.QueueUrl }), s.sendMessage).WithoutSignature().OnData(),
		service.Acts(api.OpSendMessageBatch, on(s, acting, func(in *api.SendMessageBatchInput) *string { return in.QueueUrl }), s.sendBatch).WithoutSignature().OnData(),
	}
}

// letter is a message on its way into a queue.
type letter struct {
	in      *api.SendMessageBatchRequestEntry
	content Content
	size    int
	delay   time.Duration
	message Message
	large   *Large
	system  string // MD5 of the system attributes
}

// hidden stands in records for what a message says. CloudTrail does so.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

func (s *Service) sendMessage(c *service.Call, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
	shown := *in
	shown.MessageBody, shown.MessageAttributes, shown.MessageSystemAttributes = new(hidden), nil, nil
	c.Record().Request = &shown
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	l, err := q.read(&api.SendMessageBatchRequestEntry{
		MessageBody: in.MessageBody, DelaySeconds: in.DelaySeconds, MessageAttributes: in.MessageAttributes, MessageSystemAttributes: in.MessageSystemAttributes,
		MessageGroupId: in.MessageGroupId, MessageDeduplicationId: in.MessageDeduplicationId,
	})
	if err != nil {
		return nil, err
	}
	out := &api.SendMessageOutput{}
	err = s.deliver(c, q, []*letter{l}, func() any {
		out.MessageId, out.MD5OfMessageBody, out.SequenceNumber = &l.message.ID, new(md5Hex(l.content.Body)), l.sequence(q)
		out.MD5OfMessageAttributes, out.MD5OfMessageSystemAttributes = wire.Optional(digest(l.content.Attributes)), wire.Optional(l.system)
		return out
	})
	return out, err
}

func (s *Service) sendBatch(c *service.Call, in *api.SendMessageBatchInput) (*api.SendMessageBatchOutput, error) {
	shown := *in
	shown.Entries = make([]api.SendMessageBatchRequestEntry, len(in.Entries))
	for i, e := range in.Entries {
		e.MessageBody, e.MessageAttributes, e.MessageSystemAttributes = new(hidden), nil, nil
		shown.Entries[i] = e
	}
	c.Record().Request = &shown
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e *api.SendMessageBatchRequestEntry) *string { return e.Id }); err != nil {
		return nil, err
	}
	out := &api.SendMessageBatchOutput{Failed: []api.BatchResultErrorEntry{}, Successful: []api.SendMessageBatchResultEntry{}}
	letters, err := q.readAll(in.Entries, out)
	if err != nil {
		return nil, err
	}
	if len(letters) == 0 {
		return out, nil
	}
	failed := len(out.Failed)
	err = s.deliver(c, q, letters, func() any {
		out.Successful, out.Failed = out.Successful[:0], out.Failed[:failed]
		for _, l := range letters {
			out.Successful = append(out.Successful, api.SendMessageBatchResultEntry{
				Id: l.in.Id, MessageId: &l.message.ID, MD5OfMessageBody: new(md5Hex(l.content.Body)), SequenceNumber: l.sequence(q),
				MD5OfMessageAttributes: wire.Optional(digest(l.content.Attributes)), MD5OfMessageSystemAttributes: wire.Optional(l.system),
			})
		}
		return out
	})
	return out, err
}

// readAll reads the entries of a batch. One that is wrong fails alone, unless AWS refuses the whole batch for it.
func (q *Queue) readAll(entries []api.SendMessageBatchRequestEntry, out *api.SendMessageBatchOutput) ([]*letter, error) {
	var letters []*letter
	total := 0
	for i := range entries {
		e := &entries[i]
		if q.FIFO && wire.Text(e.MessageGroupId) == "" {
			return nil, invalidParameterValue.New("The request must contain the parameter MessageGroupId.")
		}
		l, err := q.read(e)
		if l != nil {
			total += l.size
		}
		if err != nil {
			failed, err := failure(*e.Id, err)
			if err != nil {
				return nil, err
			}
			out.Failed = append(out.Failed, failed)
			continue
		}
		letters = append(letters, l)
	}
	if total > MaxMessage {
		return nil, api.BatchRequestTooLong.New("Batch requests cannot be longer than %d bytes. You have sent %d bytes.", MaxMessage, total)
	}
	return letters, nil
}

// read checks a message against the queue. A letter comes back also with an error, when its size is known.
func (q *Queue) read(e *api.SendMessageBatchRequestEntry) (*letter, error) {
	l := &letter{in: e, content: Content{Body: wire.Text(e.MessageBody)}}
	if l.content.Body == "" {
		return nil, missing("MessageBody")
	}
	var err error
	if l.content.Attributes, l.size, err = attributesOf(e.MessageAttributes); err != nil {
		return nil, err
	}
	l.size += len(l.content.Body)
	if int64(l.size) > q.Settings.MaxSize {
		return l, badParameters("Message must be shorter than " + strconv.FormatInt(q.Settings.MaxSize, 10) + " bytes.")
	}
	if !isText(l.content.Body) {
		return l, api.InvalidMessageContents.New("Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
	}
	if err := l.readSystem(e.MessageSystemAttributes); err != nil {
		return l, err
	}
	if err := q.readDelay(l); err != nil {
		return l, err
	}
	return l, q.readGroup(l)
}

func (l *letter) readSystem(in map[string]api.MessageSystemAttributeValue) error {
	for _, name := range slices.Sorted(maps.Keys(in)) {
		v := in[name]
		if name != api.MessageSystemAttributeNameForSendsAWSTraceHeader || wire.Text(v.DataType) != "String" || wire.Text(v.StringValue) == "" || len(*v.StringValue) > 1024 {
			return invalidParameterValue.New("Message system attribute '%s' is invalid. Only AWSTraceHeader, a String, is supported.", bounded(name, 100))
		}
		l.content.Trace = *v.StringValue
		l.system = digest(map[string]Attribute{name: {Type: "String", Text: l.content.Trace}})
	}
	return nil
}

func (q *Queue) readDelay(l *letter) error {
	l.delay = time.Duration(q.Settings.Delay) * time.Second
	if l.in.DelaySeconds == nil {
		return nil
	}
	d := *l.in.DelaySeconds
	switch {
	case d < 0 || d > 900:
		return badValue(strconv.FormatInt(d, 10), "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
	case q.FIFO && d > 0: // the queue's own delay counts
		return badValue(strconv.FormatInt(d, 10), "DelaySeconds", "The request include parameter that is not valid for this queue type.")
	case !q.FIFO:
		l.delay = time.Duration(d) * time.Second
	}
	return nil
}

// identifier is what a group or a deduplication ID looks like.
var identifier = regexp.MustCompile("^[A-Za-z0-9!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]{1,128}$")

func (q *Queue) readGroup(l *letter) error {
	for _, p := range []struct {
		name  string
		value *string
	}{{"MessageGroupId", l.in.MessageGroupId}, {"MessageDeduplicationId", l.in.MessageDeduplicationId}} {
		if p.value != nil && !identifier.MatchString(*p.value) {
			shown := bounded(*p.value, 200)
			if shown != "" {
				shown += " "
			}
			return invalidParameterValue.New("Value %sfor parameter %s is invalid. Reason: %s can only include alphanumeric and punctuation characters. 1 to 128 in length.", shown, p.name, p.name)
		}
	}
	l.message.Group, l.message.Dedup = wire.Text(l.in.MessageGroupId), wire.Text(l.in.MessageDeduplicationId)
	switch {
	case !q.FIFO && l.message.Dedup != "":
		return badValue(l.message.Dedup, "MessageDeduplicationId", "The request include parameter that is not valid for this queue type")
	case !q.FIFO:
		return nil
	case l.message.Group == "":
		return missing("MessageGroupId")
	case l.message.Dedup == "" && q.Settings.ContentDeduplication:
		sum := sha256.Sum256([]byte(l.content.Body))
		l.message.Dedup = hex.EncodeToString(sum[:])
	case l.message.Dedup == "":
		return invalidParameterValue.New("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	}
	return nil
}

// errChanged says that the queue is no longer what the letters were sealed for.
var errChanged = errors.New("sqs: the queue's key has changed")

// deliver stores the letters in one transaction with their record. answer makes the operation's output once they are in the queue.
func (s *Service) deliver(c *service.Call, q *Queue, letters []*letter, answer func() any) error {
	key, err := s.sealingKey(c, q)
	if err != nil {
		return err
	}
	sealed := make([]letter, len(letters))
	for i, l := range letters {
		if err := s.prepare(c, q, l, key); err != nil {
			return err
		}
		sealed[i] = *l
	}
	err = c.Commit(func(tx store.Tx) error {
		now, err := found(c)
		if err != nil {
			return err
		}
		if now.Settings.Key != q.Settings.Key || now.Space != q.Space {
			return errChanged
		}
		for i, l := range letters {
			if err := s.accept(tx, now, &sealed[i], l); err != nil {
				return err
			}
		}
		c.Record().Response = answer()
		return nil
	})
	if errors.Is(err, errChanged) {
		if q, err = found(c); err != nil {
			return err
		}
		return s.deliver(c, q, letters, answer)
	}
	return err
}

// prepare gives a letter its ID and its sender, and seals it.
func (s *Service) prepare(c *service.Call, q *Queue, l *letter, key *datakey.Key) (err error) {
	l.message = Message{Group: l.message.Group, Dedup: l.message.Dedup, Sender: sender(c)}
	if l.content.Trace == "" {
		l.content.Trace = c.Trace // SDKs in functions send the header
	}
	if l.message.ID, err = newID(s.Rand); err != nil {
		return err
	}
	l.large, err = s.lock(&l.message, &l.content, key, q.arn())
	return err
}

// accept stores one letter, unless it repeats another. It starts from what was sealed: the transaction may run again.
func (s *Service) accept(tx store.Tx, q *Queue, sealed, l *letter) error {
	now := s.Clock()
	l.message = sealed.message
	if q.FIFO {
		first, err := seen(tx, q, &l.message, now)
		if err != nil {
			return err
		}
		if first != nil {
			l.message.ID, l.message.Number = first.ID, first.Number
			return nil
		}
	}
	l.message.Sent, l.message.At = now, now.Add(l.delay)
	if err := s.put(tx, q, &l.message, now); err != nil {
		return err
	}
	if l.large != nil {
		if err := larges.Insert(tx, l.large); err != nil {
			return err
		}
	}
	if q.FIFO {
		return remember(tx, q, &l.message, now)
	}
	return nil
}

// sequence is the SequenceNumber: twenty digits, on FIFO queues only.
func (l *letter) sequence(q *Queue) *string {
	if !q.FIFO {
		return nil
	}
	return new(sequenceNumber(l.message.Number))
}

func sequenceNumber(n int64) string { return fmt.Sprintf("1%019d", n) }

// sender is the SenderId: who sent the message, as the receiver sees it.
func sender(c *service.Call) string {
	switch {
	case c.Caller.Kind == policy.Service:
		return c.Caller.ServiceName
	case c.Caller.Kind == policy.Anonymous:
		return c.SourceIP.String()
	}
	return c.Caller.UserID
}

// newID is a random UUID.
func newID(r io.Reader) (string, error) {
	if r == nil {
		r = rand.Reader
	}
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("random ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// failure is the answer for one entry of a batch. What is no modelled error fails the whole batch.
func failure(id string, err error) (api.BatchResultErrorEntry, error) {
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape.Fault {
		return api.BatchResultErrorEntry{}, err
	}
	code := e.Shape.QueryCode
	if code == "" {
		code = e.Shape.Code
	}
	return api.BatchResultErrorEntry{Id: &id, Code: &code, Message: &e.Message, SenderFault: new(true)}, nil
}
