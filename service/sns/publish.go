package sns

import (
	"errors"
	"strings"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/dataprotection"
	"vauban/service"
	"vauban/service/datakey"
	"vauban/store"
)

func (s *Service) publishOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpPublish, s.onPublishing, s.publish).OnData(),
		service.Acts(api.OpPublishBatch, on(s, shared, func(in *api.PublishBatchInput) *string { return in.TopicArn }), s.publishBatch).OnData(),
	}
}

func (s *Service) onPublishing(c *service.Call, in *api.PublishInput) ([]service.Question, error) {
	to, number := wire.Text(in.TopicArn)+wire.Text(in.TargetArn), wire.Text(in.PhoneNumber)
	switch {
	case in.TopicArn != nil && in.TargetArn != nil, to != "" && in.PhoneNumber != nil:
		return nil, invalid("TopicArn Reason: Only one of TopicArn, TargetArn and PhoneNumber may be given")
	case to != "":
		if a, err := arn.Parse(to); err == nil && a.Service == "sns" && strings.HasPrefix(a.Resource, "endpoint/") {
			return nil, invalid("TargetArn Reason: No endpoint found for the target arn specified")
		}
		parameter := "TopicArn"
		if in.TargetArn != nil {
			parameter = "TargetArn"
		}
		q, err := s.onARN(c, shared, to, parameter)
		return []service.Question{q}, err
	case in.PhoneNumber == nil:
		return nil, invalid("TopicArn or TargetArn Reason: no value for required parameter")
	}
	if _, ok := phoneNumber(number); !ok {
		return nil, invalid("PhoneNumber Reason: %s is not valid to publish to", bounded(number, 100))
	}
	return []service.Question{{Resource: "*"}}, nil
}

// letter is a message on its way into a topic.
type letter struct {
	entry   *api.PublishBatchRequestEntry
	content Content
	size    int
	message Message
	sealed  []byte

	audit   *dataprotection.Audit // what is told of it, nil when nothing is
	audited []audited
}

// audited is one of the letter's texts and what an audit has found in it, which is something.
type audited struct {
	text     string
	findings []dataprotection.Finding
}

func (s *Service) publish(c *service.Call, in *api.PublishInput) (*api.PublishOutput, error) {
	e := &api.PublishBatchRequestEntry{
		Message: in.Message, Subject: in.Subject, MessageStructure: in.MessageStructure, MessageAttributes: in.MessageAttributes,
		MessageGroupId: in.MessageGroupId, MessageDeduplicationId: in.MessageDeduplicationId,
	}
	if in.PhoneNumber != nil {
		return s.publishToPhone(c, e, *in.PhoneNumber)
	}
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	g, err := s.readGuard(c, t)
	if err != nil {
		return nil, err
	}
	l, err := t.read(e)
	if err != nil {
		return nil, err
	}
	if err := s.enforce(c, t, g, l); err != nil {
		return nil, err
	}
	out := &api.PublishOutput{}
	err = s.accept(c, t, []*letter{l}, func() any {
		out.MessageId, out.SequenceNumber = &l.message.ID, l.sequence()
		return out
	})
	return out, err
}

func (l *letter) sequence() *string {
	if l.message.Number == 0 {
		return nil
	}
	return new(sequenceNumber(l.message.Number))
}

// errChanged says that the topic is no longer what the letters were sealed for.
var errChanged = errors.New("sns: the topic's key has changed")

// errGuarded says that the topic's data protection policy is no longer the one that the letters were looked through with: the client tries again.
var errGuarded = api.InternalErrorException.New("The topic's data protection policy has been changed meanwhile. Publish again.")

// readGuard reads the policy that messages which come in are looked through with.
func (s *Service) readGuard(c *service.Call, t *Topic) (g *guard, err error) {
	if t.Guard == "" {
		return nil, nil
	}
	err = s.Store.Read(c, func(tx store.Tx) error {
		g, err = s.guardOf(tx, t)
		return err
	})
	if store.IsAbsent(err) {
		return nil, errGuarded
	}
	return g, err
}

// accept stores the letters and the first of their deliveries in one transaction with the record. answer makes the operation's output.
func (s *Service) accept(c *service.Call, t *Topic, letters []*letter, answer func() any) error {
	key, err := s.sealingKey(c, t)
	if err != nil {
		return err
	}
	drafts := make([]Message, len(letters))
	for i, l := range letters {
		if err := s.prepare(c, t, l, key); err != nil {
			return err
		}
		drafts[i] = l.message
	}
	var results []*fanned
	err = c.Commit(func(tx store.Tx) error {
		results = results[:0]
		now, err := found(c)
		if err != nil {
			return err
		}
		if now.Guard != t.Guard {
			return errGuarded
		}
		if now.Settings.Key != t.Settings.Key || now.Space != t.Space {
			return errChanged
		}
		for i, l := range letters {
			l.message = drafts[i] // the transaction may run again
			f, err := s.put(tx, now, l)
			if err != nil {
				return err
			}
			results = append(results, f)
			if err := s.enqueueAudit(tx, c.Caller, now, l); err != nil {
				return err
			}
		}
		c.Record().Response = answer()
		return nil
	})
	if errors.Is(err, errChanged) {
		if t, err = found(c); err != nil {
			return err
		}
		return s.accept(c, t, letters, answer)
	}
	if err != nil {
		return err
	}
	for i, l := range letters {
		s.measurePublished(&l.message, l.size)
		s.measureFiltered(&l.message, results[i])
		s.measureAudit(l)
	}
	return nil
}

// prepare gives a letter its ID and seals it.
func (s *Service) prepare(c *service.Call, t *Topic, l *letter, key *datakey.Key) (err error) {
	l.message = Message{Space: t.Space, Account: t.Account, Region: t.Region, Topic: t.Name, Trace: c.Trace, Group: l.message.Group, Dedup: l.message.Dedup}
	if l.message.ID, err = newID(s.Rand); err != nil {
		return err
	}
	if key != nil {
		l.message.Lock = &Lock{Wrapped: key.Wrapped, Publisher: *c.Caller}
	}
	l.sealed, err = s.lock(l.message.ID, &l.content, key)
	return err
}

// put stores one letter with its deliveries, unless it repeats another or nobody gets it.
func (s *Service) put(tx store.Tx, t *Topic, l *letter) (*fanned, error) {
	m, now := &l.message, s.Clock()
	m.Published = now
	if t.FIFO {
		old, err := seen(tx, t, m, now)
		if err != nil {
			return nil, err
		}
		if old != nil {
			m.ID, m.Number = old.ID, old.Number
			return nil, nil
		}
		if err := number(tx, t, m, now); err != nil {
			return nil, err
		}
	}
	f, err := s.fan(tx, m, &judge{content: &l.content})
	if err != nil || f.sent == 0 && m.Fanned {
		return f, err
	}
	if err := errors.Join(messages.Insert(tx, m), contents.Insert(tx, &Sealed{ID: m.ID, Content: l.sealed})); err != nil {
		return nil, err
	}
	if m.Fanned {
		return f, nil
	}
	return f, s.continueFan(tx, m)
}
