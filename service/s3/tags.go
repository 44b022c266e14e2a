package s3

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"vauban/api/wire"
)

// tag is one of an object.
type tag struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// Pair is the tag's key and value.
func (t tag) Pair() (key, value string) { return t.Key, t.Value }

// maxTags bounds the tags of an object. Amazon S3 User Guide: "Categorizing your objects using tags".
const maxTags = 10

// tagsInHeader reads x-amz-tagging: a query string.
func tagsInHeader(header *string) ([]tag, error) {
	if header == nil {
		return nil, nil
	}
	var tags []tag
	for pair := range strings.SplitSeq(*header, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err1 != nil || err2 != nil || !utf8.ValidString(key) || !utf8.ValidString(value) || hasTag(tags, key) {
			return nil, invalid("x-amz-tagging", *header, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
		}
		tags = append(tags, tag{key, value})
	}
	return checkedTags(tags)
}

func hasTag(tags []tag, key string) bool {
	return slices.ContainsFunc(tags, func(t tag) bool { return t.Key == key })
}

// checkedTags answers the tags in the order of their keys, if an object can have them.
func checkedTags(tags []tag) ([]tag, error) {
	if len(tags) > maxTags {
		return nil, badRequest("Object tags cannot be greater than 10")
	}
	for i, t := range tags {
		switch {
		case strings.HasPrefix(t.Key, "aws:"):
			return nil, invalidTag("Your TagKey cannot be prefixed with aws:", t.Key)
		case t.Key == "" || !isTagText(t.Key, 128):
			return nil, invalidTag("The TagKey you have provided is invalid", t.Key)
		case !isTagText(t.Value, 256):
			return nil, invalidTag("The TagValue you have provided is invalid", t.Key)
		case hasTag(tags[:i], t.Key):
			return nil, invalidTag("Cannot provide multiple Tags with the same key", t.Key)
		}
	}
	slices.SortFunc(tags, func(a, b tag) int { return cmp.Compare(a.Key, b.Key) })
	return tags, nil
}

func invalidTag(message, key string) *wire.Error {
	return errInvalidTag.New("%s", message).With("TagKey", key)
}

func badRequest(message string) *wire.Error { return wire.Code("BadRequest", 400).New("%s", message) }

// isTagText takes letters, digits, spaces and a few signs, in any script.
func isTagText(s string, most int) bool {
	n := 0
	for _, r := range s {
		if n++; r < 0x80 && !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" _.:/=+-@", r)) {
			return false
		}
	}
	return n <= most && utf8.ValidString(s)
}
