package sns

import (
	"context"
	"errors"

	"vauban/carrier"
	"vauban/eventlog/delivery"
)

// toMail sends a notification by mail: as text, or with email-json as its envelope.
func (s *Service) toMail(p *parcel) error {
	l := &carrier.Letter{To: p.to.Endpoint, Name: p.topic.sender(), Subject: p.content.Subject}
	if l.Subject == "" {
		l.Subject = "AWS Notification Message"
	}
	unsubscribe := s.unsubscribeURL(p.to.Subscription)
	l.Headers = map[string]string{"List-Unsubscribe": "<" + unsubscribe + ">", "x-amz-sns-message-id": p.message.ID}
	if p.to.Protocol == byEmailJSON {
		e, err := s.notification(p)
		if err != nil {
			return err
		}
		if l.Text, err = e.text(); err != nil {
			return err
		}
		return s.post(p.work, l)
	}
	l.Text = p.content.body(byEmail) + "\n\n--\nTo get no more notifications from this topic, open:\n" + unsubscribe + "\n"
	return s.post(p.work, l)
}

// sender is the name that mail of the topic comes from.
func (t *Topic) sender() string {
	if t.Settings.DisplayName != "" {
		return t.Settings.DisplayName
	}
	return "AWS Notifications"
}

var errNoMail = errors.New("no mail server is configured: see docs/topics.md")

func (s *Service) post(ctx context.Context, l *carrier.Letter) error {
	if s.Mail == nil {
		return delivery.Permanent(errNoMail)
	}
	err := s.Mail.Send(ctx, l)
	if errors.Is(err, carrier.ErrRefused) {
		return delivery.Permanent(err)
	}
	return err
}

// confirmationLetter asks whoever reads the address whether the topic may write.
func (s *Service) confirmationLetter(t *Topic, x *Subscription, link string) *carrier.Letter {
	return &carrier.Letter{
		To: x.Endpoint, Name: t.sender(), Subject: "AWS Notification - Subscription Confirmation",
		Text: "Somebody has chosen to send the notifications of this topic to you:\n" + t.arn() + "\n\n" +
			"To confirm this subscription, open this link within two days:\n" + link + "\n\n" +
			"If you did not expect this message, do nothing: no notifications will come.\n",
	}
}
