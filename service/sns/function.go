package sns

import (
	"bytes"
	"encoding/json"

	"vauban/service/target"
)

// functionEvent is what a function gets. Lambda Developer Guide: "Invoking Lambda functions with Amazon SNS notifications".
type functionEvent struct {
	Records [1]functionRecord
}

type functionRecord struct {
	Source       string           `json:"EventSource"`
	Version      string           `json:"EventVersion"`
	Subscription string           `json:"EventSubscriptionArn"`
	Message      functionEnvelope `json:"Sns"`
}

// functionEnvelope is the envelope with the names that Lambda's events have.
type functionEnvelope struct {
	Type             string
	MessageID        string `json:"MessageId"`
	TopicARN         string `json:"TopicArn"`
	Subject          *string
	Message          string
	Timestamp        string
	SignatureVersion string
	Signature        string
	SigningCertURL   string                  `json:"SigningCertUrl"`
	UnsubscribeURL   string                  `json:"UnsubscribeUrl"`
	Attributes       map[string]envelopeAttr `json:"MessageAttributes"`
}

// toFunction invokes a function, as SNS on behalf of the topic: the function's policy decides. Lambda queues the event and tries it again by itself.
func (s *Service) toFunction(p *parcel) error {
	e, err := s.notification(p)
	if err != nil {
		return err
	}
	event := functionEvent{[1]functionRecord{{"aws:sns", "1.0", p.to.arn(), functionEnvelope{
		e.Type, e.MessageID, e.TopicARN, e.Subject, e.Message, e.Timestamp, e.SignatureVersion, e.Signature, e.SigningCertURL, e.UnsubscribeURL, e.Attributes,
	}}}}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(event); err != nil {
		return err
	}
	return s.hand(p, p.to.Endpoint, &target.Message{ID: p.message.ID, Time: p.message.Published, Body: b.String()})
}
