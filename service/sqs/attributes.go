package sqs

import (
	"maps"
	"slices"
	"strconv"
	"time"

	api "vauban/api/sqs"
	"vauban/service"
)

func (s *Service) attributeOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetQueueAttributes, on(s, shared, func(in *api.GetQueueAttributesInput) *string { return in.QueueUrl }), s.getAttributes).WithoutSignature().OnData(),
		service.Writes(api.OpSetQueueAttributes, on(s, own, func(in *api.SetQueueAttributesInput) *string { return in.QueueUrl }), s.setAttributes),
	}
}

func (s *Service) getAttributes(c *service.Call, in *api.GetQueueAttributesInput) (*api.GetQueueAttributesOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	if len(in.AttributeNames) == 0 {
		return &api.GetQueueAttributesOutput{}, nil
	}
	all := slices.Contains(in.AttributeNames, api.QueueAttributeNameAll)
	if !all {
		for _, name := range in.AttributeNames {
			if !q.FIFO && slices.Contains(ofFIFO, name) || !slices.Contains(attributeNames, name) {
				return nil, unknownAttribute(bounded(name, 100))
			}
		}
	}
	has, err := s.shown(c, q)
	if err != nil {
		return nil, err
	}
	if all || slices.ContainsFunc(in.AttributeNames, func(name string) bool { return slices.Contains(counted, name) }) {
		n, err := s.count(c.Tx, q, s.Clock())
		if err != nil {
			return nil, err
		}
		has[api.QueueAttributeNameApproximateNumberOfMessages] = strconv.Itoa(n.visible)
		has[api.QueueAttributeNameApproximateNumberOfMessagesNotVisible] = strconv.Itoa(n.flying)
		has[api.QueueAttributeNameApproximateNumberOfMessagesDelayed] = strconv.Itoa(n.delayed)
	}
	if !all {
		for name := range has {
			if !slices.Contains(in.AttributeNames, name) {
				delete(has, name)
			}
		}
	}
	return &api.GetQueueAttributesOutput{Attributes: has}, nil
}

// attributeNames are all attributes of queues.
var attributeNames = slices.Concat(ofFIFO, counted, slices.Sorted(maps.Keys(numbers)), []string{
	api.QueueAttributeNameAll, api.QueueAttributeNameQueueArn, api.QueueAttributeNameCreatedTimestamp, api.QueueAttributeNameLastModifiedTimestamp,
	api.QueueAttributeNameSqsManagedSseEnabled, api.QueueAttributeNameKmsMasterKeyId, api.QueueAttributeNameRedrivePolicy,
	api.QueueAttributeNameRedriveAllowPolicy, api.QueueAttributeNamePolicy,
})

// ofFIFO are the attributes that standard queues do not have, counted those that are worked out.
var (
	ofFIFO = []string{
		api.QueueAttributeNameFifoQueue, api.QueueAttributeNameContentBasedDeduplication, api.QueueAttributeNameDeduplicationScope, api.QueueAttributeNameFifoThroughputLimit,
	}
	counted = []string{
		api.QueueAttributeNameApproximateNumberOfMessages, api.QueueAttributeNameApproximateNumberOfMessagesNotVisible, api.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
)

// shown are the queue's attributes, without what is counted.
func (s *Service) shown(c *service.Call, q *Queue) (map[string]string, error) {
	x := &q.Settings
	m := map[string]string{
		api.QueueAttributeNameQueueArn:              q.arn(),
		api.QueueAttributeNameCreatedTimestamp:      unix(q.Created),
		api.QueueAttributeNameLastModifiedTimestamp: unix(q.modified()),
		api.QueueAttributeNameSqsManagedSseEnabled:  strconv.FormatBool(x.SSE),
	}
	for name, n := range numbers {
		m[name] = strconv.FormatInt(*n.at(x), 10)
	}
	if x.Key == "" {
		delete(m, api.QueueAttributeNameKmsDataKeyReusePeriodSeconds)
	} else {
		m[api.QueueAttributeNameKmsMasterKeyId] = x.Key
		m[api.QueueAttributeNameKmsDataKeyReusePeriodSeconds] = strconv.Itoa(int(x.reuse() / time.Second))
	}
	if q.FIFO {
		m[api.QueueAttributeNameFifoQueue] = "true"
		m[api.QueueAttributeNameContentBasedDeduplication] = strconv.FormatBool(x.ContentDeduplication)
		m[api.QueueAttributeNameDeduplicationScope] = x.DeduplicationScope
		m[api.QueueAttributeNameFifoThroughputLimit] = x.ThroughputLimit
	}
	if x.DeadQueue != "" {
		m[api.QueueAttributeNameRedrivePolicy] = x.DeadQueue
	}
	if x.DeadAllow != "" {
		m[api.QueueAttributeNameRedriveAllowPolicy] = x.DeadAllow
	}
	if q.Policy != "" {
		text, err := s.principals.ShowPrincipals(c.Tx, q.Policy, q.Owners)
		if err != nil {
			return nil, err
		}
		m[api.QueueAttributeNamePolicy] = text
	}
	return m, nil
}

func (q *Queue) modified() time.Time {
	if q.Modified.IsZero() {
		return q.Created
	}
	return q.Modified
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func (s *Service) setAttributes(c *service.Call, in *api.SetQueueAttributesInput) (*api.SetQueueAttributesOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	if len(in.Attributes) == 0 {
		return nil, missing("Attribute.Name")
	}
	if err := s.set(c, q, in.Attributes, false); err != nil {
		return nil, err
	}
	q.Modified = c.Time
	return &api.SetQueueAttributesOutput{}, queues.Update(c.Tx, q)
}
