package wire

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// check holds the constraints of one shape.
type check struct {
	minLength, maxLength int // maxLength -1: none
	minRange, maxRange   float64
	hasMin, hasMax       bool
	rangeText            [2]string // as in the model, for messages
	pattern              *pattern
	enum                 []string // sorted
	enumText             string
	unique               bool
}

// newCheck reads a row of the shape table; nil when it constrains nothing.
func newCheck(s *Shape) (*check, error) {
	c := &check{maxLength: -1, enum: s.Enum, unique: s.Unique}
	if s.Length == "" && s.Range == "" && s.Pattern == "" && len(s.Enum) == 0 && !s.Unique {
		return nil, nil
	}
	var err error
	if lo, hi, ok := strings.Cut(s.Length, ":"); ok {
		if lo != "" {
			if c.minLength, err = strconv.Atoi(lo); err != nil {
				return nil, fmt.Errorf("shape %s: length: %w", s.Name, err)
			}
		}
		if hi != "" {
			if c.maxLength, err = strconv.Atoi(hi); err != nil {
				return nil, fmt.Errorf("shape %s: length: %w", s.Name, err)
			}
		}
	}
	if lo, hi, ok := strings.Cut(s.Range, ":"); ok {
		c.rangeText = [2]string{lo, hi}
		if c.hasMin = lo != ""; c.hasMin {
			if c.minRange, err = strconv.ParseFloat(lo, 64); err != nil {
				return nil, fmt.Errorf("shape %s: range: %w", s.Name, err)
			}
		}
		if c.hasMax = hi != ""; c.hasMax {
			if c.maxRange, err = strconv.ParseFloat(hi, 64); err != nil {
				return nil, fmt.Errorf("shape %s: range: %w", s.Name, err)
			}
		}
	}
	if s.Pattern != "" {
		c.pattern = newPattern(s.Pattern)
	}
	if len(c.enum) > 0 {
		if !slices.IsSorted(c.enum) {
			c.enum = slices.Sorted(slices.Values(c.enum))
		}
		c.enumText = "[" + strings.Join(c.enum, ", ") + "]"
	}
	return c, nil
}

// text returns what a string violates, in AWS's words and order.
func (c *check) text(out []string, s string, hide bool) []string {
	if c == nil {
		return out
	}
	if c.pattern != nil && !c.pattern.matches(s) {
		out = append(out, "Member must satisfy regular expression pattern: "+c.pattern.shown)
	}
	if c.minLength > 0 || c.maxLength >= 0 && len(s) > c.maxLength {
		out = c.length(out, utf8.RuneCountInString(s))
	}
	if len(c.enum) > 0 {
		if _, ok := slices.BinarySearch(c.enum, s); !ok {
			out = append(out, c.enumMessage(hide))
		}
	}
	return out
}

func (c *check) enumMessage(hide bool) string {
	if hide {
		return "Member must satisfy enum value set"
	}
	return "Member must satisfy enum value set: " + c.enumText
}

// length returns what a number of characters, bytes or elements violates.
func (c *check) length(out []string, n int) []string {
	if c == nil {
		return out
	}
	if c.maxLength >= 0 && n > c.maxLength {
		out = append(out, "Member must have length less than or equal to "+strconv.Itoa(c.maxLength))
	}
	if n < c.minLength {
		out = append(out, "Member must have length greater than or equal to "+strconv.Itoa(c.minLength))
	}
	return out
}

// number returns what a number violates.
func (c *check) number(out []string, x float64) []string {
	if c == nil {
		return out
	}
	if c.hasMax && x > c.maxRange {
		out = append(out, "Member must have value less than or equal to "+c.rangeText[1])
	}
	if c.hasMin && x < c.minRange {
		out = append(out, "Member must have value greater than or equal to "+c.rangeText[0])
	}
	return out
}

// all lists the constraints themselves: AWS answers with all of an element's when one element of a list violates one.
func (c *check) all(hide bool) string {
	var out []string
	if c.maxLength >= 0 {
		out = append(out, "Member must have length less than or equal to "+strconv.Itoa(c.maxLength))
	}
	if c.minLength > 0 || c.maxLength >= 0 {
		out = append(out, "Member must have length greater than or equal to "+strconv.Itoa(c.minLength))
	}
	if c.hasMax {
		out = append(out, "Member must have value less than or equal to "+c.rangeText[1])
	}
	if c.hasMin {
		out = append(out, "Member must have value greater than or equal to "+c.rangeText[0])
	}
	if c.pattern != nil {
		out = append(out, "Member must satisfy regular expression pattern: "+c.pattern.shown)
	}
	if len(c.enum) > 0 {
		out = append(out, c.enumMessage(hide))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// searchRanges finds a rune in sorted [lo, hi] pairs.
func searchRanges(ranges []rune, r rune) bool {
	i, found := slices.BinarySearchFunc(ranges, r, cmp.Compare)
	return found || i%2 == 1
}
