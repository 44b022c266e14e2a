package organizations

import (
	"slices"
	"strings"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) taggingOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpTagResource, delegates, func(v *visit, in *api.TagResourceInput, s *subject) error {
			service.RequestTags(s.keys, service.Tags(in.Tags))
			return s.onTagged(v, wire.Text(in.ResourceId))
		}, s.tagResource),
		writes(s, api.OpUntagResource, delegates, func(v *visit, in *api.UntagResourceInput, s *subject) error {
			service.TagKeys(s.keys, in.TagKeys)
			return s.onTagged(v, wire.Text(in.ResourceId))
		}, s.untagResource),
		reads(s, api.OpListTagsForResource, readers, func(v *visit, in *api.ListTagsForResourceInput, s *subject) error {
			return s.onTagged(v, wire.Text(in.ResourceId))
		}, s.listTags),
	}
}

func (s *subject) onTagged(v *visit, id string) error {
	switch {
	case strings.HasPrefix(id, "p-"):
		return s.onPolicy(v, id)
	case strings.HasPrefix(id, "rp-"):
		return s.onResourcePolicy(v)
	}
	return s.onNode(v, id)
}

// tagged is something that has tags, and how it is stored again.
type tagged struct {
	tags *[]Tag
	save func() error
}

// taggable is the resource of that ID, of whichever kind.
func taggable(v *visit, id string) (tagged, error) {
	switch {
	case strings.HasPrefix(id, "p-"):
		p, err := policies.Get(v.Tx, store.K(v.org.ID, id))
		if store.IsAbsent(err) || err == nil && p.AWS {
			return tagged{}, noSuchTarget()
		}
		if err != nil {
			return tagged{}, err
		}
		return tagged{&p.Tags, func() error { return policies.Update(v.Tx, p) }}, nil
	case strings.HasPrefix(id, "rp-"):
		p, err := resourcePolicies.Get(v.Tx, store.K(v.org.ID))
		if store.IsAbsent(err) || err == nil && p.ID != id {
			return tagged{}, noSuchTarget()
		}
		if err != nil {
			return tagged{}, err
		}
		return tagged{&p.Tags, func() error { return resourcePolicies.Update(v.Tx, p) }}, nil
	}
	n, err := target(v.Tx, v.org, id)
	if err != nil {
		return tagged{}, err
	}
	return tagged{&n.Tags, func() error { return nodes.Update(v.Tx, n) }}, nil
}

func (s *Service) tagResource(v *visit, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	t, err := taggable(v, *in.ResourceId)
	if err != nil {
		return nil, err
	}
	if *t.tags, err = withTags(*t.tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, t.save()
}

func (s *Service) untagResource(v *visit, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	t, err := taggable(v, *in.ResourceId)
	if err != nil {
		return nil, err
	}
	*t.tags = slices.DeleteFunc(*t.tags, func(have Tag) bool { return slices.Contains(in.TagKeys, have.Key) })
	return &api.UntagResourceOutput{}, t.save()
}

// listTags answers all tags in one page: there are fifty at most.
func (s *Service) listTags(v *visit, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	if in.NextToken != nil {
		return nil, badToken()
	}
	t, err := taggable(v, *in.ResourceId)
	if err != nil {
		return nil, err
	}
	return &api.ListTagsForResourceOutput{Tags: shownTags(*t.tags)}, nil
}
