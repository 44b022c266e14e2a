package sqs

import (
	api "vauban/api/sqs"
	"vauban/service"
)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpTagQueue, s.onTagging, s.tagQueue),
		service.Writes(api.OpUntagQueue, s.onUntagging, s.untagQueue),
		service.Reads(api.OpListQueueTags, on(s, own, func(in *api.ListQueueTagsInput) *string { return in.QueueUrl }), s.listTags).OnData(),
	}
}

func (s *Service) onTagging(c *service.Call, in *api.TagQueueInput) ([]service.Question, error) {
	qs, err := on(s, own, func(in *api.TagQueueInput) *string { return in.QueueUrl })(c, in)
	if err == nil {
		service.RequestTags(qs[0].Context, service.TagMap(in.Tags))
	}
	return qs, err
}

func (s *Service) onUntagging(c *service.Call, in *api.UntagQueueInput) ([]service.Question, error) {
	qs, err := on(s, own, func(in *api.UntagQueueInput) *string { return in.QueueUrl })(c, in)
	if err == nil {
		service.TagKeys(qs[0].Context, in.TagKeys)
	}
	return qs, err
}

// withTags adds tags, or replaces those of the same keys.
func withTags(have map[string]string, more map[string]string) (map[string]string, error) {
	return service.AddTags(have, service.TagMap(more), refuseTag)
}

// refuseTag says what is wrong with a tag.
func refuseTag(f service.TagFault, key string) error {
	switch f {
	case service.TagReserved:
		return invalidParameterValue.New("Tag keys cannot start with aws:.")
	case service.TagKeyLength:
		return invalidParameterValue.New("Tag keys must be between 1 and 128 characters in length.")
	case service.TagValueLength:
		return invalidParameterValue.New("Tag values must be between 0 and 256 characters in length.")
	}
	return invalidParameterValue.New("Too many tags added for queue. A queue can have %d tags at most.", service.MaxTags)
}

func (s *Service) tagQueue(c *service.Call, in *api.TagQueueInput) (*api.TagQueueOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	if len(in.Tags) == 0 {
		return nil, missing("Tags")
	}
	if q.Tags, err = withTags(q.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagQueueOutput{}, queues.Update(c.Tx, q)
}

func (s *Service) untagQueue(c *service.Call, in *api.UntagQueueInput) (*api.UntagQueueOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	if len(in.TagKeys) == 0 {
		return nil, missing("TagKeys")
	}
	for _, k := range in.TagKeys {
		delete(q.Tags, k)
	}
	return &api.UntagQueueOutput{}, queues.Update(c.Tx, q)
}

func (s *Service) listTags(c *service.Call, _ *api.ListQueueTagsInput) (*api.ListQueueTagsOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	return &api.ListQueueTagsOutput{Tags: q.Tags}, nil
}
