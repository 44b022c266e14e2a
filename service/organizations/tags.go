package organizations

import (
	"maps"

	api "vauban/api/organizations"
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
		return invalid(api.InvalidInputExceptionReasonDuplicateTagKey, "You specified a duplicate tag key: %s.", key)
	case service.TagReserved:
		return invalid(api.InvalidInputExceptionReasonInvalidSystemTagsParameter, "Tag keys that start with 'aws:' are reserved for system use.")
	case service.TagsTooMany:
		return constraint(api.ConstraintViolationExceptionReasonMaxTagLimitExceeded, "You have exceeded the allowed number of tags: %d.", service.MaxTags)
	}
	return invalid(api.InvalidInputExceptionReasonInvalidPattern, "A tag key has 1 to 128 characters, and a value up to 256: %s.", key)
}

func shownTags(tags []Tag) []api.Tag {
	out := make([]api.Tag, len(tags))
	for i := range tags {
		out[i] = api.Tag{Key: &tags[i].Key, Value: &tags[i].Value}
	}
	return out
}
