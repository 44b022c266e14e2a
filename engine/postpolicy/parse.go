package postpolicy

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// MaxSize is the largest document that is read, in bytes.
const MaxSize = 20 << 10

// Policy is a document that was read.
type Policy struct {
	Expiration time.Time
	conditions []condition
}

type condition struct {
	operator string // eq, starts-with or content-length-range, in lower case
	field    string // in lower case, with its $; of a range the least size, as written
	value    string // of a range the largest size, as written
	text     string // the condition as the error shows it
}

// Fault is a document or form that is refused, with S3's code and words. The two sizes are set when a file is too small or too large.
type Fault struct {
	Code, Message string
	Status        int

	Proposed, Allowed int64
}

func (f *Fault) Error() string { return "post policy: " + f.Message }

func invalid(format string, args ...any) error {
	return &Fault{Code: "InvalidPolicyDocument", Status: 400, Message: "Invalid Policy: " + fmt.Sprintf(format, args...)}
}

func refused(format string, args ...any) error {
	return &Fault{Code: "AccessDenied", Status: 403, Message: "Invalid according to Policy: " + fmt.Sprintf(format, args...)}
}

// Parse reads a document.
func Parse(text []byte) (*Policy, error) {
	if len(text) > MaxSize {
		return nil, invalid("the document is larger than %d bytes.", MaxSize)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(text, &doc); err != nil || doc == nil {
		return nil, invalid("Invalid JSON.")
	}
	p := &Policy{}
	var expiration *string
	if raw, ok := doc["expiration"]; !ok || json.Unmarshal(raw, &expiration) != nil || expiration == nil {
		return nil, invalid("Policy missing expiration.")
	}
	var err error
	if p.Expiration, err = time.Parse(time.RFC3339, *expiration); err != nil {
		return nil, invalid("Invalid 'expiration' value: '%s'", *expiration)
	}
	var list []json.RawMessage
	if raw, ok := doc["conditions"]; !ok || json.Unmarshal(raw, &list) != nil || list == nil {
		return nil, invalid("Policy missing conditions.")
	}
	for _, raw := range list {
		c, err := parseCondition(raw)
		if err != nil {
			return nil, err
		}
		p.conditions = append(p.conditions, c)
	}
	for name := range doc {
		if name != "expiration" && name != "conditions" {
			return nil, invalid("Unexpected: '%s'", name)
		}
	}
	return p, nil
}

func parseCondition(raw json.RawMessage) (condition, error) {
	var simple map[string]any
	if json.Unmarshal(raw, &simple) == nil && simple != nil {
		return simpleCondition(simple)
	}
	var list []any
	if err := json.Unmarshal(raw, &list); err != nil {
		return condition{}, invalid("Invalid JSON.")
	}
	texts := make([]string, len(list))
	for i, v := range list {
		t, ok := scalar(v)
		if !ok {
			return condition{}, invalid("Invalid Condition: a condition holds strings and numbers.")
		}
		texts[i] = t
	}
	if len(texts) != 3 {
		return condition{}, invalid("Invalid Condition: a condition has three elements.")
	}
	c := condition{operator: strings.ToLower(texts[0]), field: texts[1], value: texts[2]}
	switch c.operator {
	case "eq", "starts-with":
		c.field = strings.ToLower(c.field)
	case "content-length-range":
	default:
		return condition{}, invalid("Invalid Condition: unknown operation '%s'.", texts[0])
	}
	c.text = shown(texts[0], texts[1], texts[2])
	return c, nil
}

// simpleCondition is an object with the one field that must have the value.
func simpleCondition(simple map[string]any) (condition, error) {
	if len(simple) != 1 {
		return condition{}, invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
	}
	for name, v := range simple {
		value, ok := scalar(v)
		if !ok {
			return condition{}, invalid("Invalid Simple-Condition: value must be a string.")
		}
		return condition{operator: "eq", field: "$" + strings.ToLower(name), value: value, text: shown("eq", "$"+name, value)}, nil
	}
	return condition{}, nil
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return "", false
		}
		return strconv.FormatInt(int64(v), 10), true
	}
	return "", false
}

// shown is a condition as S3 shows it.
func shown(list ...string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
