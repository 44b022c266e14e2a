package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	api "vauban/api/sqs"
	"vauban/api/wire"
)

// maxAttributes is how many message attributes a message has at most. Developer guide: "Amazon SQS message metadata".
const maxAttributes = 10

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,256}$`)

// attributesOf reads the message attributes of a request, and returns their size in bytes.
func attributesOf(in map[string]api.MessageAttributeValue) (map[string]Attribute, int, error) {
	if len(in) == 0 {
		return nil, 0, nil
	}
	if len(in) > maxAttributes {
		return nil, 0, invalidParameterValue.New("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(in), maxAttributes)
	}
	out, size := make(map[string]Attribute, len(in)), 0
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if err := checkAttributeName(name); err != nil {
			return nil, 0, err
		}
		v := in[name]
		a, err := attributeOf(name, wire.Text(v.DataType), v.StringValue, v.BinaryValue)
		if err != nil {
			return nil, 0, err
		}
		if len(v.StringListValues) > 0 || len(v.BinaryListValues) > 0 {
			return nil, 0, api.UnsupportedOperation.New("Message (user) attribute '%s': list values are not supported.", name)
		}
		out[name] = a
		size += len(name) + len(a.Type) + len(a.Text) + len(a.Bytes)
	}
	return out, size, nil
}

func checkAttributeName(name string) error {
	lower := strings.ToLower(name)
	if !attributeName.MatchString(name) || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") ||
		strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.") {
		return invalidParameterValue.New("Message (user) attribute name '%s' is invalid. It can have up to 256 letters, digits, underscores, hyphens and periods, no period at its start or end or beside another, and it cannot start with AWS. or Amazon.", bounded(name, 256))
	}
	return nil
}

// attributeOf reads one attribute. A type is String, Number or Binary, perhaps with a label of the client's after a period.
func attributeOf(name, kind string, text *string, bytes []byte) (Attribute, error) {
	empty := func(kind string) *wire.Error {
		return invalidParameterValue.New("Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, kind)
	}
	base, _, _ := strings.Cut(kind, ".")
	switch {
	case kind == "":
		return Attribute{}, invalidParameterValue.New("Message (user) attribute '%s' must contain a non-empty message attribute type.", name)
	case len(kind) > 256:
		return Attribute{}, invalidParameterValue.New("Message (user) attribute '%s': the type can have up to 256 characters.", name)
	case base == "Binary":
		if len(bytes) == 0 {
			return Attribute{}, empty(base)
		}
		return Attribute{Type: kind, Bytes: bytes, Binary: true}, nil
	case base != "String" && base != "Number":
		return Attribute{}, invalidParameterValue.New("The type of message (user) attribute '%s' is invalid. You must use only the following supported type prefixes: Binary, Number, String.", name)
	case text == nil || *text == "":
		return Attribute{}, empty("String")
	case !isText(*text):
		return Attribute{}, invalidParameterValue.New("Invalid binary character was found in the message (user) attribute '%s', the set of allowed characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]", name)
	case base == "Number" && !isNumber(*text):
		return Attribute{}, invalidParameterValue.New("Can't cast the value of message (user) attribute '%s' to a number.", name)
	}
	return Attribute{Type: kind, Text: *text}, nil
}

func isNumber(s string) bool {
	if strings.ContainsAny(s, "xXpP_iInN") { // what Go reads beyond decimal numbers
		return false
	}
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && f <= 1e128 && f >= -1e128
}

// isText says that only characters occur that XML 1.0 has.
func isText(s string) bool {
	for _, r := range s {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xd7ff, r >= 0xe000 && r < 0xfffd, r == 0xfffd, r >= 0x10000 && r <= 0x10ffff:
		default:
			return false
		}
	}
	return true
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// digest is the MD5 of attributes, "" of none. Developer guide: "Calculating the MD5 message digest for message attributes".
func digest(attributes map[string]Attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	h := md5.New()
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		part(h, []byte(name))
		part(h, []byte(a.Type))
		if a.Binary {
			h.Write([]byte{2})
			part(h, a.Bytes)
		} else {
			h.Write([]byte{1})
			part(h, []byte(a.Text))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// part writes bytes after their length.
func part(h hash.Hash, b []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(b)))
	h.Write(n[:])
	h.Write(b)
}

// selected are the attributes that a reception asks for: by name, by a prefix that ends with .*, or all.
func selected(attributes map[string]Attribute, asked []string) map[string]Attribute {
	if len(asked) == 0 || len(attributes) == 0 {
		return nil
	}
	out := map[string]Attribute{}
	for name, a := range attributes {
		for _, want := range asked {
			prefix, all := strings.CutSuffix(want, ".*")
			if want == "All" || want == name || all && (prefix == "" || strings.HasPrefix(name, prefix+".") || name == prefix) {
				out[name] = a
				break
			}
		}
	}
	return out
}
