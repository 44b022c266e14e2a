package cloudwatch

import (
	"maps"
	"slices"
	"strings"

	api "vauban/api/cloudwatch"
	"vauban/service"
	"vauban/store"
)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpTagResource, onTagging, s.tagResource),
		service.Writes(api.OpUntagResource, onUntagging, s.untagResource),
		service.Reads(api.OpListTagsForResource, func(c *service.Call, in *api.ListTagsForResourceInput) ([]service.Question, error) {
			return onTagged(c, *in.ResourceARN)
		}, s.listTags),
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
		return badValue("Tag keys cannot start with aws:.")
	case service.TagTwice:
		return badValue("The tag key %s is there more than once.", bounded(key))
	case service.TagsTooMany:
		return badValue("A resource can have %d tags at most.", service.MaxTags)
	}
	return badValue("A tag key has at most 128 characters, and a value 256.")
}

// tagged is what carries tags: an alarm, a dashboard or a rule of Contributor Insights.
type tagged struct {
	tags map[string]string
	save func(tx store.Tx, tags map[string]string) error
}

// taggedOf finds a resource by its ARN; nil when there is none.
func taggedOf(c *service.Call, text string) (*tagged, error) {
	if account, region, name, ok := parseAlarmARN(text); ok {
		if account != c.Account || region != c.Region {
			return nil, nil
		}
		a, err := alarms.Get(c.Tx, store.K(account, region, name))
		if store.IsAbsent(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return &tagged{a.Tags, func(tx store.Tx, tags map[string]string) error {
			a.Tags = tags
			return alarms.Update(tx, a)
		}}, nil
	}
	if name, ok := strings.CutPrefix(text, insightARN(c.Account, c.Region, "")); ok {
		return taggedInsight(c, name)
	}
	name, ok := strings.CutPrefix(text, dashboardARN(c.Account, ""))
	if !ok {
		return nil, badValue("%s is not the ARN of an alarm, a dashboard or a Contributor Insights rule of this account.", bounded(text))
	}
	d, err := dashboards.Get(c.Tx, store.K(c.Account, name))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &tagged{d.Tags, func(tx store.Tx, tags map[string]string) error {
		d.Tags = tags
		return dashboards.Update(tx, d)
	}}, nil
}

// onTagged is the question about the resource of an ARN, which may not exist.
func onTagged(c *service.Call, text string) ([]service.Question, error) {
	q := service.Question{Resource: text, Context: map[string][]string{}}
	t, err := taggedOf(c, text)
	c.Found = t
	if t != nil {
		service.ResourceTags(q.Context, service.TagMap(t.tags))
	}
	return []service.Question{q}, err
}

func onTagging(c *service.Call, in *api.TagResourceInput) ([]service.Question, error) {
	qs, err := onTagged(c, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags, err := withTags(nil, in.Tags)
	service.RequestTags(qs[0].Context, service.TagMap(tags))
	return qs, err
}

func onUntagging(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
	qs, err := onTagged(c, *in.ResourceARN)
	if err == nil {
		service.TagKeys(qs[0].Context, in.TagKeys)
	}
	return qs, err
}

func foundTagged(c *service.Call, text string) (*tagged, error) {
	t, _ := c.Found.(*tagged)
	if t == nil {
		return nil, api.ResourceNotFoundException.New("The resource %s does not exist.", bounded(text)).With("ResourceId", new(text))
	}
	return t, nil
}

func (s *Service) tagResource(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	t, err := foundTagged(c, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags, err := withTags(t.tags, in.Tags)
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, t.save(c.Tx, tags)
}

func (s *Service) untagResource(c *service.Call, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	t, err := foundTagged(c, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(t.tags)
	for _, k := range in.TagKeys {
		delete(tags, k)
	}
	return &api.UntagResourceOutput{}, t.save(c.Tx, tags)
}

func (s *Service) listTags(c *service.Call, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	t, err := foundTagged(c, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	for _, k := range slices.Sorted(maps.Keys(t.tags)) {
		out.Tags = append(out.Tags, api.Tag{Key: &k, Value: new(t.tags[k])})
	}
	return out, nil
}
