package sns

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"time"

	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// fanPage is how many subscriptions one transaction looks at: a publication does the first page itself, a sender the others, so that thousands of
// subscribers make no long transaction.
const fanPage = 100

// order is the payload of a delivery: which message to which subscription.
type order struct {
	Message  string    `json:"message,omitempty"`
	Space    string    `json:"space,omitempty"`
	ID       string    `json:"id,omitempty"` // of the subscription, or the number of a phone
	Farewell *Farewell `json:"farewell,omitempty"`
}

// The kinds of deliveries. Each has its own workers, so that no protocol waits for another.
const (
	kindFan    = "sns.fanout"
	kindSQS    = "sns.sqs"
	kindLambda = "sns.lambda"
	kindWeb    = "sns.http"
	kindMail   = "sns.mail"
	kindSMS    = "sns.sms"
	kindLog    = "sns.log"
)

func kindOf(protocol string) string {
	switch protocol {
	case byLambda:
		return kindLambda
	case byHTTP, byHTTPS:
		return kindWeb
	case byEmail, byEmailJSON:
		return kindMail
	case bySMS:
		return kindSMS
	}
	return kindSQS
}

// fanned is what one page of fan-out did.
type fanned struct {
	sent     int
	filtered map[verdict]int
}

// fan gives the next page of the topic's subscriptions their deliveries, and notes in the message how far it came.
func (s *Service) fan(tx store.Tx, m *Message, j *judge) (*fanned, error) {
	f := &fanned{filtered: map[verdict]int{}}
	var to []*Subscription
	looked := 0
	next, err := store.Visit(tx, subscriptions, store.K(m.Space), m.After, func(x *Subscription) bool {
		if looked == fanPage {
			return false
		}
		looked++
		if x.Pending {
			return true
		}
		if v := j.of(x, s.filters.of(x)); v == passes {
			to = append(to, x)
		} else {
			f.filtered[v]++
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, x := range to {
		if err := s.enqueue(tx, m, x); err != nil {
			return nil, err
		}
	}
	f.sent, m.After, m.Fanned = len(to), next, next == nil
	return f, nil
}

// enqueue makes the delivery of a message to a subscription. That of a FIFO topic waits for those before it in its line.
func (s *Service) enqueue(tx store.Tx, m *Message, x *Subscription) error {
	if err := pendings.Insert(tx, &Pending{Message: m.ID, Space: x.Space, ID: x.ID, Created: s.Clock()}); err != nil {
		return err
	}
	if m.Number == 0 {
		return s.start(tx, m.ID, x, time.Time{})
	}
	before, err := first(tx, x.Space, x.ID, m.Group)
	if err != nil {
		return err
	}
	if err := lines.Insert(tx, &Queued{Space: x.Space, ID: x.ID, Group: m.Group, Number: m.Number, Message: m.ID}); err != nil {
		return err
	}
	if before != nil {
		return nil
	}
	return s.start(tx, m.ID, x, time.Time{})
}

// start puts a delivery into the queue of outbound work. How often it is tried is the subscription's policy to say, not the queue's.
func (s *Service) start(tx store.Tx, message string, x *Subscription, due time.Time) error {
	payload, err := json.Marshal(order{Message: message, Space: x.Space, ID: x.ID})
	if err != nil {
		return err
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{
		Kind: kindOf(x.Protocol), Target: targetOf(x.Endpoint), ID: message + "/" + x.ID, Payload: payload, Due: due, Limit: math.MaxInt32,
	})
}

// targetOf is the endpoint as what fails together; a long one by its hash.
func targetOf(endpoint string) string {
	if len(endpoint) <= 1024 {
		return endpoint
	}
	sum := sha256.Sum256([]byte(endpoint))
	return endpoint[:256] + hex.EncodeToString(sum[:])
}

// continueFan makes a sender go on with the fan-out after the transaction.
func (s *Service) continueFan(tx store.Tx, m *Message) error {
	payload, err := json.Marshal(order{Message: m.ID})
	if err != nil {
		return err
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: kindFan, Target: m.topicARN(), ID: m.ID, Payload: payload, Limit: math.MaxInt32})
}

// sendFan does the rest of a fan-out, a page in each transaction.
func (s *Service) sendFan(w *service.Work, d *delivery.Delivery) error {
	var o order
	if err := json.Unmarshal(d.Payload, &o); err != nil {
		return delivery.Permanent(err)
	}
	m, sealed, err := s.stored(w, o.Message)
	if m == nil || err != nil {
		return err
	}
	content, err := s.unlock(w, m, sealed)
	if err != nil {
		return err
	}
	j := &judge{content: content}
	for !m.Fanned {
		var f *fanned
		err := s.Store.Write(w, func(tx store.Tx) (err error) {
			if m, err = messages.Get(tx, store.K(o.Message)); err != nil {
				return err
			}
			if m.Fanned {
				f = nil
				return nil
			}
			if f, err = s.fan(tx, m, j); err != nil {
				return err
			}
			if err := messages.Update(tx, m); err != nil {
				return err
			}
			return s.forget(tx, m)
		})
		if store.IsAbsent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		s.measureFiltered(m, f)
	}
	return nil
}

// stored reads a message and its content; nil when it has gone.
func (s *Service) stored(w *service.Work, id string) (m *Message, sealed []byte, err error) {
	err = s.Store.Read(w, func(tx store.Tx) error {
		if m, err = messages.Get(tx, store.K(id)); err != nil {
			return err
		}
		x, err := contents.Get(tx, store.K(id))
		if err == nil {
			sealed = x.Content
		}
		return err
	})
	if store.IsAbsent(err) {
		return nil, nil, nil
	}
	return m, sealed, err
}

// forget deletes a message that has no deliveries left.
func (s *Service) forget(tx store.Tx, m *Message) error {
	if !m.Fanned {
		return nil
	}
	n, err := pendings.Count(tx, store.K(m.ID), 1)
	if err != nil || n > 0 {
		return err
	}
	if err := messages.Delete(tx, store.K(m.ID)); err != nil && !store.IsAbsent(err) {
		return err
	}
	if err := contents.Delete(tx, store.K(m.ID)); err != nil && !store.IsAbsent(err) {
		return err
	}
	return nil
}
