package cloudtrail

import (
	"strings"

	api "vauban/api/cloudtrail"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/service/cloudtrail/lake"
	"vauban/store"
)

// tagged is a resource that has tags.
type tagged struct {
	account string
	tags    *map[string]string
	save    func(tx store.Tx) error
}

// taggable finds the resource of an ARN.
func (s *Service) taggable(c *service.Call, tx store.Tx, text string) (*tagged, error) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "cloudtrail" || !arn.IsAccount(a.Account) {
		return nil, api.CloudTrailARNInvalidException.New("The specified resource ARN is not valid: %s", text)
	}
	switch kind, _, _ := strings.Cut(a.Resource, "/"); kind {
	case "trail":
		t, err := s.visible(c, tx, text)
		if codeOf(err) == api.TrailNotFoundException.Code {
			return nil, api.ResourceNotFoundException.New("The resource %s does not exist.", text).Because(err)
		}
		if err != nil {
			return nil, err
		}
		return &tagged{t.Account, &t.Tags, func(tx store.Tx) error { return trails.Update(tx, t) }}, nil
	case "eventdatastore":
		tags, save, err := s.lake.Tagged(c, tx, text)
		if err != nil {
			return nil, err
		}
		return &tagged{a.Account, tags, save}, nil
	}
	return nil, api.ResourceTypeNotSupportedException.New("The resource type of %s is not supported.", text)
}

// onTagged asks about the resource that is to be tagged.
func (s *Service) onTagged(c *service.Call, text string) (service.Question, error) {
	q := service.Question{Resource: text, Context: map[string][]string{}}
	a, err := arn.Parse(text)
	if err != nil || a.Partition != c.Partition {
		return q, api.CloudTrailARNInvalidException.New("The specified resource ARN is not valid: %s", text)
	}
	if arn.IsAccount(a.Account) {
		q.Account = a.Account
	}
	if strings.HasPrefix(a.Resource, "trail/") {
		q.ResourceType = typeTrail
	}
	if strings.HasPrefix(a.Resource, "eventdatastore/") {
		q.ResourceType = lake.ResourceType
	}
	return q, s.reading(c, func(tx store.Tx) error {
		r, err := s.taggable(c, tx, text)
		if codeOf(err) != "" { // the handler says so
			return nil
		}
		if err != nil {
			return err
		}
		service.ResourceTags(q.Context, service.TagMap(*r.tags))
		return nil
	})
}

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpAddTags, func(c *service.Call, in *api.AddTagsInput) ([]service.Question, error) {
			q, err := s.onTagged(c, *in.ResourceId)
			service.RequestTags(q.Context, service.Tags(in.TagsList))
			return []service.Question{q}, err
		}, s.addTags),
		service.Writes(api.OpRemoveTags, func(c *service.Call, in *api.RemoveTagsInput) ([]service.Question, error) {
			q, err := s.onTagged(c, *in.ResourceId)
			var keys []string
			for i := range in.TagsList {
				keys = append(keys, *in.TagsList[i].Key)
			}
			service.TagKeys(q.Context, keys)
			return []service.Question{q}, err
		}, s.removeTags),
		service.Reads(api.OpListTags, func(c *service.Call, in *api.ListTagsInput) (all []service.Question, err error) {
			if len(in.ResourceIdList) == 0 || len(in.ResourceIdList) > 20 {
				return nil, api.InvalidParameterException.New("ResourceIdList must have 1 to 20 resources.")
			}
			for _, id := range in.ResourceIdList {
				q, err := s.onTagged(c, id)
				if err != nil {
					return nil, err
				}
				all = append(all, q)
			}
			return all, nil
		}, s.listTags),
	}
}

func (s *Service) addTags(c *service.Call, in *api.AddTagsInput) (*api.AddTagsOutput, error) {
	r, err := s.ownTagged(c, *in.ResourceId)
	if err != nil {
		return nil, err
	}
	if *r.tags, err = lake.WithTags(*r.tags, in.TagsList); err != nil {
		return nil, err
	}
	return &api.AddTagsOutput{}, r.save(c.Tx)
}

// removeTags removes the tags with the keys, or, where a value is given, only those that have it.
func (s *Service) removeTags(c *service.Call, in *api.RemoveTagsInput) (*api.RemoveTagsOutput, error) {
	r, err := s.ownTagged(c, *in.ResourceId)
	if err != nil {
		return nil, err
	}
	for i := range in.TagsList {
		t := &in.TagsList[i]
		if had, ok := (*r.tags)[*t.Key]; ok && (t.Value == nil || *t.Value == had) {
			delete(*r.tags, *t.Key)
		}
	}
	return &api.RemoveTagsOutput{}, r.save(c.Tx)
}

// ownTagged refuses resources of other accounts: members of an organization see its trails but do not tag them.
func (s *Service) ownTagged(c *service.Call, text string) (*tagged, error) {
	r, err := s.taggable(c, c.Tx, text)
	if err != nil || r.account == c.Account {
		return r, err
	}
	if _, err := s.owned(c, c.Tx, text); err != nil {
		return nil, err
	}
	return r, nil
}

func (s *Service) listTags(c *service.Call, in *api.ListTagsInput) (*api.ListTagsOutput, error) {
	if in.NextToken != nil {
		return nil, api.InvalidTokenException.New("The NextToken is not one that ListTags gave: it answers all tags at once.")
	}
	out := &api.ListTagsOutput{ResourceTagList: []api.ResourceTag{}}
	for i := range in.ResourceIdList {
		id := &in.ResourceIdList[i]
		r, err := s.taggable(c, c.Tx, *id)
		if err != nil {
			return nil, err
		}
		out.ResourceTagList = append(out.ResourceTagList, api.ResourceTag{ResourceId: id, TagsList: lake.ShownTags(*r.tags)})
	}
	return out, nil
}
