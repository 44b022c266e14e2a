package logs

import (
	"strings"

	api "vauban/api/logs"
	"vauban/service"
)

// withTags adds tags, or replaces those of the same keys.
func withTags(have map[string]string, more map[string]string) (map[string]string, error) {
	return service.AddTags(have, service.TagMap(more), refuseTag)
}

// refuseTag says what is wrong with a tag.
func refuseTag(f service.TagFault, key string) error {
	switch f {
	case service.TagReserved:
		return invalid("Tag keys that begin with aws: are reserved.")
	case service.TagsTooMany:
		return api.TooManyTagsException.New("The resource has too many tags: a log group has %d at most.", service.MaxTags)
	}
	return invalid("Tag keys have 1 to 128 characters, and values 256 at most.")
}

// onNewGroup is the rule of CreateLogGroup.
func (s *Service) onNewGroup(c *service.Call, in *api.CreateLogGroupInput) ([]service.Question, error) {
	q, err := s.ask(c, *in.LogGroupName, "")
	if err != nil {
		return nil, err
	}
	if len(in.Tags) == 0 {
		return []service.Question{q}, nil
	}
	service.RequestTags(q.Context, service.TagMap(in.Tags))
	tagging := q
	tagging.Action = "logs:TagResource"
	tagging.Resource = groupARN(c.Account, c.Region, *in.LogGroupName)
	return []service.Question{q, tagging}, nil
}

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpTagResource, s.onTagging, s.tagResource),
		service.Writes(api.OpUntagResource, s.onUntagging, s.untagResource),
		service.Reads(api.OpListTagsForResource, s.onTags, s.listTags),
		service.Writes(api.OpTagLogGroup, s.onTaggingGroup, s.tagGroup),
		service.Writes(api.OpUntagLogGroup, s.onUntaggingGroup, s.untagGroup),
		service.Reads(api.OpListTagsLogGroup, onGroup(s, func(in *api.ListTagsLogGroupInput) (a, b *string) { return in.LogGroupName, nil }), s.listTagsOfGroup),
	}
}

// onResource is the question about what an ARN names: a log group or an anomaly detector. Tagging is authorised on the ARN without the :*. API reference: "TagResource".
func (s *Service) onResource(c *service.Call, text string) (service.Question, error) {
	if strings.HasPrefix(text, "arn:") && strings.Contains(text, ":"+detectorPart) {
		q, err := askDetector(c, text)
		if err == nil {
			_, err = watcher(c)
		}
		return q, err
	}
	if !strings.HasPrefix(text, "arn:") || !strings.Contains(text, ":log-group:") {
		return service.Question{}, invalid("The resource %s cannot be tagged: only log groups and anomaly detectors can.", bounded(text, 200))
	}
	name, err := groupName(c, text)
	if err != nil {
		return service.Question{}, err
	}
	q, err := s.ask(c, name, "")
	q.Resource = groupARN(c.Account, c.Region, name)
	return q, err
}

func (s *Service) onTagging(c *service.Call, in *api.TagResourceInput) ([]service.Question, error) {
	q, err := s.onResource(c, *in.ResourceArn)
	if err == nil {
		service.RequestTags(q.Context, service.TagMap(in.Tags))
	}
	return []service.Question{q}, err
}

func (s *Service) onUntagging(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
	q, err := s.onResource(c, *in.ResourceArn)
	if err == nil {
		service.TagKeys(q.Context, in.TagKeys)
	}
	return []service.Question{q}, err
}

func (s *Service) onTags(c *service.Call, in *api.ListTagsForResourceInput) ([]service.Question, error) {
	q, err := s.onResource(c, *in.ResourceArn)
	return []service.Question{q}, err
}

func (s *Service) onTaggingGroup(c *service.Call, in *api.TagLogGroupInput) ([]service.Question, error) {
	q, err := s.ask(c, *in.LogGroupName, "")
	if err == nil {
		service.RequestTags(q.Context, service.TagMap(in.Tags))
	}
	return []service.Question{q}, err
}

func (s *Service) onUntaggingGroup(c *service.Call, in *api.UntagLogGroupInput) ([]service.Question, error) {
	q, err := s.ask(c, *in.LogGroupName, "")
	if err == nil {
		service.TagKeys(q.Context, in.Tags)
	}
	return []service.Question{q}, err
}

func (s *Service) tagResource(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	return &api.TagResourceOutput{}, s.tag(c, in.Tags, nil)
}

func (s *Service) untagResource(c *service.Call, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	return &api.UntagResourceOutput{}, s.tag(c, nil, in.TagKeys)
}

func (s *Service) tagGroup(c *service.Call, in *api.TagLogGroupInput) (*api.TagLogGroupOutput, error) {
	return &api.TagLogGroupOutput{}, s.tag(c, in.Tags, nil)
}

func (s *Service) untagGroup(c *service.Call, in *api.UntagLogGroupInput) (*api.UntagLogGroupOutput, error) {
	return &api.UntagLogGroupOutput{}, s.tag(c, nil, in.Tags)
}

// tag changes the tags of the group that the rule has found.
func (s *Service) tag(c *service.Call, add map[string]string, remove []string) error {
	if d, ok := c.Found.(*Detector); ok {
		return detectorTags(c, d, add, remove)
	}
	g, err := s.group(c)
	if err != nil {
		return err
	}
	if g.Tags, err = withTags(g.Tags, add); err != nil {
		return err
	}
	for _, k := range remove {
		delete(g.Tags, k)
	}
	return groups.Update(c.Tx, g)
}

func (s *Service) listTags(c *service.Call, _ *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	if d, ok := c.Found.(*Detector); ok {
		return &api.ListTagsForResourceOutput{Tags: orEmptyMap(d.Tags)}, nil
	}
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	return &api.ListTagsForResourceOutput{Tags: shownTags(g)}, nil
}

func (s *Service) listTagsOfGroup(c *service.Call, _ *api.ListTagsLogGroupInput) (*api.ListTagsLogGroupOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	return &api.ListTagsLogGroupOutput{Tags: shownTags(g)}, nil
}

// shownTags are the tags of a group, an empty map when there are none.
func shownTags(g *Group) map[string]string {
	return orEmptyMap(g.Tags)
}

func orEmptyMap(tags map[string]string) map[string]string {
	if tags == nil {
		return map[string]string{}
	}
	return tags
}
