package sns

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/pattern"
	"vauban/engine/retry"
	"vauban/service"
	"vauban/store"
)

func (s *Service) subscriptionOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetSubscriptionAttributes, onSubscription(s, func(in *api.GetSubscriptionAttributesInput) *string { return in.SubscriptionArn }), s.getSubscriptionAttributes),
		service.Writes(api.OpSetSubscriptionAttributes, onSubscription(s, func(in *api.SetSubscriptionAttributesInput) *string { return in.SubscriptionArn }), s.setSubscriptionAttributes),
	}
}

// onSubscription is the rule of an operation on the subscription of that ARN, which belongs to its own account and to the topic's. What it finds is the
// handler's [subscribed].
func onSubscription[In any](s *Service, which func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		q, err := s.onSubscriptionARN(c, wire.Text(which(in)))
		return []service.Question{q}, err
	}
}

func (s *Service) onSubscriptionARN(c *service.Call, text string) (service.Question, error) {
	c.Found = (*Subscription)(nil)
	topic, id, err := parseSubscriptionARN(text)
	if err != nil {
		return service.Question{}, err
	}
	region, account, name, err := parseTopicARN(topic, "SubscriptionArn")
	if err != nil {
		return service.Question{}, err
	}
	q, err := s.onTopic(c, own, account, region, name)
	if err != nil {
		return q, err
	}
	c.Found = (*Subscription)(nil)
	x, err := subscriptionOf(c.Tx, topic, id)
	if store.IsAbsent(err) {
		return q, nil
	}
	if err != nil {
		return q, err
	}
	c.Found = x
	if x.Owner == c.Caller.Account {
		q.Account = x.Owner
	}
	return q, nil
}

// subscribed is the subscription that the rule has found.
func subscribed(c *service.Call) (*Subscription, error) {
	x, _ := c.Found.(*Subscription)
	if x == nil {
		return nil, noSuchSubscription()
	}
	return x, nil
}

// The attributes of subscriptions.
const (
	attrRaw     = "RawMessageDelivery"
	attrFilter  = "FilterPolicy"
	attrFilters = "FilterPolicyScope"
	attrRedrive = "RedrivePolicy"
)

// The scopes of filter policies.
const (
	filterAttributes = "MessageAttributes"
	filterBody       = "MessageBody"
)

