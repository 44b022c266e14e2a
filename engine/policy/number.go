package policy

import "strings"

// decimal is a decimal number, exact: sign, digits before the point without leading zeros, digits after it without trailing ones.
type decimal struct {
	negative bool
	whole    string
	fraction string
}

// parseDecimal reads digits with an optional sign and point. There is no exponent.
func parseDecimal(s string) (decimal, bool) {
	var d decimal
	switch {
	case strings.HasPrefix(s, "-"):
		d.negative, s = true, s[1:]
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	digits := 0
	point := -1
	for i := range len(s) {
		switch {
		case '0' <= s[i] && s[i] <= '9':
			digits++
		case s[i] == '.' && point < 0:
			point = i
		default:
			return decimal{}, false
		}
	}
	if digits == 0 {
		return decimal{}, false
	}
	d.whole = s
	if point >= 0 {
		d.whole, d.fraction = s[:point], s[point+1:]
	}
	d.whole = strings.TrimLeft(d.whole, "0")
	d.fraction = strings.TrimRight(d.fraction, "0")
	if d.whole == "" && d.fraction == "" {
		d.negative = false
	}
	return d, true
}

// compare returns -1, 0 or 1 as a is less than, equal to or greater than b.
func (a decimal) compare(b decimal) int {
	if a.negative != b.negative {
		if a.negative {
			return -1
		}
		return 1
	}
	c := len(a.whole) - len(b.whole)
	if c == 0 {
		c = strings.Compare(a.whole, b.whole)
	}
	if c == 0 {
		c = strings.Compare(a.fraction, b.fraction)
	}
	switch {
	case c == 0:
		return 0
	case (c < 0) != a.negative:
		return -1
	}
	return 1
}
