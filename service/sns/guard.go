package sns

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	api "vauban/api/sns"
	"vauban/engine/arn"
	"vauban/engine/dataprotection"
	"vauban/engine/policy"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// guardOf is the data protection policy of a topic, nil where it has none.
func (s *Service) guardOf(tx store.Tx, t *Topic) (*guard, error) {
	if t.Guard == "" {
		return nil, nil
	}
	p, err := protections.Get(tx, store.K(t.Space))
	if err != nil {
		return nil, err
	}
	return s.guards.read(p.Document)
}

// applies reports whether the statement is about that principal: who publishes, or who has subscribed. One names anybody, an ARN, an account or a service.
func (x *guardStatement) applies(direction string, principals []string) bool {
	if x.Direction != direction {
		return false
	}
	for _, p := range x.Principals {
		if p == "*" || slices.Contains(principals, p) {
			return true
		}
	}
	return false
}

// names are the ways in which a policy can name the caller.
func names(c *service.Caller) []string {
	out := []string{c.ARN}
	if c.Kind == policy.Service {
		return append(out, c.ServiceName)
	}
	if c.Session != nil && c.Session.Issuer.ARN != "" {
		out = append(out, c.Session.Issuer.ARN)
	}
	return append(out, c.Account, "arn:aws:iam::"+c.Account+":root")
}

// namesOf are the ways in which a policy can name who has subscribed, by the ARNs that are kept.
func namesOf(x *Subscription) []string {
	out := []string{x.By, x.Owner, "arn:aws:iam::" + x.Owner + ":root"}
	if x.Issuer != "" { // the session's ARN does not have the role's path
		return append(out, x.Issuer)
	}
	if a, err := arn.Parse(x.By); err == nil && strings.HasPrefix(a.Resource, "assumed-role/") { // it is from before issuers were kept
		role, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "assumed-role/"), "/")
		out = append(out, "arn:aws:iam::"+a.Account+":role/"+role)
	}
	return out
}

// texts are all texts that subscribers may get.
func (c *Content) texts() []string {
	out := []string{c.Body}
	for _, k := range slices.Sorted(maps.Keys(c.Bodies)) {
		out = append(out, c.Bodies[k])
	}
	return out
}

// finds names an identifier of which there is something in one of the texts.
func (x *guardStatement) finds(texts ...string) (identifier string, found bool) {
	for _, t := range texts {
		if f := x.detector.Find(t); len(f) > 0 {
			return f[0].Identifier, true
		}
	}
	return "", false
}

// enforce does with a message what the topic's policy says about those that come in: it refuses it, or hides what is sensitive. What an audit has to tell waits in the letter.
func (s *Service) enforce(c *service.Call, t *Topic, g *guard, l *letter) error {
	if g == nil {
		return nil
	}
	who := names(c.Caller)
	for _, x := range g.deny {
		if !x.applies(dataprotection.Inbound, who) {
			continue
		}
		if id, found := x.finds(l.content.texts()...); found {
			return api.AuthorizationErrorException.New("User: %s is not authorized to perform: SNS:Publish on resource: %s with an explicit deny in the topic's data protection policy: the message contains %s",
				c.Caller.ARN, t.arn(), id)
		}
	}
	if x := g.audit; x != nil && x.applies(dataprotection.Inbound, who) && s.sampled(strconv.Itoa(x.Audit.Sample)) {
		l.audit = x.Audit
		for _, text := range l.content.texts() {
			if a := (audited{text, x.detector.Find(text)}); len(a.findings) > 0 {
				l.audited = append(l.audited, a)
			}
		}
	}
	for _, x := range g.hide {
		if x.applies(dataprotection.Inbound, who) {
			if err := x.hideIn(&l.content); err != nil {
				return err
			}
		}
	}
	return nil
}

// hideIn masks or leaves out what is sensitive.
func (x *guardStatement) hideIn(c *Content) error {
	hidden := func(text string) (string, error) {
		out := dataprotection.Mask(text, dataprotection.Spans(x.detector.Find(text)), x.Deidentify.Mask)
		if strings.TrimSpace(out) == "" && strings.TrimSpace(text) != "" {
			return "", invalid("Message Reason: nothing is left of the message once its sensitive data is left out, as the topic's data protection policy says")
		}
		return out, nil
	}
	var err error
	if c.Body, err = hidden(c.Body); err != nil {
		return err
	}
	bodies := map[string]string{}
	for k, v := range c.Bodies {
		if bodies[k], err = hidden(v); err != nil {
			return err
		}
	}
	if c.Bodies != nil {
		c.Bodies = bodies
	}
	return nil
}

// prohibited is what the endpoint is said to have answered when the topic's policy keeps a message from it, "" when it does not. Developer guide: "Deny operation".
func (p *parcel) prohibited() string {
	if p.guard == nil {
		return ""
	}
	who := namesOf(p.to.Subscription)
	for _, x := range p.guard.deny {
		if !x.applies(dataprotection.Outbound, who) {
			continue
		}
		if _, found := x.finds(p.content.body(p.to.Protocol)); found {
			return "The topic's data protection policy prohibits this message from being delivered to " + p.to.arn()
		}
	}
	return ""
}

// refuse ends a delivery that the topic's policy prohibits. It does not go to the dead-letter queue, which is the subscriber's.
func (s *Service) refuse(p *parcel, why string) error {
	cause := errors.New(why)
	p.outcome = outcome{status: 403, response: why}
	s.count(p.message, "NumberOfNotificationsFailed")
	return errors.Join(s.finish(p, s.report(p, cause)), delivery.Permanent(cause))
}

// finding is what an audit tells of a message: where sensitive data is, never what. What the text for one protocol has is counted there, as the message's is.
type finding struct {
	Message     string                   `json:"messageId"`
	Time        string                   `json:"auditTimestamp"`
	Caller      string                   `json:"callerPrincipal"`
	Resource    string                   `json:"resourceArn"`
	Identifiers []dataprotection.Located `json:"dataIdentifiers"`
}

func (l *letter) finding(c *service.Caller, topic string, now time.Time) *finding {
	out := &finding{Message: l.message.ID, Time: now.UTC().Format(time.RFC3339), Caller: c.ARN, Resource: topic, Identifiers: []dataprotection.Located{}}
	if c.ARN == "" {
		out.Caller = c.ServiceName
	}
	for _, a := range l.audited {
		out.Identifiers = dataprotection.Locate(out.Identifiers, a.text, a.findings)
	}
	return out
}
