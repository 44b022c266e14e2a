package pattern

import (
	"encoding/json"
	"fmt"
	"math"
)

// Filter is a compiled filter policy of an SNS subscription: an event pattern whose grammar and limits are SNS's own. It is safe for concurrent use.
// AWS documentation: "Amazon SNS subscription filter policies".
type Filter struct{ root *node }

// FilterError says what is wrong with a filter policy, in AWS's words where they are known.
type FilterError struct{ Reason string }

func (e *FilterError) Error() string { return e.Reason }

// Bounds of a filter policy. AWS documentation: "Filter policy constraints in Amazon SNS".
const (
	maxFilterKeys  = 5
	maxComplexity  = 150
	filterDepth    = 32
	nestedMessages = "Filter policy scope MessageAttributes does not support nested filter policy"
)

// CompileFilter reads a filter policy: of the body of messages, or of their attributes, where there is nothing nested. The error is a [*FilterError].
func CompileFilter(text []byte, body bool) (*Filter, error) {
	tree, err := parsePlaces(text)
	if err != nil {
		return nil, err
	}
	c := &filterCheck{text: text}
	if tree.kind != placeObject {
		return nil, c.fail(tree.at, "Filter is not an object")
	}
	if err := c.object(tree, 1); err != nil {
		return nil, err
	}
	switch {
	case !body && c.nested:
		return nil, &FilterError{nestedMessages}
	case len(topKeys(tree)) > maxFilterKeys:
		return nil, &FilterError{fmt.Sprintf("Filter policy can not have more than %d keys", maxFilterKeys)}
	case complexity(tree, 1) > maxComplexity:
		return nil, &FilterError{"Filter policy is too complex"}
	}
	root, err := (&compiler{}).object(tree.plain().(map[string]any), nil)
	if err != nil {
		return nil, asFilterError(err)
	}
	return &Filter{root}, nil
}

// asFilterError takes the words of event patterns for a filter policy.
func asFilterError(err error) error {
	if e, ok := err.(*InvalidError); ok {
		return &FilterError{e.Reason}
	}
	return err
}

// filterSteps bounds a match: a message is tried on the policies of many subscriptions in one transaction.
const filterSteps = 10_000

// Match reports whether the message matches. One that would take too long does not.
func (f *Filter) Match(e *Event) bool { return f.root.match(e.within(filterSteps), e.root) }

// Attributes makes an event of values that are decoded already: strings, [json.Number], bools, nil and lists of them.
func Attributes(values map[string]any) *Event { return &Event{root: values} }

// topKeys are the names that the policy has at its first level, those of alternatives among them.
func topKeys(o *place) map[string]bool {
	names := map[string]bool{}
	for _, f := range o.fields {
		if !isAlternatives(f) {
			names[f.name] = true
			continue
		}
		for _, one := range f.value.items {
			for name := range topKeys(one) {
				names[name] = true
			}
		}
	}
	return names
}

// complexity is the number of combinations of values, each weighed by the level that it is at. Those of alternatives are added up.
func complexity(o *place, level int) int {
	product := 1
	for _, f := range o.fields {
		n := 0
		switch {
		case isAlternatives(f):
			for _, one := range f.value.items {
				n += complexity(one, level)
			}
		case f.value.kind == placeObject:
			n = complexity(f.value, level+1)
		default:
			n = len(f.value.items) * level
		}
		if product *= n; product > maxComplexity {
			return product
		}
	}
	return product
}

// isAlternatives reports whether the field is "$or" with alternatives, and no field of that name.
func isAlternatives(f placeField) bool {
	if f.name != "$or" || f.value.kind != placeArray || len(f.value.items) < 2 {
		return false
	}
	for _, one := range f.value.items {
		if one.kind != placeObject || len(one.fields) == 0 || isOperator(one.plain().(map[string]any)) {
			return false
		}
	}
	return true
}

// plain is the value as event patterns are compiled from it. Numbers to be equal to are compared by value.
func (p *place) plain() any {
	switch p.kind {
	case placeObject:
		m := map[string]any{}
		for _, f := range p.fields {
			v := f.value.plain()
			if list, ok := v.([]any); ok && maker(f.name) == nil {
				for i, one := range list {
					if n, ok := one.(json.Number); ok {
						if x, ok := number(n); ok && math.Abs(x) <= 5e9 {
							list[i] = map[string]any{"numeric": []any{"=", n}}
						}
					}
				}
			}
			m[f.name] = v
		}
		return m
	case placeArray:
		list := []any{}
		for _, one := range p.items {
			list = append(list, one.plain())
		}
		return list
	}
	return p.value
}
