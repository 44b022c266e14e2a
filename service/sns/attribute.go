package sns

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/pattern"
)

// Attribute is a message attribute. Binary says which of the values is set.
type Attribute struct {
	Type   string
	Text   string `json:",omitempty"`
	Bytes  []byte `json:",omitempty"`
	Binary bool   `json:",omitempty"`
}

// maxAttributes bounds how many a message has; to a queue without its envelope go ten at most. Developer guide: "Amazon SNS message attributes".
const maxAttributes = 100

// attributesOf reads the message attributes of a request, and returns their size in bytes.
func attributesOf(in map[string]api.MessageAttributeValue) (map[string]Attribute, int, error) {
	if len(in) == 0 {
		return nil, 0, nil
	}
	if len(in) > maxAttributes {
		return nil, 0, badAttributeValue("A message has at most %d message attributes.", maxAttributes)
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
		out[name] = a
		size += len(name) + len(a.Type) + len(a.Text) + len(a.Bytes)
	}
	return out, size, nil
}

var wrongInName = regexp.MustCompile(`[^A-Za-z0-9_.-]`)

func checkAttributeName(name string) error {
	switch {
	case len(name) > 256:
		return badAttributeValue("Length of message attribute name must be less than 256 bytes.")
	case name == "":
		return badAttributeValue("The message attribute name must not be empty.")
	}
	if c := wrongInName.FindString(name); c != "" {
		r := []rune(c)[0]
		return badAttributeValue("Invalid non-alphanumeric character '#x%X' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.", r)
	}
	switch lower := strings.ToLower(name); {
	case strings.HasPrefix(name, "."):
		return badAttributeValue("Invalid message attribute name starting with character '.' was found.")
	case strings.HasSuffix(name, "."):
		return badAttributeValue("Invalid message attribute name ending with character '.' was found.")
	case strings.Contains(name, ".."):
		return badAttributeValue("Message attribute name can not have successive '.' character.")
	case (strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.")) && !isReserved(name):
		return badAttributeValue("Message attribute name '%s' starts with a prefix that is reserved.", name)
	}
	return nil
}

// isReserved says that the name is one that SNS itself understands. Developer guide: "Reserved message attributes".
func isReserved(name string) bool {
	for _, p := range []string{"AWS.SNS.SMS.", "AWS.MM.SMS.", "AWS.SNS.MOBILE."} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// attributeOf reads one attribute. A type is String, String.Array, Number or Binary, perhaps with a label of the client's after a period.
func attributeOf(name, kind string, text *string, bytes []byte) (Attribute, error) {
	base, label, _ := strings.Cut(kind, ".")
	field, other := "String", bytes != nil
	if base == "Binary" {
		field, other = "Binary", text != nil
	}
	empty := badAttributeValue("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.", name, base)
	switch {
	case base != "String" && base != "Number" && base != "Binary" || len(kind) > 256:
		return Attribute{}, badAttributeValue("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
	case other && (text == nil || bytes == nil):
		return Attribute{}, badAttributeValue("The message attribute '%s' with type '%s' must use field '%s'.", name, base, field)
	case other:
		return Attribute{}, badAttributeValue("The message attribute '%s' must have one value.", name)
	case field == "Binary" && len(bytes) == 0, field == "String" && (text == nil || *text == ""):
		return Attribute{}, empty
	case field == "Binary":
		return Attribute{Type: kind, Bytes: bytes, Binary: true}, nil
	case base == "Number" && !isNumber(*text):
		return Attribute{}, badAttributeValue("Could not cast message attribute '%s' value to number.", name)
	case base == "String" && label == "Array" && !isArray(*text):
		return Attribute{}, badAttributeValue("The message attribute '%s' of type 'String.Array' must be a JSON array of strings, numbers, true, false and null.", name)
	}
	return Attribute{Type: kind, Text: *text}, nil
}

func isNumber(s string) bool {
	if strings.ContainsAny(s, "xXpP_iInN") { // what Go reads beyond decimal numbers
		return false
	}
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && math.Abs(f) <= 1e128
}

// arrayOf reads the value of a String.Array.
func arrayOf(text string) ([]any, bool) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var list []any
	if d.Decode(&list) != nil || list == nil {
		return nil, false
	}
	for _, v := range list {
		switch v.(type) {
		case map[string]any, []any:
			return nil, false
		}
	}
	return list, true
}

func isArray(text string) bool {
	_, ok := arrayOf(text)
	return ok
}

// event is what filter policies of attributes are asked about. Binary values match nothing.
func (c *Content) event() *pattern.Event {
	values := map[string]any{}
	for name, a := range c.Attributes {
		base, _, _ := strings.Cut(a.Type, ".")
		switch {
		case a.Binary:
		case a.Type == "String.Array":
			values[name], _ = arrayOf(a.Text)
		case base == "Number":
			values[name] = json.Number(a.Text)
		default:
			values[name] = a.Text
		}
	}
	return pattern.Attributes(values)
}
