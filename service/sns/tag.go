package sns

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

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
	requestTags(&q, in.Tags)
	return []service.Question{q}, nil
}

func (s *Service) onUntagging(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
	q, err := s.onARN(c, own, wire.Text(in.ResourceArn), "ResourceArn")
	if err != nil {
		return nil, err
	}
	q.Context["aws:TagKeys"] = in.TagKeys
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

// maxTags is how many tags a topic has at most.
const maxTags = 50

// tagsOf reads the tags of a request.
func tagsOf(in []api.Tag) (map[string]string, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := map[string]string{}
	for _, t := range in {
		k, v := wire.Text(t.Key), wire.Text(t.Value)
		switch _, twice := out[k]; {
		case twice:
			return nil, invalid("Duplicated keys are not allowed.")
		case k == "" || utf8.RuneCountInString(k) > 128:
			return nil, invalid("Tag keys must be between 1 and 128 characters in length.")
		case utf8.RuneCountInString(v) > 256:
			return nil, invalid("Tag values must be between 0 and 256 characters in length.")
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, invalid("Tag keys cannot start with aws:.")
		}
		out[k] = v
	}
	return out, nil
}

func (s *Service) tagResource(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	t, err := tagged(c)
	if err != nil {
		return nil, err
	}
	more, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	if t.Tags == nil {
		t.Tags = map[string]string{}
	}
	for k, v := range more {
		t.Tags[k] = v
	}
	if len(t.Tags) > maxTags {
		return nil, api.TagLimitExceededException.New("Could not complete request: tag quota of per resource exceeded")
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
