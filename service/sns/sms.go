package sns

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"vauban/carrier"
	"vauban/engine/sms"
	"vauban/eventlog/delivery"
	"vauban/store"
)

// maxSMS is how long a text is at most, in characters. Developer guide: "Sending SMS messages using Amazon SNS".
const maxSMS = 1600

// smsOutcome is what a log says of a text beside the usual.
type smsOutcome struct {
	number string
	kind   string // Promotional or Transactional
	parts  int
	price  float64 // USD
}

var errNoSMS = errors.New("no SMS partner is configured: see docs/topics.md")

// toPhone sends a text, unless its phone has opted out or the account has spent its month's limit.
func (s *Service) toPhone(p *parcel) error {
	if s.SMS == nil {
		return delivery.Permanent(errNoSMS)
	}
	set, err := s.smsSettings(p.work, p.message.Account, p.message.Region)
	if err != nil {
		return err
	}
	t := s.textFor(p, set)
	parts := partsOf(t.Body)
	p.outcome.sms = &smsOutcome{number: t.To, kind: smsType(p.content, set), parts: parts, price: float64(parts) * pricePerPart}
	if err := s.reserve(p, set, parts); err != nil {
		p.outcome.response = err.Error()
		return delivery.Permanent(err)
	}
	sent, err := s.SMS.Send(p.work, t)
	if err != nil {
		p.outcome.response = bounded(err.Error(), 300)
		if back := s.refund(p, parts); back != nil {
			err = errors.Join(err, back)
		}
		if errors.Is(err, carrier.ErrRefused) {
			return delivery.Permanent(err)
		}
		return err
	}
	if sent.Parts > 0 {
		p.outcome.sms.parts, p.outcome.sms.price = sent.Parts, float64(sent.Parts)*pricePerPart
	}
	p.outcome.response = "Message has been accepted by phone carrier"
	return s.settle(p, sent.Parts-parts)
}

// textFor is the message as a text. A topic's display name stands before it, as AWS puts it.
func (s *Service) textFor(p *parcel, set *SMSSettings) *carrier.Text {
	t := &carrier.Text{To: p.to.Endpoint, Sender: set.Sender, Body: p.content.body(bySMS)}
	for _, name := range []string{"AWS.SNS.SMS.SenderID", "AWS.MM.SMS.OriginationNumber"} {
		if a, ok := p.content.Attributes[name]; ok && !a.Binary {
			t.Sender = a.Text
		}
	}
	if p.topic != nil && p.topic.Settings.DisplayName != "" {
		t.Body = p.topic.Settings.DisplayName + "> " + t.Body
	}
	if utf8.RuneCountInString(t.Body) > maxSMS {
		t.Body = string([]rune(t.Body)[:maxSMS])
	}
	return t
}

// smsType is whether a text is critical: as the message says, or as the account does.
func smsType(c *Content, set *SMSSettings) string {
	if a, ok := c.Attributes["AWS.SNS.SMS.SMSType"]; ok && (a.Text == smsTransactional || a.Text == smsPromotional) {
		return a.Text
	}
	if set.Type == "" {
		return smsPromotional
	}
	return set.Type
}

// partsOf is how many parts a text takes.
func partsOf(text string) int {
	m, err := sms.Encode(text)
	if err != nil {
		return sms.MaxParts
	}
	return len(m.Parts)
}

// pricePerPart is what a part of a text counts against MonthlySpendLimit, in USD: AWS's price in the United States. Vauban bills nobody; what the
// operator's partner asks may differ.
const pricePerPart = 0.00645

// Spending is what an account's texts of a month have come to, in parts.
type Spending struct {
	Account, Region string
	Month           string // 2026-01
	Parts           int
}

var spendings = &store.Table[Spending]{
	Name: "sns.spending",
	Key:  func(x *Spending) store.Key { return store.K(x.Account, x.Region, x.Month) },
}

// refusal is why no text is sent, in the words of AWS's delivery logs.
type refusal string

// Error implements error.
func (r refusal) Error() string { return string(r) }

const (
	errLimit    = refusal("No quota left for account")
	errPrice    = refusal("Message price exceeds max price")
	errOptedOut = refusal("Phone number is opted out")
)

// reserve counts the parts before they are sent, so that texts that are sent at the same time do not pass the limit together.
func (s *Service) reserve(p *parcel, set *SMSSettings, parts int) error {
	if a, ok := p.content.Attributes["AWS.SNS.SMS.MaxPrice"]; ok {
		if most, err := strconv.ParseFloat(a.Text, 64); err == nil && float64(parts)*pricePerPart > most {
			return errPrice
		}
	}
	return s.spend(p, parts, func(tx store.Tx, before int) error {
		out, err := optOuts.Has(tx, store.K(p.message.Account, p.message.Region, p.to.Endpoint))
		switch {
		case err != nil:
			return err
		case out:
			return errOptedOut
		case float64(before+parts)*pricePerPart > set.limit():
			return errLimit
		}
		return remember(tx, p)
	})
}

func (s *Service) refund(p *parcel, parts int) error {
	return s.spend(p, -parts, func(store.Tx, int) error { return nil })
}

// settle counts what the partner counted otherwise.
func (s *Service) settle(p *parcel, more int) error {
	if more == 0 {
		return nil
	}
	return s.spend(p, more, func(store.Tx, int) error { return nil })
}

// spend adds parts to the month's, if check allows.
func (s *Service) spend(p *parcel, parts int, check func(tx store.Tx, before int) error) error {
	month := s.Clock().UTC().Format("2006-01")
	var after int
	err := s.Store.Write(p.work, func(tx store.Tx) error {
		x, err := spendings.Get(tx, store.K(p.message.Account, p.message.Region, month))
		if store.IsAbsent(err) {
			x, err = &Spending{Account: p.message.Account, Region: p.message.Region, Month: month}, nil
		}
		if err != nil {
			return err
		}
		if err := check(tx, x.Parts); err != nil {
			return err
		}
		x.Parts = max(x.Parts+parts, 0)
		after = x.Parts
		return spendings.Put(tx, x)
	})
	if err == nil && s.Meter != nil {
		s.measureSpending(p.message, float64(after)*pricePerPart)
	}
	return err
}
