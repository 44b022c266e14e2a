package lambda

import (
	"strings"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpTagResource, s.onTagging, s.tag),
		service.Writes(api.OpUntagResource, s.onUntagging, s.untag),
		service.Reads(api.OpListTags, func(c *service.Call, in *api.ListTagsInput) ([]service.Question, error) {
			return s.onTagged(c, in.Resource)
		}, s.listTags),
	}
}

// tagged is what has tags: a function, an event source mapping or a code signing configuration.
type tagged struct {
	signing  *CodeSigning
	function *Function
	mapping  *Mapping
}

// onTagged is the question about the resource of an ARN.
func (s *Service) onTagged(c *service.Call, resource *string) ([]service.Question, error) {
	text := wire.Text(resource)
	if _, id, ok := strings.Cut(text, ":event-source-mapping:"); ok {
		m, err := mappings.Get(c.Tx, store.K(c.Account, c.Region, id))
		if err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		t := &tagged{}
		if err == nil {
			t.mapping = m
		}
		q := askMapping(c, mappingARN(c.Account, c.Region, id), m)
		c.Found = t
		return []service.Question{q}, nil
	}
	if strings.Contains(text, codeSigningPart) {
		x, q, err := signingOf(c, resource)
		c.Found = &tagged{signing: x}
		return []service.Question{q}, err
	}
	n, err := named(c, resource, nil)
	if err != nil {
		return nil, err
	}
	if n.qualifier != "" {
		return nil, invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
	}
	x, err := s.look(c.Tx, n, false)
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, x)
	c.Found = &tagged{function: x.function}
	return []service.Question{q}, err
}

func (s *Service) onTagging(c *service.Call, in *api.TagResourceInput) ([]service.Question, error) {
	qs, err := s.onTagged(c, in.Resource)
	if err != nil {
		return nil, err
	}
	service.RequestTags(qs[0].Context, service.TagMap(in.Tags))
	return qs, nil
}

func (s *Service) onUntagging(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
	qs, err := s.onTagged(c, in.Resource)
	if err != nil {
		return nil, err
	}
	service.TagKeys(qs[0].Context, in.TagKeys)
	return qs, nil
}

// tags are those of what the call is about, and store stores others.
func (t *tagged) tags(c *service.Call) (map[string]string, func(map[string]string) error, error) {
	switch {
	case t.function != nil:
		return t.function.Tags, func(m map[string]string) error { t.function.Tags = m; return functions.Update(c.Tx, t.function) }, nil
	case t.signing != nil:
		return t.signing.Tags, func(m map[string]string) error { t.signing.Tags = m; return codeSignings.Update(c.Tx, t.signing) }, nil
	case t.mapping != nil:
		return t.mapping.Tags, func(m map[string]string) error { t.mapping.Tags = m; return mappings.Update(c.Tx, t.mapping) }, nil
	}
	return nil, nil, missing("The resource you requested does not exist.")
}

func (s *Service) tag(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	have, keep, err := c.Found.(*tagged).tags(c)
	if err != nil {
		return nil, err
	}
	all, err := withTags(have, in.Tags)
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, keep(all)
}

func (s *Service) untag(c *service.Call, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	have, keep, err := c.Found.(*tagged).tags(c)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(have, k)
	}
	return &api.UntagResourceOutput{}, keep(have)
}

func (s *Service) listTags(c *service.Call, _ *api.ListTagsInput) (*api.ListTagsOutput, error) {
	have, _, err := c.Found.(*tagged).tags(c)
	if have == nil {
		have = map[string]string{}
	}
	return &api.ListTagsOutput{Tags: have}, err
}
