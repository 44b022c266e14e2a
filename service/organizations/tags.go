package organizations

import (
	"slices"
	"strings"

	api "vauban/api/organizations"
	"vauban/api/wire"
)

// Tag is a tag as stored.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// maxTags bounds the tags of one resource.
const maxTags = 50

// read are the tags of a request.
func read(tags []api.Tag) []Tag {
	out := make([]Tag, len(tags))
	for i, t := range tags {
		out[i] = Tag{wire.Text(t.Key), wire.Text(t.Value)}
	}
	return out
}

// withTags adds the requested tags to those that a resource has, ordered by key.
func withTags(have []Tag, add []api.Tag) ([]Tag, error) {
	out := slices.Clone(have)
	seen := map[string]bool{}
	for _, t := range read(add) {
		if seen[t.Key] {
			return nil, invalid(api.InvalidInputExceptionReasonDuplicateTagKey, "You specified a duplicate tag key: %s.", t.Key)
		}
		seen[t.Key] = true
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, invalid(api.InvalidInputExceptionReasonInvalidSystemTagsParameter, "Tag keys that start with 'aws:' are reserved for system use.")
		}
		if i := slices.IndexFunc(out, func(o Tag) bool { return o.Key == t.Key }); i >= 0 {
			out[i] = t
		} else {
			out = append(out, t)
		}
	}
	if len(out) > maxTags {
		return nil, constraint(api.ConstraintViolationExceptionReasonMaxTagLimitExceeded, "You have exceeded the allowed number of tags: %d.", maxTags)
	}
	slices.SortFunc(out, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

func shownTags(tags []Tag) []api.Tag {
	out := make([]api.Tag, len(tags))
	for i := range tags {
		out[i] = api.Tag{Key: &tags[i].Key, Value: &tags[i].Value}
	}
	return out
}
