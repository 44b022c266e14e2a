package selector

import (
	"slices"
	"strconv"
	"strings"
)

// Selectors select an event if one of them does.
type Selectors []Selector

// Selector selects the events that satisfy all of its fields.
type Selector struct {
	Name   string  `json:"name,omitempty"`
	Fields []Field `json:"fields"`
}

// Field is what is asked of one field of a record. An event satisfies it when no value of a Not operator matches and, if there are values of
// other operators, one of those does.
type Field struct {
	Field         string   `json:"field"`
	Equals        []string `json:"equals,omitempty"`
	StartsWith    []string `json:"startsWith,omitempty"`
	EndsWith      []string `json:"endsWith,omitempty"`
	NotEquals     []string `json:"notEquals,omitempty"`
	NotStartsWith []string `json:"notStartsWith,omitempty"`
	NotEndsWith   []string `json:"notEndsWith,omitempty"`
}

// The fields that selectors know.
const (
	Category     = "eventCategory"
	ReadOnly     = "readOnly"
	EventSource  = "eventSource"
	EventName    = "eventName"
	EventType    = "eventType"
	ResourceType = "resources.type"
	ResourceARN  = "resources.ARN"
	UserARN      = "userIdentity.arn"
	FromConsole  = "sessionCredentialFromConsole"
)

// Match reports whether one of the selectors selects the event.
func (s Selectors) Match(e *Event) bool {
	return slices.ContainsFunc(s, func(one Selector) bool { return one.Match(e) })
}

// Match reports whether the selector selects the event. What it asks of resources, one resource of the event must satisfy alone.
func (s Selector) Match(e *Event) bool {
	ofResources := false
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.ofResource() {
			ofResources = true
		} else if !f.accepts(e.value(f.Field)) {
			return false
		}
	}
	if !ofResources {
		return true
	}
	return slices.ContainsFunc(e.Resources, func(r Resource) bool {
		for i := range s.Fields {
			f := &s.Fields[i]
			if f.ofResource() && !f.accepts(r.value(f.Field)) {
				return false
			}
		}
		return true
	})
}

func (f *Field) ofResource() bool { return strings.HasPrefix(f.Field, "resources.") }

// accepts decides about the value of the field; a record without the field has the value "".
func (f *Field) accepts(v string) bool {
	if has(f.NotEquals, v, equal) || has(f.NotStartsWith, v, strings.HasPrefix) || has(f.NotEndsWith, v, strings.HasSuffix) {
		return false
	}
	if len(f.Equals)+len(f.StartsWith)+len(f.EndsWith) == 0 {
		return true
	}
	return has(f.Equals, v, equal) || has(f.StartsWith, v, strings.HasPrefix) || has(f.EndsWith, v, strings.HasSuffix)
}

func equal(a, b string) bool { return a == b }

func has(values []string, v string, matches func(v, value string) bool) bool {
	return slices.ContainsFunc(values, func(value string) bool { return matches(v, value) })
}

func (e *Event) value(field string) string {
	switch field {
	case Category:
		return e.Category
	case ReadOnly:
		return strconv.FormatBool(e.ReadOnly)
	case EventSource:
		return e.Source
	case EventName:
		return e.Name
	case EventType:
		return e.Type
	case UserARN:
		return e.UserARN
	case FromConsole:
		return strconv.FormatBool(e.FromConsole)
	}
	return ""
}

func (r Resource) value(field string) string {
	switch field {
	case ResourceType:
		return r.Type
	case ResourceARN:
		return r.ARN
	}
	return ""
}
