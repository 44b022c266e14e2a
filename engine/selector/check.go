package selector

import (
	"fmt"
	"slices"
)

// Scope is who has the selectors.
type Scope int

// The scopes. An event data store may filter management events by more fields than a trail, and may keep Insights events.
const (
	Trail Scope = iota
	EventDataStore
)

// mostValues is how many values all selectors of a trail or event data store have together. CloudTrail User Guide: "Quotas in AWS
// CloudTrail".
const mostValues = 500

// The categories that are recorded here.
const (
	Management = "Management"
	Data       = "Data"
	Insight    = "Insight"
)

// Check says what is wrong with selectors; nil when nothing is.
func (s Selectors) Check(scope Scope) error {
	total := 0
	for _, one := range s {
		category, err := one.category()
		if err != nil {
			return err
		}
		if err := one.check(category, scope); err != nil {
			return err
		}
		for i := range one.Fields {
			total += one.Fields[i].count()
		}
	}
	if total > mostValues {
		return fmt.Errorf("the selectors have %d values; all selectors together have at most %d", total, mostValues)
	}
	return nil
}

func (s Selector) named() string {
	if s.Name == "" {
		return "a selector"
	}
	return "the selector " + s.Name
}

// category is the one category that every selector must name.
func (s Selector) category() (string, error) {
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Field != Category {
			continue
		}
		if f.count() != 1 || len(f.Equals) != 1 {
			return "", fmt.Errorf("%s must set the field eventCategory with Equals and one value", s.named())
		}
		return f.Equals[0], nil
	}
	return "", fmt.Errorf("%s has no field eventCategory", s.named())
}

func (s Selector) check(category string, scope Scope) error {
	known := fields(category, scope)
	if known == nil {
		return fmt.Errorf("%s asks for events of the category %s, which are not recorded here", s.named(), category)
	}
	seen := map[string]bool{}
	for i := range s.Fields {
		f := &s.Fields[i]
		switch {
		case !slices.Contains(known, f.Field):
			return fmt.Errorf("the field %s cannot be used for events of the category %s", f.Field, category)
		case seen[f.Field]:
			return fmt.Errorf("%s has the field %s twice", s.named(), f.Field)
		case f.count() == 0:
			return fmt.Errorf("the field %s has no operator", f.Field)
		}
		seen[f.Field] = true
		if err := f.check(category, scope); err != nil {
			return err
		}
	}
	if category == Data && !seen[ResourceType] {
		return fmt.Errorf("%s selects data events and has no field resources.type", s.named())
	}
	return nil
}

// fields are those that selectors of a category may use, nil when there are no events of that category.
func fields(category string, scope Scope) []string {
	switch {
	case category == Management && scope == Trail:
		return []string{Category, ReadOnly, EventSource}
	case category == Management:
		return []string{Category, ReadOnly, EventSource, EventName, EventType, UserARN, FromConsole}
	case category == Data:
		return []string{Category, ReadOnly, EventSource, EventName, EventType, UserARN, FromConsole, ResourceType, ResourceARN}
	case category == Insight && scope == EventDataStore:
		return []string{Category}
	}
	return nil
}

func (f *Field) count() int {
	return len(f.Equals) + len(f.StartsWith) + len(f.EndsWith) + len(f.NotEquals) + len(f.NotStartsWith) + len(f.NotEndsWith)
}

func (f *Field) check(category string, scope Scope) error {
	onlyEquals := f.count() == len(f.Equals)
	switch f.Field {
	case ReadOnly:
		if !onlyEquals || len(f.Equals) != 1 || !truth(f.Equals[0]) {
			return fmt.Errorf("the field readOnly takes Equals with true or false")
		}
	case FromConsole:
		if f.count() != len(f.Equals)+len(f.NotEquals) || !all(f.Equals, truth) || !all(f.NotEquals, truth) {
			return fmt.Errorf("the field sessionCredentialFromConsole takes Equals and NotEquals with true or false")
		}
	case ResourceType:
		if !onlyEquals || len(f.Equals) != 1 {
			return fmt.Errorf("the field resources.type takes Equals with one value; use a selector for each type")
		}
	case EventSource:
		if category == Management && scope == Trail && (f.count() != len(f.NotEquals) || !all(f.NotEquals, excludable)) {
			return fmt.Errorf("the field eventSource takes NotEquals with kms.amazonaws.com or rdsdata.amazonaws.com")
		}
	}
	return nil
}

func truth(v string) bool { return v == "true" || v == "false" }

func excludable(source string) bool {
	return source == "kms.amazonaws.com" || source == "rdsdata.amazonaws.com"
}

func all(values []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !ok(v) })
}
