package scheduler

import (
	"maps"
	"slices"
	"strings"

	api "vauban/api/scheduler"
	"vauban/api/wire"
	"vauban/service"
)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListTagsForResource, func(c *service.Call, in *api.ListTagsForResourceInput) ([]service.Question, error) {
			q, err := s.onTagged(c, in.ResourceArn)
			return []service.Question{q}, err
		}, s.listTags),
		service.Writes(api.OpTagResource, func(c *service.Call, in *api.TagResourceInput) ([]service.Question, error) {
			q, err := s.onTagged(c, in.ResourceArn)
			if err == nil {
				service.RequestTags(q.Context, service.Tags(in.Tags))
			}
			return []service.Question{q}, err
		}, s.tagResource),
		service.Writes(api.OpUntagResource, func(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
			q, err := s.onTagged(c, in.ResourceArn)
			if err == nil {
				service.TagKeys(q.Context, in.TagKeys)
			}
			return []service.Question{q}, err
		}, s.untagResource),
	}
}

// withTags adds tags, or replaces those of the same keys.
func withTags(have map[string]string, more []api.Tag) (map[string]string, error) {
	return service.AddTags(have, service.Tags(more), refuseTag)
}

// refuseTag says what is wrong with a tag.
func refuseTag(f service.TagFault, key string) error {
	switch f {
	case service.TagReserved:
		return invalid("Tag keys cannot start with aws:.")
	case service.TagTwice:
		return invalid("The tag key %s is given more than once.", key)
	case service.TagsTooMany:
		return api.ServiceQuotaExceededException.New("A schedule group can have %d tags at most.", service.MaxTags)
	}
	return invalid("Tag keys have 1 to 128 characters, and values 256 at most.")
}

func (s *Service) listTags(c *service.Call, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	g, err := tagged(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	for _, k := range slices.Sorted(maps.Keys(g.Tags)) {
		out.Tags = append(out.Tags, api.Tag{Key: &k, Value: new(g.Tags[k])})
	}
	return out, nil
}

func (s *Service) tagResource(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	g, err := tagged(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if g.Tags, err = withTags(g.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, groups.Put(c.Tx, g)
}

func (s *Service) untagResource(c *service.Call, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	g, err := tagged(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(g.Tags, k)
	}
	return &api.UntagResourceOutput{}, groups.Put(c.Tx, g)
}

func tagged(c *service.Call, text *string) (*Group, error) {
	if g := foundIn(c).group; g != nil {
		return g, nil
	}
	name := wire.Text(text)
	return nil, noSuchGroup(name[strings.LastIndexByte(name, '/')+1:])
}
