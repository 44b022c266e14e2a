package kms

import (
	"maps"

	api "vauban/api/kms"
	"vauban/service"
)

// Tag is a tag as stored.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// Pair is the tag's key and value.
func (t Tag) Pair() (key, value string) { return t.Key, t.Value }

// withTags adds the requested tags to those that a resource has, ordered by key.
func withTags(have []Tag, add []api.Tag) ([]Tag, error) {
	all, err := service.AddTags(maps.Collect(service.Tags(have)), service.Tags(add), refuseTag)
	var out []Tag
	for k, v := range service.TagMap(all) {
		out = append(out, Tag{k, v})
	}
	return out, err
}

// refuseTag says what is wrong with a tag.
func refuseTag(f service.TagFault, key string) error {
	switch f {
	case service.TagTwice:
		return api.TagException.New("Duplicate tag keys")
	case service.TagReserved:
		return api.TagException.New("Tags beginning with aws: are reserved")
	case service.TagsTooMany:
		return api.TagException.New("Too many tags")
	}
	return api.TagException.New("A tag key has 1 to 128 characters, and a value up to 256: %s", key)
}

func shownTags(tags []Tag) []api.Tag {
	out := make([]api.Tag, len(tags))
	for i := range tags {
		out[i] = api.Tag{TagKey: &tags[i].Key, TagValue: &tags[i].Value}
	}
	return out
}
