package accessanalyzer

import (
	"maps"

	api "vauban/api/accessanalyzer"
	"vauban/service"
)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListTagsForResource, at(s, func(in *api.ListTagsForResourceInput) *string { return in.ResourceArn }), s.listTags),
		service.Writes(api.OpTagResource, func(c *service.Call, in *api.TagResourceInput) ([]service.Question, error) {
			keys := map[string][]string{}
			service.RequestTags(keys, service.TagMap(in.Tags))
			return s.onAnalyzer(c, *in.ResourceArn, keys)
		}, s.tagResource),
		service.Writes(api.OpUntagResource, func(c *service.Call, in *api.UntagResourceInput) ([]service.Question, error) {
			keys := map[string][]string{}
			service.TagKeys(keys, in.TagKeys)
			return s.onAnalyzer(c, *in.ResourceArn, keys)
		}, s.untagResource),
	}
}

func (s *Service) listTags(c *service.Call, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	a, err := analyzerOf(c, c.Tx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(a.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	return &api.ListTagsForResourceOutput{Tags: tags}, nil
}

func (s *Service) tagResource(c *service.Call, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	a, err := analyzerOf(c, c.Tx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if a.Tags, err = withTags(a.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, analyzers.Update(c.Tx, a)
}

func (s *Service) untagResource(c *service.Call, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	a, err := analyzerOf(c, c.Tx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(a.Tags, k)
	}
	return &api.UntagResourceOutput{}, analyzers.Update(c.Tx, a)
}
