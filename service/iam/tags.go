package iam

import (
	"slices"
	"strings"

	api "vauban/api/iam"
	"vauban/api/wire"
)

// maxTags bounds the tags of one resource. IAM User Guide: "IAM and AWS STS quotas".
const maxTags = 50

// newTags adds the requested tags to those that a resource has, ordered by key. A key that exists without regard to case gets the
// new value and keeps its spelling.
func newTags(have []Tag, add []api.Tag) ([]Tag, error) {
	out := slices.Clone(have)
	seen := make(map[string]bool, len(add))
	for _, t := range add {
		key := strings.ToLower(*t.Key)
		if seen[key] {
			return nil, api.InvalidInputException.New("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[key] = true
		if strings.HasPrefix(key, "aws:") {
			return nil, api.InvalidInputException.New("Tag keys that start with 'aws:' are reserved for system use.")
		}
		i := slices.IndexFunc(out, func(o Tag) bool { return strings.EqualFold(o.Key, *t.Key) })
		if i < 0 {
			out = append(out, Tag{Key: *t.Key, Value: wire.Text(t.Value)})
			continue
		}
		out[i].Value = wire.Text(t.Value)
	}
	if len(out) > maxTags {
		return nil, api.LimitExceededException.New("The number of tags has reached the maximum limit.")
	}
	slices.SortFunc(out, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

func withoutTags(have []Tag, keys []string) []Tag {
	return slices.DeleteFunc(slices.Clone(have), func(t Tag) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, t.Key) })
	})
}

func shownTags(tags []Tag) []api.Tag {
	if len(tags) == 0 {
		return nil
	}
	out := make([]api.Tag, len(tags))
	for i := range tags {
		out[i] = api.Tag{Key: &tags[i].Key, Value: &tags[i].Value}
	}
	return out
}

// tagPage is one page of a resource's tags, as all List…Tags operations answer.
func tagPage(tags []Tag, mark *string, maxItems *int64) (out []api.Tag, m *string, more *bool, err error) {
	p, err := pageOf(mark, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	cutTags, next := cut(tags, p, func(t Tag) string { return t.Key })
	m, more = marker(next)
	return allTags(cutTags), m, more, nil
}

// allTags is shownTags for answers that show an empty list too.
func allTags(tags []Tag) []api.Tag {
	if len(tags) == 0 {
		return []api.Tag{}
	}
	return shownTags(tags)
}
