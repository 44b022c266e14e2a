package lake

import (
	"maps"
	"slices"
	"strings"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
)

// mostTags of a resource. CloudTrail User Guide: "Quotas in AWS CloudTrail".
const mostTags = 50

// WithTags adds tags to those that are there.
func WithTags(have map[string]string, add []api.Tag) (map[string]string, error) {
	out := maps.Clone(have)
	if out == nil {
		out = map[string]string{}
	}
	seen := map[string]bool{}
	for _, t := range add {
		key := *t.Key
		if seen[key] {
			return nil, api.InvalidTagParameterException.New("The tag key %s is there twice.", key)
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, api.InvalidTagParameterException.New("Tag keys that begin with aws: are reserved: %s", key)
		}
		seen[key] = true
		out[key] = wire.Text(t.Value)
	}
	if len(out) > mostTags {
		return nil, api.TagsLimitExceededException.New("The number of tags exceeds the limit of %d.", mostTags)
	}
	return out, nil
}

// ShownTags are tags in the order of their keys.
func ShownTags(tags map[string]string) []api.Tag {
	out := make([]api.Tag, 0, len(tags))
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, api.Tag{Key: new(k), Value: new(tags[k])})
	}
	return out
}
