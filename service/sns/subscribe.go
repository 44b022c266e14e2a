package sns

import (
	"net/url"
	"strings"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

func (s *Service) subscribeOperations() []service.Row {
	return []service.Row{service.Writes(api.OpSubscribe, s.onSubscribing, s.subscribe)}
}

func (s *Service) onSubscribing(c *service.Call, in *api.SubscribeInput) ([]service.Question, error) {
	q, err := s.onARN(c, shared, wire.Text(in.TopicArn), "TopicArn")
	if err != nil {
		return nil, err
	}
	q.Context["sns:Protocol"], q.Context["sns:Endpoint"] = []string{wire.Text(in.Protocol)}, []string{bounded(wire.Text(in.Endpoint), 2048)}
	return []service.Question{q}, nil
}

// pendingConfirmation stands for the ARN of a subscription that is not confirmed.
const pendingConfirmation = "pending confirmation"

func (s *Service) subscribe(c *service.Call, in *api.SubscribeInput) (*api.SubscribeOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	endpoint, err := checkEndpoint(wire.Text(in.Protocol), wire.Text(in.Endpoint))
	if err != nil {
		return nil, err
	}
	x := &Subscription{
		Space: t.Space, Account: t.Account, Region: t.Region, Name: t.Name, Protocol: *in.Protocol, Endpoint: endpoint, Owner: c.Caller.Account, By: c.Caller.ARN, Created: c.Time,
	}
	if c.Caller.Session != nil {
		x.Issuer = c.Caller.Session.Issuer.ARN
	}
	if err := t.admits(x); err != nil {
		return nil, err
	}
	if err := x.setAll(t, in.Attributes); err != nil {
		return nil, err
	}
	x.Pending = !x.confirmedAtOnce()
	x.ByOwner = !x.Pending
	old, err := subscriptions.ByUnique(c.Tx, "endpoint", store.K(t.Space, x.Protocol, x.Endpoint))
	switch {
	case err == nil:
		x, err = x.again(c, old, in.Attributes)
	case store.IsAbsent(err):
		err = s.newSubscription(c, t, x)
	}
	if err != nil {
		return nil, err
	}
	if x.Pending {
		if err := s.askToConfirm(c.Tx, x); err != nil {
			return nil, err
		}
	}
	out := &api.SubscribeOutput{SubscriptionArn: new(pendingConfirmation)}
	if !x.Pending || in.ReturnSubscriptionArn != nil && *in.ReturnSubscriptionArn {
		out.SubscriptionArn = new(x.arn())
	}
	return out, nil
}

// Quotas. AWS General Reference: "Amazon Simple Notification Service endpoints and quotas".
const (
	maxFIFOSubscriptions = 100
	maxFiltered          = 200
	maxPending           = 5000
)

func (s *Service) newSubscription(c *service.Call, t *Topic, x *Subscription) (err error) {
	if t.FIFO {
		n, err := subscriptions.Count(c.Tx, store.K(t.Space), maxFIFOSubscriptions)
		if err != nil {
			return err
		}
		if n == maxFIFOSubscriptions {
			return api.SubscriptionLimitExceededException.New("A FIFO topic has at most %d subscriptions", maxFIFOSubscriptions)
		}
	}
	if x.Pending {
		n, err := subscriptions.CountRef(c.Tx, "pending", store.K(t.Space), maxPending)
		if err != nil {
			return err
		}
		if n == maxPending {
			return api.SubscriptionLimitExceededException.New("%d subscriptions of the topic wait to be confirmed", maxPending)
		}
	}
	if x.ID, err = newID(s.Rand); err != nil {
		return err
	}
	return subscriptions.Insert(c.Tx, x)
}

// again answers a subscription of an endpoint that has one: it is the same only if its attributes are. One that is pending takes the new ones.
func (x *Subscription) again(c *service.Call, old *Subscription, named map[string]string) (*Subscription, error) {
	if old.Pending {
		x.ID = old.ID
		return x, subscriptions.Update(c.Tx, x)
	}
	has, wants := old.chosen(), x.chosen()
	for name := range named {
		if has[name] != wants[name] {
			return nil, invalid("Attributes Reason: Subscription already exists with different attributes")
		}
	}
	return old, nil
}

// confirmedAtOnce says that whoever subscribes owns the endpoint: it need not be asked. Mail and HTTP endpoints are always asked, phones never.
func (x *Subscription) confirmedAtOnce() bool {
	switch x.Protocol {
	case bySMS:
		return true
	case bySQS, byLambda:
		a, err := arn.Parse(x.Endpoint)
		return err == nil && a.Account == x.Owner
	}
	return false
}

// admits refuses endpoints that a topic of this type does not deliver to. Developer guide: "Amazon SNS message delivery for FIFO topics".
func (t *Topic) admits(x *Subscription) error {
	switch {
	case t.FIFO && x.Protocol != bySQS:
		return invalid("Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS queues only")
	case !t.FIFO && x.fifoQueue():
		return invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
	}
	return nil
}

func checkURL(protocol, endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case !strings.HasPrefix(endpoint, protocol+"://"):
		return invalid("Endpoint must match the specified protocol")
	case err != nil || u.Hostname() == "" || strings.ContainsFunc(endpoint, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return invalid("Unreachable Endpoint")
	case u.Fragment != "":
		return invalid("Endpoint Reason: a fragment is not sent to a server")
	}
	return nil
}

// wireInvalid is an error whose words do not begin as the others do.
func wireInvalid(format string, args ...any) *wire.Error {
	return api.InvalidParameterException.New(format, args...)
}
