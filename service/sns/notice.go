package sns

import (
	"encoding/json"
	"errors"
	"time"

	"vauban/carrier"
	"vauban/engine/retry"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// A notice is what SNS itself sends to an endpoint: the question whether it wants a subscription, and the word that a subscription has ended.

// Farewell is what is known of a subscription that has ended.
type Farewell struct {
	Account, Region, Name string // of its topic
	Space, Policy         string // of its topic, when it ended: the policy's digest
	ID                    string
	Protocol, Endpoint    string
	Owner, By, Issuer     string
	Raw                   bool `json:",omitempty"`
}

// askToConfirm makes a sender ask the endpoint.
func (s *Service) askToConfirm(tx store.Tx, x *Subscription) error {
	return s.enqueueNotice(tx, x, order{Space: x.Space, ID: x.ID}, "confirm/")
}

func (s *Service) enqueueNotice(tx store.Tx, x *Subscription, o order, name string) error {
	payload, err := json.Marshal(o)
	if err != nil {
		return err
	}
	d := &delivery.Delivery{Kind: kindOf(x.Protocol), Target: targetOf(x.Endpoint), ID: name + x.ID, Payload: payload}
	p := noticePolicy(x.Protocol)
	d.Limit = p.Retries + 1
	return s.Outbound.Enqueue(tx, d)
}

func noticePolicy(protocol string) retry.Policy {
	switch protocol {
	case byHTTP, byHTTPS:
		return retry.Default()
	case byEmail, byEmailJSON:
		return retry.People()
	}
	return retry.Policy{MinDelay: 1, MaxDelay: 20, Retries: 15, NoDelay: 3, MinRetries: 2, Backoff: retry.Exponential}
}

// sendNotice sends a notice. Its attempts are counted by the queue of outbound work.
func (s *Service) sendNotice(w *service.Work, d *delivery.Delivery, o *order, _ func(*parcel) error) error {
	n, err := s.noticeOf(w, o)
	if n == nil || err != nil {
		return err
	}
	err = s.tell(w, n)
	if err == nil || delivery.IsPermanent(err) || w.Err() != nil {
		return err
	}
	policy := noticePolicy(n.to.Protocol)
	if wait, again := policy.Delay(d.Attempts); again {
		return delivery.After(err, wait)
	}
	return err
}

// notice is a notice to be sent.
type notice struct {
	topic *Topic
	to    *Subscription
	e     *envelope
}

// noticeOf makes the notice; nil when the subscription is confirmed or gone meanwhile. Its token is as old as the attempt.
func (s *Service) noticeOf(w *service.Work, o *order) (*notice, error) {
	n := &notice{}
	var token string
	var err error
	if f := o.Farewell; f != nil {
		n.topic = &Topic{Account: f.Account, Region: f.Region, Name: f.Name}
		n.to = &Subscription{ID: f.ID, Account: f.Account, Region: f.Region, Name: f.Name, Protocol: f.Protocol, Endpoint: f.Endpoint, Raw: f.Raw}
		token, err = s.returnToken(f)
	} else {
		err = s.Store.Read(w, func(tx store.Tx) error {
			x, err := subscriptions.Get(tx, store.K(o.Space, o.ID))
			if err != nil {
				return err
			}
			n.to = x
			n.topic, err = topics.Get(tx, store.K(x.Account, x.Region, x.Name))
			return err
		})
		if store.IsAbsent(err) || err == nil && (!n.to.Pending || n.topic.Space != n.to.Space) {
			return nil, nil
		}
		if err == nil {
			token, err = s.confirmToken(n.to)
		}
	}
	if err != nil {
		return nil, err
	}
	id, err := newID(s.Rand)
	if err != nil {
		return nil, err
	}
	n.e = &envelope{Type: typeConfirmation, MessageID: id, Token: token, TopicARN: n.topic.arn(), SubscribeURL: s.confirmURL(n.topic.arn(), token), Timestamp: stamp(s.Clock())}
	n.e.Message = "You have chosen to subscribe to the topic " + n.topic.arn() + ".\nTo confirm the subscription, visit the SubscribeURL included in this message."
	if o.Farewell != nil {
		n.e.Type = typeFarewell
		n.e.Message = "You have chosen to deactivate subscription " + n.to.arn() + ".\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
	}
	return n, s.sign(w, n.e, n.topic.Settings.Signature)
}

// tell sends the notice by the protocol of its endpoint.
func (s *Service) tell(w *service.Work, n *notice) error {
	text, err := n.e.text()
	if err != nil {
		return err
	}
	switch n.to.Protocol {
	case byHTTP, byHTTPS:
		r := &post{url: n.to.Endpoint, body: text, kind: plainText, header: map[string]string{
			"x-amz-sns-message-type": n.e.Type, "x-amz-sns-message-id": n.e.MessageID, "x-amz-sns-topic-arn": n.e.TopicARN,
		}}
		if n.e.Type == typeFarewell {
			r.header["x-amz-sns-subscription-arn"] = n.to.arn()
		}
		return s.postTo(w, r, &outcome{})
	case byEmail:
		l := s.confirmationLetter(n.topic, n.to, n.e.SubscribeURL)
		if n.e.Type == typeFarewell {
			l.Subject, l.Text = "AWS Notification - Unsubscribe Confirmation", farewellText(n.topic, n.e.SubscribeURL)
		}
		return s.post(w, l)
	case byEmailJSON:
		return s.post(w, &carrier.Letter{To: n.to.Endpoint, Name: n.topic.sender(), Subject: "AWS Notification - " + n.e.Type, Text: text})
	case bySQS, byLambda:
		m := &target.Message{ID: n.e.MessageID, Time: s.Clock(), Body: text}
		if n.to.fifoQueue() {
			m.Group, m.Deduplication = n.e.MessageID, n.e.MessageID
		}
		return target.Send(w.Door, w.Call(n.topic.Account, n.topic.Region), service.AsService(principal, n.topic.arn(), n.topic.Account), n.to.Endpoint, m)
	}
	return delivery.Permanent(errors.New("the protocol " + n.to.Protocol + " has no notices"))
}

func farewellText(t *Topic, link string) string {
	return "Your subscription to this topic has ended:\n" + t.arn() + "\n\nIf that was a mistake, open this link within two days to subscribe again:\n" + link + "\n"
}

// tokenLife is how long a token is good, pendingLife how long a subscription waits for one. API reference: "Subscribe".
const (
	tokenLife   = 2 * 24 * time.Hour
	pendingLife = 3 * 24 * time.Hour
)
