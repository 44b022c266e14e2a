package sqs

import (
	"maps"
	"slices"
	"strconv"
	"time"

	api "vauban/api/sqs"
	"vauban/service"
)

// Settings are the attributes of a queue that its owner chooses, but for policies. API reference: "SetQueueAttributes".
type Settings struct {
	Delay      int64 // seconds
	MaxSize    int64 // bytes
	Retention  int64 // seconds
	Wait       int64 // seconds
	Visibility int64 // seconds

	ContentDeduplication bool   `json:",omitempty"`
	DeduplicationScope   string `json:",omitempty"` // FIFO: "queue" or "messageGroup"
	ThroughputLimit      string `json:",omitempty"` // FIFO: "perQueue" or "perMessageGroupId"

	Key       string `json:",omitempty"` // KMS key, as its owner names it
	KeyReuse  int64  `json:",omitempty"` // seconds
	SSE       bool   // SSE-SQS; without it, too, messages are sealed at rest
	DeadQueue string `json:",omitempty"` // RedrivePolicy
	DeadAllow string `json:",omitempty"` // RedriveAllowPolicy
}

// MaxMessage is the largest message, and the largest batch, in bytes. Developer guide: "Amazon SQS message quotas".
const MaxMessage = 1 << 20

func defaults() Settings {
	return Settings{MaxSize: MaxMessage, Retention: 345600, Visibility: 30, SSE: true}
}

func (x *Settings) retention() time.Duration { return time.Duration(x.Retention) * time.Second }

// number is a setting that is a number of seconds or bytes.
type number struct {
	low, high int64
	at        func(*Settings) *int64
}

var numbers = map[string]number{
	api.QueueAttributeNameDelaySeconds:                  {0, 900, func(x *Settings) *int64 { return &x.Delay }},
	api.QueueAttributeNameMaximumMessageSize:            {1024, MaxMessage, func(x *Settings) *int64 { return &x.MaxSize }},
	api.QueueAttributeNameMessageRetentionPeriod:        {60, 1209600, func(x *Settings) *int64 { return &x.Retention }},
	api.QueueAttributeNameReceiveMessageWaitTimeSeconds: {0, 20, func(x *Settings) *int64 { return &x.Wait }},
	api.QueueAttributeNameVisibilityTimeout:             {0, 43200, func(x *Settings) *int64 { return &x.Visibility }},
	api.QueueAttributeNameKmsDataKeyReusePeriodSeconds:  {60, 86400, func(x *Settings) *int64 { return &x.KeyReuse }},
}

// set puts attributes into the queue, in the order of their names, so that of several wrong ones the answer always names the same.
func (s *Service) set(c *service.Call, q *Queue, attributes map[string]string, creating bool) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := s.setOne(c, q, name, attributes[name], creating); err != nil {
			return err
		}
	}
	_, key := attributes[api.QueueAttributeNameKmsMasterKeyId]
	sse := attributes[api.QueueAttributeNameSqsManagedSseEnabled]
	switch x := &q.Settings; {
	case x.Key == "":
	case sse == "true" && key:
		return badAttributeBecause(api.QueueAttributeNameKmsMasterKeyId, "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")
	case sse == "true":
		x.Key, x.KeyReuse = "", 0
	default:
		x.SSE = false
	}
	if q.FIFO {
		return q.Settings.fifo()
	}
	return nil
}

func (s *Service) setOne(c *service.Call, q *Queue, name, value string, creating bool) error {
	x := &q.Settings
	if n, ok := numbers[name]; ok {
		return n.set(x, name, value)
	}
	switch name {
	case api.QueueAttributeNamePolicy:
		return s.setPolicy(c, q, value)
	case api.QueueAttributeNameRedrivePolicy:
		return setRedrive(c, q, value)
	case api.QueueAttributeNameRedriveAllowPolicy:
		return setRedriveAllow(q, value)
	case api.QueueAttributeNameKmsMasterKeyId:
		if len(value) > 2048 {
			return badAttribute(name)
		}
		x.Key = value
		return nil
	case api.QueueAttributeNameSqsManagedSseEnabled:
		return setBool(&x.SSE, name, value)
	case api.QueueAttributeNameFifoQueue:
		if creating {
			return nil // createQueue has looked at it
		}
		if q.FIFO != (value == "true") {
			return badAttributeBecause(name, "Modifying queue type is not supported.")
		}
		return nil
	case api.QueueAttributeNameContentBasedDeduplication:
		if !q.FIFO {
			return unknownAttribute(name)
		}
		return setBool(&x.ContentDeduplication, name, value)
	case api.QueueAttributeNameDeduplicationScope:
		return q.setChoice(&x.DeduplicationScope, name, value, scopeQueue, scopeGroup)
	case api.QueueAttributeNameFifoThroughputLimit:
		return q.setChoice(&x.ThroughputLimit, name, value, perQueue, perGroup)
	}
	return unknownAttribute(bounded(name, 100))
}

func (n number) set(x *Settings, name, value string) error {
	v, err := strconv.ParseInt(value, 10, 64)
	if err != nil || v < n.low || v > n.high {
		return badAttribute(name)
	}
	*n.at(x) = v
	return nil
}

func setBool(at *bool, name, value string) error {
	if value != "true" && value != "false" {
		return badAttribute(name)
	}
	*at = value == "true"
	return nil
}

// The choices of a FIFO queue. Developer guide: "High throughput for FIFO queues in Amazon SQS".
const (
	scopeQueue = "queue"
	scopeGroup = "messageGroup"
	perQueue   = "perQueue"
	perGroup   = "perMessageGroupId"
)

func (q *Queue) setChoice(at *string, name, value string, choices ...string) error {
	if !q.FIFO {
		return api.InvalidAttributeName.New("You can specify the %s only when FifoQueue is set to true.", name)
	}
	for _, c := range choices {
		if value == c {
			*at = value
			return nil
		}
	}
	return badAttribute(name)
}

// fifo refuses the one combination of high throughput that there is not.
func (x *Settings) fifo() error {
	if x.DeduplicationScope == "" {
		x.DeduplicationScope = scopeQueue
	}
	if x.ThroughputLimit == "" {
		x.ThroughputLimit = perQueue
	}
	if x.ThroughputLimit == perGroup && x.DeduplicationScope != scopeGroup {
		return badAttributeBecause(api.QueueAttributeNameFifoThroughputLimit, "The value perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup.")
	}
	return nil
}
