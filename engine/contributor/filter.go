package contributor

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vauban/engine/logfilter"
)

// filter is a condition on one field.
type filter struct {
	field   field
	op      string
	texts   []string
	number  float64
	present bool
}

// parseFilter reads {"Match": field, operator: operand}.
func parseFilter(raw map[string]json.RawMessage, read func(string) (field, error)) (f filter, err error) {
	var match string
	if err := strict(raw["Match"], &match); err != nil {
		return f, errors.New("Match must be the path of a field")
	}
	if f.field, err = read(match); err != nil {
		return f, err
	}
	if len(raw) != 2 {
		return f, errors.New("a filter has Match and one operator")
	}
	for _, f.op = range slices.Sorted(maps.Keys(raw)) {
		if f.op != "Match" {
			break
		}
	}
	return f, f.operand(raw[f.op])
}

func (f *filter) operand(raw json.RawMessage) error {
	switch f.op {
	case "In", "NotIn", "StartsWith":
		if err := strict(raw, &f.texts); err != nil || len(f.texts) == 0 || len(f.texts) > maxStrings {
			return fmt.Errorf("%s wants a list of 1 to %d strings", f.op, maxStrings)
		}
	case "GreaterThan", "LessThan", "EqualTo", "NotEqualTo":
		if err := strict(raw, &f.number); err != nil {
			return fmt.Errorf("%s wants a number", f.op)
		}
	case "IsPresent":
		if err := strict(raw, &f.present); err != nil {
			return errors.New("IsPresent wants true or false")
		}
	default:
		return fmt.Errorf("there is no operator %q; there are In, NotIn, StartsWith, GreaterThan, LessThan, EqualTo, NotEqualTo and IsPresent", short(f.op))
	}
	return nil
}

// needs are texts that every event has which matches.
func (f *filter) needs() []string {
	if f.op == "IsPresent" && !f.present {
		return nil
	}
	return f.field.needs()
}

func (f *filter) match(e *Event) bool {
	v, ok := f.field.value(e)
	switch {
	case f.op == "IsPresent":
		return ok == f.present
	case !ok:
		return false
	case f.texts != nil:
		return f.matchText(logfilter.Text(v))
	}
	n, ok := numberOf(v)
	switch f.op {
	case "GreaterThan":
		return ok && n > f.number
	case "LessThan":
		return ok && n < f.number
	case "EqualTo":
		return ok && n == f.number
	}
	return !ok || n != f.number
}

func (f *filter) matchText(text string) bool {
	switch f.op {
	case "In":
		return slices.Contains(f.texts, text)
	case "NotIn":
		return !slices.Contains(f.texts, text)
	}
	return slices.ContainsFunc(f.texts, func(s string) bool { return strings.HasPrefix(text, s) })
}
