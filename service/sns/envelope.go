package sns

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"vauban/service"
)

// envelope is a message as it is delivered where raw delivery is not asked for. The order of its members is AWS's. Developer guide: "Parsing Amazon SNS
// message formats".
type envelope struct {
	Type             string
	MessageID        string  `json:"MessageId"`
	SequenceNumber   string  `json:",omitempty"`
	Token            string  `json:",omitempty"`
	TopicARN         string  `json:"TopicArn"`
	Subject          *string `json:",omitempty"`
	Message          string
	SubscribeURL     string `json:",omitempty"`
	Timestamp        string
	SignatureVersion string                  `json:",omitempty"`
	Signature        string                  `json:",omitempty"`
	SigningCertURL   string                  `json:",omitempty"`
	UnsubscribeURL   string                  `json:",omitempty"`
	Attributes       map[string]envelopeAttr `json:"MessageAttributes,omitempty"`
}

type envelopeAttr struct{ Type, Value string }

// The types of envelopes.
const (
	typeNotification = "Notification"
	typeConfirmation = "SubscriptionConfirmation"
	typeFarewell     = "UnsubscribeConfirmation"
)

// stamp is how AWS writes the time of a message.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// notification is the envelope of a message for a subscription.
func (s *Service) notification(p *parcel) (*envelope, error) {
	m := p.message
	e := &envelope{
		Type: typeNotification, MessageID: m.ID, TopicARN: m.topicARN(), Message: p.content.body(p.to.Protocol), Timestamp: stamp(m.Published),
		UnsubscribeURL: s.unsubscribeURL(p.to.Subscription), Attributes: map[string]envelopeAttr{},
	}
	if p.content.Subject != "" {
		e.Subject = &p.content.Subject
	}
	for name, a := range p.content.Attributes {
		v := a.Text
		if a.Binary {
			v = base64.StdEncoding.EncodeToString(a.Bytes)
		}
		e.Attributes[name] = envelopeAttr{a.Type, v}
	}
	if m.Number != 0 { // FIFO topics number their messages and do not sign them
		e.SequenceNumber = sequenceNumber(m.Number)
		return e, nil
	}
	return e, s.sign(p.work, e, p.topic.Settings.Signature)
}

// text is the envelope as JSON, without escapes that only browsers need.
func (e *envelope) text() (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return string(bytes.TrimRight(b.Bytes(), "\n")), err
}

// canonical is the text that is signed. Developer guide: "Verifying the signatures of Amazon SNS messages".
func (e *envelope) canonical() []byte {
	var b bytes.Buffer
	add := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	add("Message", e.Message)
	add("MessageId", e.MessageID)
	if e.Type == typeNotification {
		if e.Subject != nil {
			add("Subject", *e.Subject)
		}
	} else {
		add("SubscribeURL", e.SubscribeURL)
	}
	add("Timestamp", e.Timestamp)
	if e.Type != typeNotification {
		add("Token", e.Token)
	}
	add("TopicArn", e.TopicARN)
	add("Type", e.Type)
	return b.Bytes()
}

func (s *Service) endpoint() string {
	if s.Endpoint == nil {
		return ""
	}
	return s.Endpoint()
}

func (s *Service) unsubscribeURL(x *Subscription) string {
	return s.endpoint() + "/?Action=Unsubscribe&SubscriptionArn=" + url.QueryEscape(x.arn())
}

func (s *Service) confirmURL(topic, token string) string {
	return s.endpoint() + "/?Action=ConfirmSubscription&TopicArn=" + url.QueryEscape(topic) + "&Token=" + token
}

// as is the identity in which SNS acts on a subscriber, for the topic.
func (m *Message) as() service.Identity {
	return service.AsService(principal, m.topicARN(), m.Account)
}
