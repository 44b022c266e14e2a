package sns

import (
	"errors"
	"time"
	"unicode/utf8"

	api "vauban/api/sns"
	"vauban/service"
	"vauban/store"
)

// publishToPhone sends a message to one phone, without a topic.
func (s *Service) publishToPhone(c *service.Call, e *api.PublishBatchRequestEntry, number string) (*api.PublishOutput, error) {
	number, _ = phoneNumber(number) // the rule has looked
	if e.MessageGroupId != nil || e.MessageDeduplicationId != nil {
		return nil, invalid("MessageGroupId Reason: a phone has no groups")
	}
	l, err := readContent(e)
	if err != nil {
		return nil, err
	}
	if text := l.content.body(bySMS); utf8.RuneCountInString(text) > maxSMS {
		return nil, invalid("Message too long")
	}
	m := &l.message
	*m = Message{Account: c.Account, Region: c.Region, Fanned: true}
	if m.ID, err = newID(s.Rand); err != nil {
		return nil, err
	}
	if l.sealed, err = s.lock(m.ID, &l.content, nil); err != nil {
		return nil, err
	}
	out := &api.PublishOutput{MessageId: &m.ID}
	err = c.Commit(func(tx store.Tx) error {
		m.Published = s.Clock()
		c.Record().Response = out
		return errors.Join(
			messages.Insert(tx, m), contents.Insert(tx, &Sealed{ID: m.ID, Content: l.sealed}), pendings.Insert(tx, &Pending{Message: m.ID, ID: number, Created: m.Published}),
			s.start(tx, m.ID, &Subscription{ID: number, Protocol: bySMS, Endpoint: number}, time.Time{}))
	})
	if err == nil {
		s.measurePublished(m, l.size)
	}
	return out, err
}