// setAll sets what a new subscription is to have. The scope comes first: it decides what a filter policy can be.
func (x *Subscription) setAll(t *Topic, attributes map[string]string) error {
	if v, ok := attributes[attrFilters]; ok {
		if err := x.setOne(t, "Attributes Reason: ", attrFilters, v); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if name != attrFilters {
			if err := x.setOne(t, "Attributes Reason: ", name, attributes[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// setOne sets one attribute. in begins the errors.
func (x *Subscription) setOne(t *Topic, in, name, value string) error {
	switch name {
	case attrRaw:
		if err := setBool(&x.Raw, in+name, value); err != nil {
			return err
		}
		if x.Raw && x.Protocol != bySQS && x.Protocol != byHTTP && x.Protocol != byHTTPS {
			return invalid("%s%s: Delivery protocol [%s] does not support raw message delivery.", in, name, x.Protocol)
		}
		return nil
	case attrFilters:
		if value != filterAttributes && value != filterBody {
			return invalid("%s%s: Invalid value [%s]. Please use either MessageBody or MessageAttributes", in, name, bounded(value, 100))
		}
		x.Body = value == filterBody
		return x.setFilter(in, x.Filter)
	case attrFilter:
		return x.setFilter(in, value)
	case attrDelivery:
		return x.setDelivery(in, value)
	case attrRedrive:
		return x.setRedrive(t, in, value)
	case "SubscriptionRoleArn":
		return unbuilt("SubscriptionRoleArn: the protocol firehose")
	case "ReplayPolicy":
		return unbuilt("ReplayPolicy")
	}
	return invalid("AttributeName")
}

// maxFilter is the size of a filter policy. Developer guide: "Filter policy constraints in Amazon SNS".
const maxFilter = 256 << 10

func (x *Subscription) setFilter(in, value string) error {
	if value == "" || value == "{}" {
		x.Filter = ""
		return nil
	}
	if len(value) > maxFilter {
		return invalid("%sFilterPolicy: Filter policy is too large", in)
	}
	if _, err := pattern.CompileFilter([]byte(value), x.Body); err != nil {
		if strings.HasPrefix(err.Error(), "Filter policy scope ") {
			return invalid("%s", err)
		}
		return invalid("%sFilterPolicy: %s", in, bounded(err.Error(), 1200))
	}
	x.Filter = value
	return nil
}

func (x *Subscription) setDelivery(in, value string) error {
	if value == "" || value == "null" || value == "{}" {
		x.Delivery = ""
		return nil
	}
	if x.Protocol != byHTTP && x.Protocol != byHTTPS {
		return invalid("%sDeliveryPolicy: Delivery protocol [%s] does not support delivery policies.", in, x.Protocol)
	}
	if _, err := retry.ParseSubscription(value); err != nil {
		return invalid("%sDeliveryPolicy: %s", in, bounded(err.Error(), 300))
	}
	x.Delivery = value
	return nil
}

// setRedrive names the queue that takes what could not be delivered; "" takes the naming back. Developer guide: "Amazon SNS dead-letter queues".
func (x *Subscription) setRedrive(t *Topic, in, value string) error {
	if value == "" || value == "{}" {
		x.Redrive, x.Dead = "", ""
		return nil
	}
	var p struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(value), &p); err != nil || len(value) > 4096 {
		return invalid("%sRedrivePolicy: failed to parse JSON.", in)
	}
	a, err := arn.Parse(p.Target)
	switch {
	case err != nil || a.Service != "sqs" || !arn.IsAccount(a.Account) || strings.ContainsAny(a.Resource, "/:"):
		return invalid("%sRedrivePolicy: deadLetterTargetArn is an invalid arn", in)
	case a.Region != t.Region || a.Account != t.Account && a.Account != x.Owner:
		return invalid("%sRedrivePolicy: deadLetterTargetArn must be a queue of the same Region and account", in)
	case x.fifoQueue() && !strings.HasSuffix(a.Resource, ".fifo"):
		return invalid("%sRedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.", in)
	case !x.fifoQueue() && strings.HasSuffix(a.Resource, ".fifo"):
		return invalid("%sRedrivePolicy: must use a standard queue as DLQ", in)
	}
	x.Redrive, x.Dead = value, p.Target
	return nil
}

func (s *Service) setSubscriptionAttributes(c *service.Call, in *api.SetSubscriptionAttributesInput) (*api.SetSubscriptionAttributesOutput, error) {
	x, err := subscribed(c)
	if err != nil {
		return nil, err
	}
	t, err := topics.Get(c.Tx, store.K(x.Account, x.Region, x.Name))
	if store.IsAbsent(err) || err == nil && t.Space != x.Space {
		return nil, noSuchSubscription()
	}
	if err != nil {
		return nil, err
	}
	if err := x.setOne(t, "", wire.Text(in.AttributeName), wire.Text(in.AttributeValue)); err != nil {
		return nil, err
	}
	return &api.SetSubscriptionAttributesOutput{}, subscriptions.Update(c.Tx, x)
}

// chosen are the attributes that are set when somebody subscribes.
func (x *Subscription) chosen() map[string]string {
	m := map[string]string{attrRaw: strconv.FormatBool(x.Raw)}
	if x.Filter != "" {
		m[attrFilter], m[attrFilters] = x.Filter, filterAttributes
		if x.Body {
			m[attrFilters] = filterBody
		}
	}
	if x.Delivery != "" {
		m[attrDelivery] = x.Delivery
	}
	if x.Redrive != "" {
		m[attrRedrive] = x.Redrive
	}
	return m
}

func (s *Service) getSubscriptionAttributes(c *service.Call, _ *api.GetSubscriptionAttributesInput) (*api.GetSubscriptionAttributesOutput, error) {
	x, err := subscribed(c)
	if err != nil {
		return nil, err
	}
	m := x.chosen()
	m["SubscriptionArn"], m["TopicArn"], m["Owner"], m["Protocol"], m["Endpoint"] = x.arn(), x.topicARN(), x.Owner, x.Protocol, x.Endpoint
	m["PendingConfirmation"] = strconv.FormatBool(x.Pending)
	m["ConfirmationWasAuthenticated"] = strconv.FormatBool(x.ByOwner)
	m["SubscriptionPrincipal"] = x.By
	if x.Protocol == byHTTP || x.Protocol == byHTTPS {
		t, err := topics.Get(c.Tx, store.K(x.Account, x.Region, x.Name))
		if err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		m["EffectiveDeliveryPolicy"] = effective(t, newSubscriber(x)).shown()
	}
	return &api.GetSubscriptionAttributesOutput{Attributes: m}, nil
}

// effectivePolicy is what holds for the deliveries by http of a subscription.
type effectivePolicy retry.Effective

func effective(t *Topic, x *subscriber) *effectivePolicy {
	var ofTopic *retry.Topic
	if t != nil && t.Settings.Delivery != "" {
		ofTopic, _ = retry.ParseTopic(t.Settings.Delivery)
	}
	e := retry.Of(ofTopic, x.policy)
	return (*effectivePolicy)(&e)
}

func (e *effectivePolicy) shown() string {
	out := retry.Subscription{Retry: &e.Retry, Request: &retry.Request{Type: contentType(e.Type)}}
	if e.Throttle > 0 {
		out.Throttle = &retry.Throttle{Receives: e.Throttle}
	}
	return asText(out)
}
