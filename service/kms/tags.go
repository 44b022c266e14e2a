package kms

import (
	"slices"
	"strings"
	"vauban/api/wire"

	api "vauban/api/kms"
)

// Tag is a tag as stored.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// maxTags bounds the tags of one key.
const maxTags = 50

// withTags adds the requested tags to those that a key has, ordered by key.
func withTags(have []Tag, add []api.Tag) ([]Tag, error) {
	out := slices.Clone(have)
	seen := map[string]bool{}
	for _, t := range add {
		tag := Tag{wire.Text(t.TagKey), wire.Text(t.TagValue)}
		if seen[tag.Key] {
			return nil, api.TagException.New("Duplicate tag keys")
		}
		seen[tag.Key] = true
		if strings.HasPrefix(strings.ToLower(tag.Key), "aws:") {
			return nil, api.TagException.New("Tags beginning with aws: are reserved")
		}
		if i := slices.IndexFunc(out, func(o Tag) bool { return o.Key == tag.Key }); i >= 0 {
			out[i] = tag
		} else {
			out = append(out, tag)
		}
	}
	if len(out) > maxTags {
		return nil, api.TagException.New("Too many tags")
	}
	slices.SortFunc(out, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

func shownTags(tags []Tag) []api.Tag {
	out := make([]api.Tag, len(tags))
	for i := range tags {
		out[i] = api.Tag{TagKey: &tags[i].Key, TagValue: &tags[i].Value}
	}
	return out
}
