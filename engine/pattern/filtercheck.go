package pattern

import (
	"encoding/json"
	"fmt"
	"slices"
)

// filterCheck refuses what is no filter policy, in AWS's words and with AWS's place in the text.
type filterCheck struct {
	text   []byte
	nested bool // something is nested
}

func (c *filterCheck) fail(offset int, format string, args ...any) error {
	return &FilterError{fmt.Sprintf(format, args...) + " at " + at(c.text, offset)}
}

func (c *filterCheck) object(o *place, level int) error {
	if level > filterDepth {
		return &FilterError{"Filter policy is too complex"}
	}
	if len(o.fields) == 0 {
		return c.fail(o.end, "Empty objects are not allowed")
	}
	for _, f := range o.fields {
		if err := c.field(f, level); err != nil {
			return err
		}
	}
	return nil
}

func (c *filterCheck) field(f placeField, level int) error {
	v := f.value
	switch {
	case isAlternatives(f):
		for _, one := range v.items {
			if err := c.object(one, level+1); err != nil {
				return err
			}
		}
		return nil
	case v.kind == placeObject:
		c.nested = true
		return c.object(v, level+1)
	case v.kind != placeArray:
		return c.fail(v.at, "%q must be an object or an array", f.name)
	case len(v.items) == 0:
		return c.fail(v.end, "Empty arrays are not allowed")
	}
	for _, one := range v.items {
		if err := c.value(one); err != nil {
			return err
		}
	}
	return nil
}

// value checks one of the values of a field.
func (c *filterCheck) value(v *place) error {
	switch v.kind {
	case placeArray:
		return c.fail(v.at, "Match value must be String, number, true, false, or null")
	case placeScalar:
		return nil
	}
	if len(v.fields) == 0 {
		return c.fail(v.end, "Empty objects are not allowed")
	}
	if err := c.operator(v.fields[0].name, v.fields[0].value); err != nil {
		return err
	}
	if len(v.fields) > 1 {
		return c.fail(v.fields[1].value.at, "Only one key allowed in match expression")
	}
	return nil
}

func (c *filterCheck) operator(name string, v *place) error {
	switch name {
	case "exists":
		if _, ok := v.value.(bool); !ok {
			return c.fail(v.at, "exists match pattern must be either true or false.")
		}
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
		return c.text1(name, v)
	case "cidr":
		return c.text1("prefix", v) // AWS's word
	case "numeric":
		return c.numeric(v)
	case "anything-but":
		return c.anythingBut(v)
	default:
		return c.fail(v.at, "Unrecognized match type %s", name)
	}
	return nil
}

// text1 checks an operand that is one string.
func (c *filterCheck) text1(name string, v *place) error {
	if _, ok := v.value.(string); !ok {
		return c.fail(v.at, "%s match pattern must be a string", name)
	}
	return nil
}

func (c *filterCheck) anythingBut(v *place) error {
	switch v.kind {
	case placeArray:
		if len(v.items) == 0 {
			return c.fail(v.end, "Empty arrays are not allowed")
		}
		for _, one := range v.items {
			if !isStringOrNumber(one.value) {
				return c.fail(one.at, "Inside anything but list, start|null|boolean is not supported.")
			}
		}
	case placeScalar:
		if !isStringOrNumber(v.value) {
			return c.fail(v.at, "Value of anything-but must be an array or single string/number value.")
		}
	case placeObject:
		if len(v.fields) == 0 {
			return c.fail(v.end, "Empty objects are not allowed")
		}
		f := v.fields[0]
		if !slices.Contains([]string{"prefix", "suffix", "equals-ignore-case", "wildcard"}, f.name) {
			return c.fail(f.value.at, "Unsupported anything-but pattern: %s", f.name)
		}
		if f.value.kind != placeArray {
			if err := c.text1(f.name, f.value); err != nil {
				return err
			}
		}
		if len(v.fields) > 1 {
			return c.fail(v.fields[1].value.at, "Only one key allowed in match expression")
		}
	}
	return nil
}

// numeric checks one comparison, or a range: from below first.
func (c *filterCheck) numeric(v *place) error {
	if v.kind != placeArray {
		return c.fail(v.at, "Value of numeric must be an array.")
	}
	if len(v.items) == 0 {
		return c.fail(v.end, "Invalid member in numeric match: ]")
	}
	next := func(i int) int { // where the item is read from, or the list's end
		if i < len(v.items) {
			return v.items[i].at
		}
		return v.end
	}
	name, ok := v.items[0].value.(string)
	if !ok {
		return c.fail(v.items[0].at, "Invalid member in numeric match: %s", v.items[0].written(c.text))
	}
	if comparison(name, 0) == nil {
		return c.fail(next(1), "Unrecognized numeric range operator: %s", name)
	}
	low, err := c.bound(v, 1, name)
	if err != nil || len(v.items) == 2 {
		return err
	}
	if name[0] != '>' {
		return c.fail(next(2), "Too many elements in numeric expression")
	}
	end, ok := v.items[2].value.(string)
	if !ok {
		return c.fail(v.items[2].at, "Bad value in numeric range: %s", v.items[2].written(c.text))
	}
	if end != "<" && end != "<=" {
		return c.fail(v.items[2].end, "Bad numeric range operator: %s", end)
	}
	high, err := c.bound(v, 3, end)
	switch {
	case err != nil:
		return err
	case len(v.items) > 4:
		return c.fail(next(4), "Too many terms in numeric range expression")
	case low >= high:
		return c.fail(next(4), "Bottom must be less than top")
	}
	return nil
}

// bound is the number at that place of a comparison's list.
func (c *filterCheck) bound(v *place, i int, name string) (float64, error) {
	if name == "=" {
		name = "equals"
	}
	if i >= len(v.items) {
		return 0, c.fail(v.end, "Value of %s must be numeric", name)
	}
	n, ok := v.items[i].value.(json.Number)
	if !ok {
		return 0, c.fail(v.items[i].at, "Value of %s must be numeric", name)
	}
	x, _ := number(n)
	return x, nil
}
