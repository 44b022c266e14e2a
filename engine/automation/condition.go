package automation

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// branch is what aws:branch chooses from.
type branch struct {
	choices []choice
	other   string // Default
}

type choice struct {
	next string
	when *condition
}

// condition is a comparison, or a combination of some.
type condition struct {
	and, or  []*condition
	not      *condition
	variable any
	operator string
	operand  any
}

// Bounds of conditions.
const (
	maxChoices    = 100
	maxConditions = 50
	maxNesting    = 5
)

// operators are those of choices. User Guide: "Using conditional statements in runbooks".
var operators = [...]string{
	"StringEquals", "EqualsIgnoreCase", "StartsWith", "EndsWith", "Contains",
	"NumericEquals", "NumericGreater", "NumericLesser", "NumericGreaterOrEquals", "NumericLesserOrEquals", "BooleanEquals",
}

func (r *reader) branch() *branch {
	b := &branch{other: r.text("Default")}
	list, ok := r.members["Choices"].([]any)
	if !ok || len(list) == 0 || len(list) > maxChoices {
		r.fail("The Choices of %s must be a list of 1 to %d.", r.where, maxChoices)
		return b
	}
	for _, e := range list {
		members, _ := e.(map[string]any)
		next, _ := members["NextStep"].(string)
		if next == "" {
			r.fail("Each of the Choices of %s needs a NextStep.", r.where)
		}
		rest := maps.Clone(members)
		delete(rest, "NextStep")
		b.choices = append(b.choices, choice{next, r.condition(rest, 0)})
	}
	return b
}

func (r *reader) condition(m map[string]any, level int) *condition {
	c := &condition{}
	if level > maxNesting {
		r.fail("A condition of %s is nested deeper than %d levels.", r.where, maxNesting)
		return c
	}
	sub := func(v any) *condition {
		o, _ := v.(map[string]any)
		return r.condition(o, level+1)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		v := m[name]
		switch {
		case name == "And" || name == "Or":
			list, ok := v.([]any)
			if !ok || len(list) == 0 || len(list) > maxConditions {
				r.fail("%s of %s must be a list of 1 to %d conditions.", name, r.where, maxConditions)
			}
			for _, e := range list {
				if name == "And" {
					c.and = append(c.and, sub(e))
				} else {
					c.or = append(c.or, sub(e))
				}
			}
		case name == "Not":
			c.not = sub(v)
		case name == "Variable":
			c.variable = v
		case slices.Contains(operators[:], name) && c.operator == "":
			c.operator, c.operand = name, v
		default:
			r.fail("%s of a condition of %s is not supported, or one too many.", clip(name), r.where)
		}
	}
	kinds := 0
	for _, has := range []bool{c.and != nil, c.or != nil, c.not != nil, c.operator != ""} {
		if has {
			kinds++
		}
	}
	if kinds != 1 || (c.operator != "") != (c.variable != nil) {
		r.fail("A condition of %s must be a Variable with one operator, or one of And, Or and Not.", r.where)
	}
	return c
}

// holds tells whether the condition does.
func (c *condition) holds(of scope) (bool, error) {
	switch {
	case c.and != nil:
		for _, sub := range c.and {
			if ok, err := sub.holds(of); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	case c.or != nil:
		for _, sub := range c.or {
			if ok, err := sub.holds(of); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	case c.not != nil:
		ok, err := c.not.holds(of)
		return !ok && err == nil, err
	}
	left, err := expand(c.variable, of)
	if err != nil {
		return false, err
	}
	right, err := expand(c.operand, of)
	if err != nil {
		return false, err
	}
	return compare(c.operator, left, right), nil
}

func compare(operator string, left, right any) bool {
	a, b := textOf(left), textOf(right)
	switch operator {
	case "StringEquals":
		return a == b
	case "EqualsIgnoreCase":
		return strings.EqualFold(a, b)
	case "StartsWith":
		return strings.HasPrefix(a, b)
	case "EndsWith":
		return strings.HasSuffix(a, b)
	case "Contains":
		if list, ok := left.([]any); ok {
			return slices.ContainsFunc(list, func(e any) bool { return textOf(e) == b })
		}
		return strings.Contains(a, b)
	case "BooleanEquals":
		return strings.EqualFold(a, b) && (strings.EqualFold(a, "true") || strings.EqualFold(a, "false"))
	}
	x, y := numberOf(a), numberOf(b)
	if x == nil || y == nil {
		return false
	}
	n := x.Cmp(y)
	switch operator {
	case "NumericEquals":
		return n == 0
	case "NumericGreater":
		return n > 0
	case "NumericLesser":
		return n < 0
	case "NumericGreaterOrEquals":
		return n >= 0
	case "NumericLesserOrEquals":
		return n <= 0
	}
	return false
}

// numberOf reads a number of a sensible size; nil for anything else.
func numberOf(text string) *big.Float {
	if len(text) > 64 {
		return nil
	}
	if _, err := json.Number(text).Float64(); err != nil {
		return nil
	}
	f, _, err := big.ParseFloat(text, 10, 200, big.ToNearestEven)
	if err != nil {
		return nil
	}
	return f
}
