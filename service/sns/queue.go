package sns

import (
	"errors"
	"strings"

	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
)

// toQueue sends to a queue, as SNS on behalf of the topic: the queue's policy decides.
func (s *Service) toQueue(p *parcel) error {
	m, err := s.forQueue(p)
	if err != nil {
		return err
	}
	return s.hand(p, p.to.Endpoint, m)
}

// call is a call that hands the message on, in the chain of invocations that the publication belongs to.
func (p *parcel) call() *service.Call {
	c := p.work.Call(p.message.Account, p.message.Region)
	c.Trace = p.message.Trace
	return c
}

// hand gives a message to a queue or a function, and notes what was said.
func (s *Service) hand(p *parcel, to string, m *target.Message) error {
	id, err := target.ID(p.work.Door, p.call(), p.message.as(), to, m)
	p.outcome.status, p.outcome.response = 200, `{"sqsRequestId":"`+id+`"}`
	var e *wire.Error
	switch {
	case errors.As(err, &e):
		p.outcome.status, p.outcome.response = e.Shape.Status, bounded(e.Shape.Code+": "+e.Message, 500)
	case err != nil:
		p.outcome.status, p.outcome.response = 500, bounded(err.Error(), 500)
	case p.to.Protocol == byLambda:
		p.outcome.status, p.outcome.response = 202, ""
	}
	return err
}

// maxRawAttributes is how many attributes an SQS message has. With more, raw delivery fails as the subscriber's error. Developer guide: "Amazon SNS raw
// message delivery".
const maxRawAttributes = 10

// forQueue is the message as a queue gets it.
func (s *Service) forQueue(p *parcel) (*target.Message, error) {
	m := &target.Message{ID: p.message.ID, Time: p.message.Published, Group: p.message.Group}
	if p.to.fifoQueue() {
		m.Deduplication = p.message.Dedup
	}
	if !p.to.Raw {
		e, err := s.notification(p)
		if err != nil {
			return nil, err
		}
		m.Body, err = e.text()
		return m, err
	}
	m.Body = p.content.body(bySQS)
	if len(p.content.Attributes) > maxRawAttributes {
		return nil, delivery.Permanent(errors.New("the message has more attributes than a queue takes"))
	}
	m.Attributes = map[string]sqs.MessageAttributeValue{}
	for name, a := range p.content.Attributes {
		if strings.HasPrefix(name, "AWS.") {
			continue // they are for SNS, and queues refuse the prefix
		}
		v := sqs.MessageAttributeValue{DataType: new(a.Type)}
		if a.Binary {
			v.BinaryValue = a.Bytes
		} else {
			v.StringValue = new(a.Text)
		}
		m.Attributes[name] = v
	}
	return m, nil
}
