package sns

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"vauban/engine/retry"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// Senders implements [service.Sending].
func (s *Service) Senders() []service.Sender {
	return []service.Sender{
		{Kind: kindFan, Send: s.sendFan},
		{Kind: kindSQS, Send: s.sending(s.toQueue)},
		{Kind: kindLambda, Send: s.sending(s.toFunction)},
		{Kind: kindWeb, Send: s.sending(s.toWeb)},
		{Kind: kindMail, Send: s.sending(s.toMail)},
		{Kind: kindSMS, Send: s.sending(s.toPhone)},
		{Kind: kindLog, Send: s.sendLog},
		{Kind: kindAudit, Send: s.sendAudit},
	}
}

var _ service.Sending = (*Service)(nil)

// parcel is one delivery under way.
type parcel struct {
	work    *service.Work
	topic   *Topic // nil for a message that goes straight to a phone
	to      *subscriber
	message *Message
	content *Content
	pending *Pending
	started time.Time
	outcome outcome
	guard   *guard // the topic's data protection policy
}

// outcome is what the endpoint said.
type outcome struct {
	status   int    // HTTP's, or the one that says the same of another protocol
	response string // what the provider answered, shortened
	sms      *smsOutcome
}

// sending makes the sender of a protocol. What a sender answers decides: nil is an arrival, [delivery.Permanent] a failure of the subscriber's that no
// retry mends, all else is tried again as the delivery policy says.
func (s *Service) sending(send func(*parcel) error) func(*service.Work, *delivery.Delivery) error {
	return func(w *service.Work, d *delivery.Delivery) error {
		var o order
		if err := json.Unmarshal(d.Payload, &o); err != nil {
			return delivery.Permanent(err)
		}
		if o.Message == "" {
			return s.sendNotice(w, d, &o, send)
		}
		p, sealed, err := s.open(w, &o)
		if p == nil || err != nil {
			return err
		}
		if p.pending.Dead {
			p.content, err = s.unlock(w, p.message, sealed)
			if err != nil {
				return err
			}
			return s.bury(p)
		}
		if p.content, err = s.unlock(w, p.message, sealed); err == nil {
			if why := p.prohibited(); why != "" {
				return s.refuse(p, why)
			}
			err = p.within(attemptTime, send)
		}
		var later *throttled
		switch {
		case err == nil:
			return s.arrived(p)
		case w.Err() != nil: // the server ends
			return err
		case !errors.As(err, &later):
			return s.failed(p, err)
		}
		return delivery.After(err, later.wait)
	}
}

// attemptTime bounds an attempt, so that there is time left to note how it went.
const attemptTime = 20 * time.Second

// within sends with a context that ends after that time.
func (p *parcel) within(d time.Duration, send func(*parcel) error) error {
	ctx, cancel := context.WithTimeout(p.work, d)
	defer cancel()
	limited := *p
	work := *p.work
	work.Context = ctx
	limited.work = &work
	err := send(&limited)
	p.outcome = limited.outcome
	return err
}

