package policy

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"time"

	"vauban/engine/arn"
	"vauban/engine/glob"
)

// conditionValue is one value of a condition, read as what its operator compares.
type conditionValue struct {
	text     string // BinaryEquals: the bytes
	template *template
	glob     glob.Pattern     // StringLike
	parts    *[6]glob.Pattern // ARNLike
	number   decimal
	instant  time.Time
	prefix   netip.Prefix
	truth    bool // Bool, Null
	bad      bool // cannot be read: matches nothing
}

// compile reads the values once.
func (c *Condition) compile(variables bool) {
	c.hash, c.key = hashKey(c.Key), canonical(c.Key)
	c.simple = c.Operator.Quantifier == One && c.Operator.Comparison != Null
	c.values = make([]conditionValue, len(c.Values))
	for i, e := range c.Values {
		v := &c.values[i]
		v.read(c.Operator.Comparison, e.Text, variables)
		c.broken = c.broken || v.bad
	}
}

func (v *conditionValue) read(op Comparison, text string, variables bool) {
	ok := true
	v.text = text
	if variables && op.variables() && strings.Contains(text, "${") {
		v.template = parseTemplate(text, op == StringLike || op == ARNLike)
		if !v.template.fixed() {
			return
		}
		if op != StringLike && op != ARNLike {
			v.text, _ = v.template.pattern().Literal()
			v.template = nil
		}
	}
	switch op {
	case StringEquals, StringEqualsIgnoreCase:
	case StringLike:
		if v.template != nil {
			v.glob, v.template = v.template.pattern(), nil
		} else {
			v.glob = glob.Compile(text)
		}
	case ARNLike:
		if v.template == nil {
			v.parts, ok = compileARN(text)
		}
	case NumericEquals, NumericLessThan, NumericLessThanEquals, NumericGreaterThan, NumericGreaterThanEquals:
		v.number, ok = parseDecimal(text)
	case DateEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals:
		v.instant, ok = parseInstant(text)
	case Bool, Null:
		v.truth, ok = parseBool(v.text)
	case BinaryEquals:
		var raw []byte
		var err error
		raw, err = base64.StdEncoding.DecodeString(text)
		v.text, ok = string(raw), err == nil
	case IPAddress:
		v.prefix, ok = parsePrefix(text)
	}
	v.bad = !ok
}

// compileARN cuts a pattern into its six parts; * alone is any ARN.
func compileARN(text string) (*[6]glob.Pattern, bool) {
	if text == "*" {
		text = "*:*:*:*:*:*"
	}
	parts, ok := arn.Split(text)
	if !ok {
		return nil, false
	}
	var out [6]glob.Pattern
	for i, p := range parts {
		out[i] = glob.Compile(p)
	}
	return &out, true
}

func parseBool(s string) (value, ok bool) {
	switch {
	case equalFold(s, "true"):
		return true, true
	case equalFold(s, "false"):
		return false, true
	}
	return false, false
}

// parsePrefix reads a CIDR block, or a bare address as a block of its own.
func parsePrefix(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err == nil
}
