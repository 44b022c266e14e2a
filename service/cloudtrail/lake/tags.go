package lake

import (
	"maps"
	"slices"

	api "vauban/api/cloudtrail"
	"vauban/service"
)

// WithTags adds tags, or replaces those of the same keys.
func WithTags(have map[string]string, more []api.Tag) (map[string]string, error) {
	return service.AddTags(have, service.Tags(more), refuseTag)
}

// refuseTag says what is wrong with a tag.
func refuseTag(f service.TagFault, key string) error {
	switch f {
	case service.TagTwice:
		return api.InvalidTagParameterException.New("The tag key %s is there twice.", key)
	case service.TagReserved:
		return api.InvalidTagParameterException.New("Tag keys that begin with aws: are reserved: %s", key)
	case service.TagsTooMany:
		return api.TagsLimitExceededException.New("The number of tags exceeds the limit of %d.", service.MaxTags)
	}
	return api.InvalidTagParameterException.New("A tag key has 1 to 128 characters, and a value up to 256: %s", key)
}

// ShownTags are tags in the order of their keys.
func ShownTags(tags map[string]string) []api.Tag {
	out := make([]api.Tag, 0, len(tags))
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, api.Tag{Key: new(k), Value: new(tags[k])})
	}
	return out
}