// open reads what a delivery is about. It is nil when there is nothing left to do; then nothing of it stays.
func (s *Service) open(w *service.Work, o *order) (p *parcel, sealed []byte, err error) {
	gone := false
	err = s.Store.Read(w, func(tx store.Tx) error {
		p, gone = &parcel{work: w, started: s.Clock()}, false
		var err error
		if p.pending, err = pendings.Get(tx, store.K(o.Message, o.ID)); err != nil {
			return err
		}
		if p.message, err = messages.Get(tx, store.K(o.Message)); err != nil {
			return err
		}
		x, err := contents.Get(tx, store.K(o.Message))
		if err != nil {
			return err
		}
		sealed = x.Content
		if p.message.Space == "" {
			p.to = newSubscriber(&Subscription{ID: o.ID, Account: p.message.Account, Region: p.message.Region, Owner: p.message.Account, Protocol: bySMS, Endpoint: o.ID})
			return nil
		}
		gone, err = s.openSubscription(tx, p, o)
		return err
	})
	if store.IsAbsent(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if gone {
		return nil, nil, s.finish(p, nil)
	}
	return p, sealed, nil
}

// openSubscription reads the subscription and its topic; gone when one of them is.
func (s *Service) openSubscription(tx store.Tx, p *parcel, o *order) (gone bool, err error) {
	t, err := topics.Get(tx, store.K(p.message.Account, p.message.Region, p.message.Topic))
	if err == nil && t.Space == o.Space {
		var x *Subscription
		if x, err = subscriptions.Get(tx, store.K(o.Space, o.ID)); err == nil && !x.Pending {
			p.topic, p.to = t, newSubscriber(x)
			p.guard, err = s.guardOf(tx, t)
			return false, err
		}
	}
	if err != nil && !store.IsAbsent(err) {
		return false, err
	}
	p.to = newSubscriber(&Subscription{Space: o.Space, ID: o.ID})
	return true, nil
}

// arrived ends a delivery.
func (s *Service) arrived(p *parcel) error {
	if err := s.finish(p, s.report(p, nil)); err != nil {
		return err
	}
	s.count(p.message, "NumberOfNotificationsDelivered")
	return nil
}

// failed tries again later, as the policy says, or gives the delivery up.
func (s *Service) failed(p *parcel, cause error) error {
	tries := p.pending.Tries + 1
	policy := s.policyOf(p)
	if wait, again := policy.Delay(tries); again && !delivery.IsPermanent(cause) {
		if err := s.note(p, func(x *Pending) { x.Tries = tries }); err != nil {
			return err
		}
		return delivery.After(cause, wait)
	}
	s.count(p.message, "NumberOfNotificationsFailed")
	if p.to.Dead == "" {
		if err := s.finish(p, s.report(p, cause)); err != nil {
			return err
		}
		return delivery.Permanent(cause)
	}
	err := s.note(p, func(x *Pending) { x.Dead, x.Tries, x.Reason = true, 0, bounded(cause.Error(), 500) })
	if err != nil {
		return err
	}
	p.pending.Dead, p.pending.Tries, p.pending.Reason = true, 0, bounded(cause.Error(), 500)
	return s.bury(p)
}

func (s *Service) policyOf(p *parcel) retry.Policy {
	switch p.to.Protocol {
	case byHTTP, byHTTPS:
		return effective(p.topic, p.to).Retry
	case bySQS, byLambda:
		return retry.Managed()
	}
	return retry.People()
}

// note changes the delivery's state.
func (s *Service) note(p *parcel, change func(*Pending)) error {
	return s.Store.Write(p.work, func(tx store.Tx) error {
		x, err := pendings.Get(tx, store.K(p.pending.Message, p.pending.ID))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		change(x)
		return pendings.Update(tx, x)
	})
}

// finish ends a delivery: nothing of it stays but, perhaps, a line in a log. The next of its line begins.
func (s *Service) finish(p *parcel, report *delivery.Delivery) error {
	return s.Store.Write(p.work, func(tx store.Tx) error {
		err := pendings.Delete(tx, store.K(p.pending.Message, p.pending.ID))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if report != nil {
			if err := s.Outbound.Enqueue(tx, report); err != nil {
				return err
			}
		}
		m, err := messages.Get(tx, store.K(p.pending.Message))
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.Number != 0 {
			if err := s.advance(tx, m, p.to.Subscription); err != nil {
				return err
			}
		}
		return s.forget(tx, m)
	})
}

// advance takes a delivery out of its line and starts the next.
func (s *Service) advance(tx store.Tx, m *Message, x *Subscription) error {
	if err := lines.Delete(tx, store.K(x.Space, x.ID, m.Group, m.Number)); err != nil && !store.IsAbsent(err) {
		return err
	}
	next, err := first(tx, x.Space, x.ID, m.Group)
	if next == nil || err != nil {
		return err
	}
	to, err := subscriptions.Get(tx, store.K(x.Space, x.ID))
	if store.IsAbsent(err) {
		to, err = &Subscription{Space: x.Space, ID: x.ID, Protocol: bySQS, Endpoint: "arn:aws:sqs:::gone"}, nil // its sender clears it away
	}
	if err != nil {
		return err
	}
	return s.start(tx, next.Message, to, time.Time{})
}
