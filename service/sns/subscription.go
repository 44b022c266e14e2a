package sns

import (
	"regexp"
	"strings"
	"time"

	"vauban/engine/arn"
	"vauban/engine/retry"
	"vauban/store"
)

// Subscription is one subscription. While Pending, nothing is delivered to it.
type Subscription struct {
	Space                 string // of its topic
	ID                    string
	Account, Region, Name string // of its topic

	Protocol string
	Endpoint string
	Owner    string // account
	By       string `json:",omitempty"` // ARN of who subscribed
	Issuer   string `json:",omitempty"` // ARN of the role or user behind the session that subscribed, with its path
	Pending  bool   `json:",omitempty"`
	Created  time.Time

	// Authenticated says that only its owner and the topic's can end it: it was confirmed with AuthenticateOnUnsubscribe. So it is with those that were confirmed at once.
	Authenticated bool `json:",omitempty"`
	ByOwner       bool `json:",omitempty"` // it was confirmed by an authenticated call of its owner

	Raw      bool   `json:",omitempty"`
	Filter   string `json:",omitempty"` // FilterPolicy
	Body     bool   `json:",omitempty"` // FilterPolicyScope is MessageBody
	Delivery string `json:",omitempty"` // DeliveryPolicy
	Redrive  string `json:",omitempty"` // RedrivePolicy
	Dead     string `json:",omitempty"` // ARN of its dead-letter queue
}

var subscriptions = &store.Table[Subscription]{
	Name: "sns.subscription",
	Key:  func(x *Subscription) store.Key { return store.K(x.Space, x.ID) },
	Unique: map[string]func(*Subscription) store.Key{
		"arn":      func(x *Subscription) store.Key { return store.K(x.Account, x.Region, x.Name, x.ID) },
		"endpoint": func(x *Subscription) store.Key { return store.K(x.Space, x.Protocol, x.Endpoint) },
	},
	Refs: map[string]func(*Subscription) []store.Key{
		"owner": func(x *Subscription) []store.Key { return []store.Key{store.K(x.Owner, x.Region)} },
		"pending": func(x *Subscription) []store.Key {
			if !x.Pending {
				return nil
			}
			return []store.Key{store.K(x.Space), anywhere}
		},
	},
}

// anywhere finds the pending subscriptions of all topics.
var anywhere = store.K("")

func (x *Subscription) topicARN() string { return topicARN(x.Account, x.Region, x.Name) }

func (x *Subscription) arn() string { return x.topicARN() + ":" + x.ID }

var subscriptionID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// parseSubscriptionARN reads the key of the unique index "arn" off a subscription's ARN.
func parseSubscriptionARN(text string) (topic, id string, err error) {
	if text == "" {
		return "", "", invalid("SubscriptionArn Reason: no value for required parameter")
	}
	a, e := arn.Parse(text)
	if e != nil {
		return "", "", notARN(text, "SubscriptionArn")
	}
	name, id, ok := strings.Cut(a.Resource, ":")
	if !ok || a.Service != "sns" || !arn.IsAccount(a.Account) || a.Region == "" || !isTopicName(name) || !subscriptionID.MatchString(id) {
		return "", "", invalid("SubscriptionId")
	}
	return topicARN(a.Account, a.Region, name), id, nil
}

// subscriptionOf finds the subscription of an ARN.
func subscriptionOf(tx store.Tx, topic, id string) (*Subscription, error) {
	region, account, name, err := parseTopicARN(topic, "SubscriptionArn")
	if err != nil {
		return nil, err
	}
	return subscriptions.ByUnique(tx, "arn", store.K(account, region, name, id))
}

// subscriber is a subscription with its delivery policy, read.
type subscriber struct {
	*Subscription
	policy *retry.Subscription
}

// newSubscriber reads the policy, which was checked when it was set.
func newSubscriber(x *Subscription) *subscriber {
	s := &subscriber{Subscription: x}
	if x.Delivery != "" {
		s.policy, _ = retry.ParseSubscription(x.Delivery)
	}
	return s
}

// The protocols.
const (
	bySQS       = "sqs"
	byLambda    = "lambda"
	byHTTP      = "http"
	byHTTPS     = "https"
	byEmail     = "email"
	byEmailJSON = "email-json"
	bySMS       = "sms"
)

// checkEndpoint refuses an endpoint that its protocol does not have, and returns it as it is kept.
func checkEndpoint(protocol, endpoint string) (string, error) {
	if len(endpoint) > 2048 {
		return "", invalid("Endpoint Reason: longer than 2048 characters")
	}
	if endpoint == "" && protocol != "" {
		return "", invalid("Endpoint")
	}
	switch protocol {
	case bySQS:
		return endpoint, checkResource(endpoint, "sqs", "SQS endpoint ARN")
	case byLambda:
		return endpoint, checkResource(endpoint, "lambda", "Lambda endpoint ARN")
	case byHTTP, byHTTPS:
		return endpoint, checkURL(protocol, endpoint)
	case byEmail, byEmailJSON:
		if !mailAddress.MatchString(endpoint) || len(endpoint) > 254 {
			return "", invalid("Email address")
		}
		return endpoint, nil
	case bySMS:
		number, ok := phoneNumber(endpoint)
		if !ok {
			return "", wireInvalid("Invalid SMS endpoint: %s", bounded(endpoint, 100))
		}
		return number, nil
	case "firehose", "application":
		return "", invalid("Protocol Reason: the protocol %s is not built in this version of Vauban", protocol)
	}
	return "", invalid("Amazon SNS does not support this protocol string: %s", bounded(protocol, 100))
}

var mailAddress = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$`)

func checkResource(text, service, what string) error {
	a, err := arn.Parse(text)
	if err != nil || a.Service != service || !arn.IsAccount(a.Account) || a.Region == "" || service == "lambda" && !strings.HasPrefix(a.Resource, "function:") ||
		service == "sqs" && strings.ContainsAny(a.Resource, ":/") {
		return invalid("%s", what)
	}
	return nil
}

// fifoQueue says that the endpoint is a FIFO queue.
func (x *Subscription) fifoQueue() bool {
	return x.Protocol == bySQS && strings.HasSuffix(x.Endpoint, ".fifo")
}

// shownARN is what stands for the ARN of a subscription in listings.
func (x *Subscription) shownARN() *string {
	if x.Pending {
		return new("PendingConfirmation")
	}
	return new(x.arn())
}
