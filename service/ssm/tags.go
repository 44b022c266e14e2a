package ssm

import (
	"maps"
	"slices"

	api "vauban/api/ssm"
	"vauban/service"
)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListTagsForResource, func(c *service.Call, in *api.ListTagsForResourceInput) ([]service.Question, error) {
			q, err := s.onTagged(c, *in.ResourceType, *in.ResourceId)
			return []service.Question{q}, err
		}, s.listTags),
		service.Writes(api.OpAddTagsToResource, func(c *service.Call, in *api.AddTagsToResourceInput) ([]service.Question, error) {
			q, err := s.onTagged(c, *in.ResourceType, *in.ResourceId)
			if err == nil {
				service.RequestTags(q.Context, service.Tags(in.Tags))
			}
			return []service.Question{q}, err
		}, s.addTags),
		service.Writes(api.OpRemoveTagsFromResource, func(c *service.Call, in *api.RemoveTagsFromResourceInput) ([]service.Question, error) {
			q, err := s.onTagged(c, *in.ResourceType, *in.ResourceId)
			if err == nil {
				service.TagKeys(q.Context, in.TagKeys)
			}
			return []service.Question{q}, err
		}, s.removeTags),
	}
}

// ownTags is the prefix under which Systems Manager gives the tags of its resources beside AWS's own.
const ownTags = "ssm:resourceTag/"

// onTagged is the question about what has tags.
func (s *Service) onTagged(c *service.Call, kind, id string) (service.Question, error) {
	switch kind {
	case api.ResourceTypeForTaggingDocument:
		q, _, err := s.documentQuestion(c, id)
		return q, err
	case api.ResourceTypeForTaggingAutomation:
		return executionQuestion(c, id)
	case api.ResourceTypeForTaggingOpsItem:
		return opsItemQuestion(c, id)
	}
	return service.Question{}, api.InvalidResourceType.New("Resources of the type %s are not built in this version of Vauban: name Document, Automation or OpsItem.", kind)
}

// tagged gives the tags of what the rule has found, and a function that keeps others.
func tagged(c *service.Call) (have map[string]string, keep func(map[string]string) error, err error) {
	f := foundIn(c)
	if x := f.execution; x != nil {
		return x.Tags, func(tags map[string]string) error {
			x.Tags = tags
			return executions.Update(c.Tx, x)
		}, nil
	}
	if o := f.opsItem; o != nil {
		return o.Tags, func(tags map[string]string) error {
			o.Tags = tags
			return opsItems.Update(c.Tx, o)
		}, nil
	}
	d := f.document
	if d == nil || d.Account != c.Account {
		return nil, nil, api.InvalidResourceId.New("The resource ID is not valid. Verify that you entered the correct ID and try again.")
	}
	return d.Tags, func(tags map[string]string) error {
		d.Tags = tags
		return documents.Update(c.Tx, d)
	}, nil
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
		return nil // the last one counts
	case service.TagsTooMany:
		return api.TooManyTagsError.New("A resource can have %d tags at most.", service.MaxTags)
	}
	return invalid("Tag keys have 1 to 128 characters, and values 256 at most.")
}

func tagList(tags map[string]string) []api.Tag {
	out := []api.Tag{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, api.Tag{Key: &k, Value: new(tags[k])})
	}
	return out
}

func (s *Service) listTags(c *service.Call, _ *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	have, _, err := tagged(c)
	if err != nil {
		return nil, err
	}
	return &api.ListTagsForResourceOutput{TagList: tagList(have)}, nil
}

func (s *Service) addTags(c *service.Call, in *api.AddTagsToResourceInput) (*api.AddTagsToResourceOutput, error) {
	have, keep, err := tagged(c)
	if err != nil {
		return nil, err
	}
	tags, err := withTags(have, in.Tags)
	if err != nil {
		return nil, err
	}
	return &api.AddTagsToResourceOutput{}, keep(tags)
}

func (s *Service) removeTags(c *service.Call, in *api.RemoveTagsFromResourceInput) (*api.RemoveTagsFromResourceOutput, error) {
	have, keep, err := tagged(c)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(have, k)
	}
	return &api.RemoveTagsFromResourceOutput{}, keep(have)
}
