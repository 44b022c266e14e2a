package sts

import (
	"slices"
	"strings"

	api "vauban/api/sts"
	"vauban/service"
)

// sessionTags are the tags that a new session has. IAM User Guide: "Pass session tags in AWS STS".
type sessionTags struct {
	all        map[string]string // requested and inherited
	transitive []string          // keys that sessions assumed with this one inherit
}

// readTags checks the requested tags and adds those that the caller's session hands on. The words are AWS's.
func readTags(requested []api.Tag, transitive []string, caller *service.Session) (sessionTags, error) {
	t := sessionTags{all: map[string]string{}}
	have := map[string]bool{}
	for _, tag := range requested {
		key := strings.ToLower(*tag.Key)
		if have[key] {
			return t, invalidParameter.New("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if strings.HasPrefix(key, "aws:") {
			return t, invalidParameter.New("Tag keys that start with 'aws:' are reserved for system use.")
		}
		have[key] = true
		t.all[*tag.Key] = *tag.Value
	}
	for _, key := range transitive {
		if !have[strings.ToLower(key)] {
			return t, invalidParameter.New("The specified transitive tag key must be included in the requested tags.")
		}
		if !slices.ContainsFunc(t.transitive, func(k string) bool { return strings.EqualFold(k, key) }) {
			t.transitive = append(t.transitive, key)
		}
	}
	if caller == nil {
		return t, nil
	}
	for _, key := range caller.TransitiveTags {
		if have[strings.ToLower(key)] {
			return t, invalidParameter.New(
				"One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		for k, v := range caller.Tags {
			if strings.EqualFold(k, key) {
				t.all[k] = v
			}
		}
		t.transitive = append(t.transitive, key)
	}
	return t, nil
}

// context are the condition keys that the tags give.
func (t sessionTags) context(k map[string][]string) {
	service.RequestTags(k, service.TagMap(t.all))
	if len(t.transitive) > 0 {
		k["sts:TransitiveTagKeys"] = t.transitive
	}
}

func (t sessionTags) into(s *service.Session) {
	if len(t.all) > 0 {
		s.Tags, s.TransitiveTags = t.all, t.transitive
	}
}
