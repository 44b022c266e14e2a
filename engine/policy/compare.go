package policy

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"time"

	"vauban/engine/arn"
	"vauban/engine/glob"
)

// holds says whether the condition is true for the request.
func (c *Condition) holds(e *evaluation) bool {
	if c.simple { // the usual case, without copies
		if i := e.req.Context.find(c.hash, c.key); i >= 0 {
			if x := &e.req.Context.entries[i]; x.plain() {
				return c.test(e, x.one)
			}
		}
	}
	v, ok := e.lookup(c.hash, c.key)
	if v.multi && len(v.many) == 0 {
		ok = false
	}
	op := &c.Operator
	if op.Comparison == Null {
		return c.null(ok)
	}
	if !ok {
		switch {
		case op.Quantifier == ForAnyValue: // also with IfExists, as AWS answers (re:Post, "ForAnyValue:StringEqualsIfExists behaving unexpectedly")
			return false
		case op.IfExists || op.Quantifier == ForAllValues:
			return true
		}
		return op.Negated
	}
	switch {
	case op.Quantifier == One && v.either:
		return c.testEither(e, v.many)
	case op.Quantifier == One:
		return !v.multi && c.test(e, v.one)
	case !v.multi: // a set of one
		return v.one == "" && op.Quantifier == ForAllValues || c.test(e, v.one)
	case op.Quantifier == ForAllValues:
		// AWS: it also holds "if the key values resolve to a null data set, such as an empty string".
		if len(v.many) == 1 && v.many[0] == "" {
			return true
		}
		for _, s := range v.many {
			if !c.test(e, s) {
				return false
			}
		}
		return true
	}
	for _, s := range v.many {
		if c.test(e, s) {
			return true
		}
	}
	return false
}

// testEither compares values of which nobody can tell which one is meant: one is enough to deny, all are needed to allow.
func (c *Condition) testEither(e *evaluation, values []string) bool {
	for _, s := range values {
		if c.test(e, s) == e.denying {
			return e.denying
		}
	}
	return !e.denying
}

// null is the operator Null: "true" holds when the key is absent.
func (c *Condition) null(present bool) bool {
	for i := range c.values {
		if v := &c.values[i]; !v.bad && v.truth != present {
			return true
		}
	}
	return false
}

// test compares one value of the request with all values of the condition: some must match, or none when the operator is negated.
// A negated operator with a value that cannot be read holds never.
func (c *Condition) test(e *evaluation, s string) bool {
	if c.Operator.Negated {
		return !c.broken && !c.matchesAny(e, s)
	}
	return c.matchesAny(e, s)
}

func (c *Condition) matchesAny(e *evaluation, s string) bool {
	switch op := c.Operator.Comparison; op {
	case StringEquals, StringEqualsIgnoreCase, StringLike, Bool:
		for i := range c.values {
			if c.values[i].matchesText(e, op, s) {
				return true
			}
		}
	case ARNLike:
		return c.matchesARN(e, s)
	case IPAddress:
		return c.matchesIP(s)
	case BinaryEquals:
		return c.matchesBytes(s)
	case DateEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals:
		return c.matchesInstant(e, op, s)
	default:
		return c.matchesNumber(op, s)
	}
	return false
}

// matchesBytes compares with the bytes themselves, or with their base64, in which text carries them (SimulateCustomPolicy, ContextEntry).
func (c *Condition) matchesBytes(s string) bool {
	raw, err := base64.StdEncoding.DecodeString(s)
	for i := range c.values {
		if v := &c.values[i]; !v.bad && (v.text == s || err == nil && v.text == string(raw)) {
			return true
		}
	}
	return false
}

func (v *conditionValue) matchesText(e *evaluation, op Comparison, s string) bool {
	if v.template == nil {
		switch op {
		case StringEquals:
			return v.text == s
		case StringEqualsIgnoreCase:
			return strings.EqualFold(v.text, s)
		case StringLike:
			return v.glob.Match(s)
		}
		truth, ok := parseBool(s)
		return ok && !v.bad && truth == v.truth
	}
	var buf [256]byte
	c, ok := v.template.resolve(e, buf[:0])
	if !ok {
		return false
	}
	switch op {
	case StringEquals, StringLike:
		return c.Match(s)
	case StringEqualsIgnoreCase:
		return strings.EqualFold(c.Text(), s)
	}
	truth, ok := parseBool(s)
	want, ok2 := parseBool(c.Text())
	return ok && ok2 && truth == want
}

// matchesARN compares the six parts separately. What is not an ARN matches nothing.
func (c *Condition) matchesARN(e *evaluation, s string) bool {
	got, ok := arn.Split(s)
	if !ok {
		return false
	}
	for i := range c.values {
		v := &c.values[i]
		switch {
		case v.bad:
		case v.template == nil:
			if matchParts(v.parts, &got) {
				return true
			}
		case v.template.matchARN(e, &got):
			return true
		}
	}
	return false
}

func matchParts(want *[6]glob.Pattern, got *[6]string) bool {
	for i := range want {
		if !want[i].Match(got[i]) {
			return false
		}
	}
	return true
}

func (t *template) matchARN(e *evaluation, got *[6]string) bool {
	var buf [256]byte
	c, ok := t.resolve(e, buf[:0])
	if !ok {
		return false
	}
	want, ok := c.Split()
	if !ok {
		return false
	}
	for i := range want {
		if !want[i].Match(got[i]) {
			return false
		}
	}
	return true
}

// matchesIP compares numerically; families never match each other. An IPv4 address in IPv6 form is an IPv4 address.
func (c *Condition) matchesIP(s string) bool {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return false
	}
	a = a.Unmap()
	for i := range c.values {
		if v := &c.values[i]; !v.bad && v.prefix.Contains(a) {
			return true
		}
	}
	return false
}

func (c *Condition) matchesInstant(e *evaluation, op Comparison, s string) bool {
	t, ok := parseInstant(s)
	if !ok {
		return false
	}
	for i := range c.values {
		if v := &c.values[i]; !v.bad && ordered(op-DateEquals, compareInstants(t, v.instant)) {
			return true
		}
	}
	return false
}

func compareInstants(a, b time.Time) int { return a.Compare(b) }

func (c *Condition) matchesNumber(op Comparison, s string) bool {
	n, ok := parseDecimal(s)
	if !ok {
		return false
	}
	for i := range c.values {
		if v := &c.values[i]; !v.bad && ordered(op-NumericEquals, n.compare(v.number)) {
			return true
		}
	}
	return false
}

// ordered applies one of equals, less, less or equal, greater, greater or equal, in this order from 0, to the outcome of a comparison.
func ordered(op Comparison, c int) bool {
	switch op {
	case 0:
		return c == 0
	case 1:
		return c < 0
	case 2:
		return c <= 0
	case 3:
		return c > 0
	}
	return c >= 0
}
