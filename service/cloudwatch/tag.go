package cloudwatch

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

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

const maxTags = 50

// tagsOf reads tags, each key once.
func tagsOf(in []api.Tag) (map[string]string, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := map[string]string{}
	for _, t := range in {
		k, v := *t.Key, *t.Value
		_, twice := out[k]
		switch {
		case twice:
			return nil, badValue("The tag key %s is there more than once.", bounded(k))
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, badValue("Tag keys cannot start with aws:.")
		case utf8.RuneCountInString(k) > 128 || utf8.RuneCountInString(v) > 256:
			return nil, badValue("A tag key has at most 128 characters, and a value 256.")
		}
		out[k] = v
	}
	if len(out) > maxTags {
		return nil, badValue("A resource can have %d tags at most.", maxTags)
	}
	return out, nil
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
		for k, v := range t.tags {
			q.Context["aws:ResourceTag/"+k] = []string{v}
		}
	}
	return []service.Question{q}, err
}

func onTagging(c *service.Call, in *api.TagResourceInput) ([]service.Question, error) {
	qs, err := onTagged(c, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags, err := tagsOf(in.Tags)
	requestTags(&qs[0], tags)
	return qs, err
}

func onUntagging(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
	qs, err := onTagged(c, *in.ResourceARN)
	if err == nil && len(in.TagKeys) > 0 {
		qs[0].Context["aws:TagKeys"] = in.TagKeys
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
	more, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(t.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, more)
	if len(tags) > maxTags {
		return nil, badValue("A resource can have %d tags at most.", maxTags)
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
