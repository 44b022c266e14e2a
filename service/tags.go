package service

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tag is a tag, as the shapes of the services and their documents have it.
type Tag interface {
	Pair() (key, value string)
}

// Tags are the pairs of a list of tags. Those of a map are [TagMap].
func Tags[T Tag](list []T) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, t := range list {
			if !yield(t.Pair()) {
				return
			}
		}
	}
}

// TagMap are the pairs of a map of tags in the order of their keys, so that of several faults the same one is told.
func TagMap(tags map[string]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, k := range slices.Sorted(maps.Keys(tags)) {
			if !yield(k, tags[k]) {
				return
			}
		}
	}
}

// RequestTags adds to a question's context what the tags say that a call sets. IAM User Guide: "Controlling access to AWS resources using tags".
func RequestTags(context map[string][]string, tags iter.Seq2[string, string]) {
	var keys []string
	for k, v := range tags {
		context["aws:RequestTag/"+k] = []string{v}
		keys = append(keys, k)
	}
	slices.Sort(keys)
	TagKeys(context, keys)
}

// TagKeys adds the keys of the tags that a call sets or takes away; no key for none.
func TagKeys(context map[string][]string, keys []string) {
	if len(keys) > 0 {
		context["aws:TagKeys"] = keys
	}
}

// ResourceTags adds the tags that a resource has. also are further prefixes that the service gives them under, such as "iam:ResourceTag/".
func ResourceTags(context map[string][]string, tags iter.Seq2[string, string], also ...string) {
	for k, v := range tags {
		context["aws:ResourceTag/"+k] = []string{v}
		for _, prefix := range also {
			context[prefix+k] = []string{v}
		}
	}
}

// MaxTags is how many tags a resource has at most, in all services. AWS General Reference: "Tagging your AWS resources".
const MaxTags = 50

// TagFault is why a resource cannot have a tag.
type TagFault uint8

// The faults of tags.
const (
	TagReserved    TagFault = iota // its key begins with aws:
	TagTwice                       // its key is given more than once
	TagKeyLength                   // its key is empty, or longer than 128 characters
	TagValueLength                 // its value is longer than 256 characters
	TagsTooMany                    // the resource would have more than MaxTags
)

// AddTags answers the tags of a resource with more added, or in place of those of the same keys. have stays as it is. refuse puts a fault of the tag with
// that key into the service's words; nil for TagTwice takes the last.
func AddTags(have map[string]string, more iter.Seq2[string, string], refuse func(f TagFault, key string) error) (map[string]string, error) {
	added := map[string]string{}
	for k, v := range more {
		if f, ok := tagFault(k, v); ok {
			return nil, refuse(f, k)
		}
		if _, twice := added[k]; twice {
			if err := refuse(TagTwice, k); err != nil {
				return nil, err
			}
		}
		added[k] = v
	}
	if len(have)+len(added) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(have)+len(added))
	maps.Copy(out, have)
	maps.Copy(out, added)
	if len(out) > MaxTags {
		return nil, refuse(TagsTooMany, "")
	}
	return out, nil
}

func tagFault(key, value string) (TagFault, bool) {
	const reserved = "aws:"
	switch {
	case len(key) >= len(reserved) && strings.EqualFold(key[:len(reserved)], reserved):
		return TagReserved, true
	case key == "" || utf8.RuneCountInString(key) > 128:
		return TagKeyLength, true
	case utf8.RuneCountInString(value) > 256:
		return TagValueLength, true
	}
	return 0, false
}
