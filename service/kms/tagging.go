package kms

import (
	"slices"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/service"
	"vauban/store"
)

func (s *Service) taggingOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpTagResource, func(_ *service.Call, in *api.TagResourceInput, a *about) {
			a.id = wire.Text(in.KeyId)
			a.requestTags(in.Tags)
		}, s.tagResource),
		writes(s, api.OpUntagResource, func(_ *service.Call, in *api.UntagResourceInput, a *about) {
			a.id = wire.Text(in.KeyId)
			a.keys = map[string][]string{}
			service.TagKeys(a.keys, in.TagKeys)
		}, s.untagResource),
		reads(s, api.OpListResourceTags, byID(func(in *api.ListResourceTagsInput) *string { return in.KeyId }), s.listResourceTags),
	}
}

func (s *Service) tagResource(u *use, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	return &api.TagResourceOutput{}, u.change(func(k *Key) (err error) {
		if err := k.refuseDeleted(); err != nil {
			return err
		}
		k.Tags, err = withTags(k.Tags, in.Tags)
		return err
	})
}

func (s *Service) untagResource(u *use, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	return &api.UntagResourceOutput{}, u.change(func(k *Key) error {
		k.Tags = slices.DeleteFunc(k.Tags, func(t Tag) bool { return slices.Contains(in.TagKeys, t.Key) })
		return k.refuseDeleted()
	})
}

func (s *Service) listResourceTags(u *use, in *api.ListResourceTagsInput) (*api.ListResourceTagsOutput, error) {
	tags, next, err := cut(u.key.Tags, in.Marker, in.Limit, 50, func(t Tag) string { return t.Key })
	if err != nil {
		return nil, err
	}
	return &api.ListResourceTagsOutput{Tags: shownTags(tags), NextMarker: next, Truncated: new(next != nil)}, nil
}

// cut is one page of a list that is held in memory, ordered by a key that no two items share.
func cut[T any](items []T, mark *string, limit *int64, usual int, key func(T) string) ([]T, *string, error) {
	p, err := pageOf(mark, limit, usual)
	if err != nil {
		return nil, nil, err
	}
	out := []T{}
	for _, it := range items {
		if p.after != nil && key(it) <= string(p.after) {
			continue
		}
		if len(out) == p.limit {
			return out, marker(store.Key(key(out[len(out)-1]))), nil
		}
		out = append(out, it)
	}
	return out, nil, nil
}
