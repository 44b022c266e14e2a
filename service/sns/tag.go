package sns

import (
	"maps"
	"slices"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/service"
)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpTagResource, s.onTagging, s.tagResource),
		service.Writes(api.OpUntagResource, s.onUntagging, s.untagResource),
		service.Reads(api.OpListTagsForResource, s.onTagged, s.listTags),
	}
}

func (s *Service) onTagged(c *service.Call, in *api.ListTagsForResourceInput) ([]service.Question, error) {
	q, err := s.onARN(c, own, wire.Text(in.ResourceArn), "ResourceArn")
	return []service.Question{q}, err
}

func (s *Service) onTagging(c *service.Call, in *api.TagResourceInput) ([]service.Question, error) {
	q, err := s.onARN(c, own, wire.Text(in.ResourceArn), "ResourceArn")
	if err != nil {
		return nil, err
	}
	service.RequestTags(q.Context, service.Tags(in.Tags))
	return []service.Question{q}, nil
}

func (s *Service) onUntagging(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
	q, err := s.onARN(c, own, wire.Text(in.ResourceArn), "ResourceArn")
	if err != nil {
		return nil, err
	}
	service.TagKeys(q.Context, in.TagKeys)
	return []service.Question{q}, nil
}

// tagged is the topic that the rule has found; of tags AWS says that the resource does not exist, not the topic.
func tagged(c *service.Call) (*Topic, error) {
	t, err := found(c)
	if err != nil {
		return nil, api.ResourceNotFoundException.New("Resource does not exist")
	}
	return t, nil
}

// withTags adds tags, or replaces those of the same keys.
func withTags(have map[string]string, more []api.Tag) (map[string]string, error) {
	return service.AddTags(have, service.Tags(more), refuseTag)
}

// refuseTag says what is wrong with a tag.
func refuseTag(f service.TagFault, _ string) error {
	switch f {
	case service.TagTwice:
		return invalid("Duplicated keys are not allowed.")
	case service.TagKeyLength:
		return invalid("Tag keys must be between 1 and 128 characters in length.")
	case service.TagValueLength:
		return invalid("Tag values must be between 0 and 256 characters in length.")
	case service.TagReserved:
		return invalid("Tag keys cannot start with aws:.")
	}
	return api.TagLimitExceededException.New("Could not complete request: tag quota of per resource exceeded")
}

func (s *Service) tagResource(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	t, err := tagged(c)
	if err != nil {
		return nil, err
	}
	if t.Tags, err = withTags(t.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, topics.Update(c.Tx, t)
}

func (s *Service) untagResource(c *service.Call, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	t, err := tagged(c)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(t.Tags, k)
	}
	return &api.UntagResourceOutput{}, topics.Update(c.Tx, t)
}

func (s *Service) listTags(c *service.Call, _ *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	t, err := tagged(c)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	for _, k := range slices.Sorted(maps.Keys(t.Tags)) {
		out.Tags = append(out.Tags, api.Tag{Key: new(k), Value: new(t.Tags[k])})
	}
	return out, nil
}
