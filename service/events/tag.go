package events

import (
	"maps"
	"slices"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpTagResource, s.onTagging, s.tagResource),
		service.Writes(api.OpUntagResource, s.onUntagging, s.untagResource),
		service.Reads(api.OpListTagsForResource, onTagged(s, func(in *api.ListTagsForResourceInput) *string { return in.ResourceARN }), s.listTags),
	}
}

// onTagged is the rule of operations on the tags of a bus or a rule.
func onTagged[In any](s *Service, name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		text := wire.Text(name(in))
		a, err := arn.Parse(text)
		if err != nil || a.Service != "events" || a.Region != c.Region || !arn.IsAccount(a.Account) {
			return nil, invalid("Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.")
		}
		if n, ok := parseBus(text); ok {
			q, b, err := s.askBus(c.Tx, n)
			c.Found = onFound[Bus]{b, noSuchBus(n.name)}
			return []service.Question{q}, err
		}
		if n, ok := parseRule(a); ok {
			q, r, err := s.askRule(c.Tx, n)
			c.Found = onFound[Rule]{r, noSuchRule(n)}
			return []service.Question{q}, err
		}
		return nil, invalid("Parameter ResourceARN is not valid. Reason: Buses and rules can have tags.")
	}
}

func (s *Service) onTagging(c *service.Call, in *api.TagResourceInput) ([]service.Question, error) {
	qs, err := onTagged(s, func(in *api.TagResourceInput) *string { return in.ResourceARN })(c, in)
	if err == nil {
		service.RequestTags(qs[0].Context, service.Tags(in.Tags))
	}
	return qs, err
}

func (s *Service) onUntagging(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
	qs, err := onTagged(s, func(in *api.UntagResourceInput) *string { return in.ResourceARN })(c, in)
	if err == nil {
		service.TagKeys(qs[0].Context, in.TagKeys)
	}
	return qs, err
}

// tags gives the tags of what was found, and what writes them back.
func (s *Service) tags(c *service.Call) (tags *map[string]string, save func() error, err error) {
	if f, ok := c.Found.(onFound[Rule]); ok {
		return &orEmpty(f.v).Tags, func() error { return s.saveRule(c, f.v) }, f.absent()
	}
	b, err := foundBus(c)
	return &orEmpty(b).Tags, func() error { return buses.Put(c.Tx, b) }, err
}

func orEmpty[T any](v *T) *T {
	if v == nil {
		return new(T)
	}
	return v
}

// absent is the error for what does not exist, nil for what does.
func (f onFound[T]) absent() error {
	if f.v == nil {
		return f.missing
	}
	return nil
}

func (s *Service) tagResource(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	has, save, err := s.tags(c)
	if err != nil {
		return nil, err
	}
	if *has, err = withTags(*has, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, save()
}

func (s *Service) untagResource(c *service.Call, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	has, save, err := s.tags(c)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(*has, k)
	}
	return &api.UntagResourceOutput{}, save()
}

func (s *Service) listTags(c *service.Call, _ *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	has, _, err := s.tags(c)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	for _, k := range slices.Sorted(maps.Keys(*has)) {
		out.Tags = append(out.Tags, api.Tag{Key: &k, Value: new((*has)[k])})
	}
	return out, nil
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
	case service.TagKeyLength:
		return invalid("Tag keys must be between 1 and 128 characters in length.")
	case service.TagValueLength:
		return invalid("Tag values must be between 0 and 256 characters in length.")
	case service.TagTwice:
		return invalid("The tag key %s is given more than once.", key)
	}
	return invalid("A resource can have %d tags at most.", service.MaxTags)
}
