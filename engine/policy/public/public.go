package public

import (
	"net/netip"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
)

// Is says whether the policy is public.
func Is(d *policy.Document) bool { return len(Statements(d)) > 0 }

// Statements returns the indexes of the statements that make the policy public.
func Statements(d *policy.Document) []int {
	var out []int
	for i := range d.Statements {
		if s := &d.Statements[i]; s.Effect == policy.Allow && letsAnybodyIn(s) && !pinned(s) {
			out = append(out, i)
		}
	}
	return out
}

// letsAnybodyIn says that the statement names no principals, or everybody.
func letsAnybodyIn(s *policy.Statement) bool {
	if len(s.Principal) == 0 {
		return true
	}
	for i := range s.Principal {
		if s.Principal[i].Type == policy.PrincipalAny || strings.ContainsAny(s.Principal[i].Text, "*?") {
			return true
		}
	}
	return false
}

func pinned(s *policy.Statement) bool {
	for i := range s.Condition {
		if pins(&s.Condition[i]) {
			return true
		}
	}
	return false
}

// pins says that the condition lets in only callers whom a fixed value names. An operator that holds when the key is absent, or that
// says who is not meant, names nobody.
func pins(c *policy.Condition) bool {
	if c.Operator.Negated || c.Operator.IfExists || c.Operator.Quantifier == policy.ForAllValues || len(c.Values) == 0 {
		return false
	}
	fixed := fixedValue(strings.ToLower(c.Key), c.Operator.Comparison)
	if fixed == nil {
		return false
	}
	for _, v := range c.Values {
		if !fixed(v.Text) {
			return false
		}
	}
	return true
}

// fixedValue returns what says that a value of the key is fixed, or nil when the key under that comparison does not name callers.
func fixedValue(key string, c policy.Comparison) func(string) bool {
	switch c {
	case policy.IPAddress:
		if key == "aws:sourceip" || key == "aws:vpcsourceip" {
			return isNarrow
		}
		return nil
	case policy.StringEquals, policy.StringEqualsIgnoreCase, policy.StringLike, policy.ARNLike:
	default:
		return nil
	}
	switch key {
	case "s3:dataaccesspointarn":
		return isOfOneAccount
	case "aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce",
		"aws:sourceowner", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:userid", "s3:dataaccesspointaccount",
		"s3:x-amz-server-side-encryption-aws-kms-key-id":
		return isFixed
	}
	return nil
}

// isFixed says that the value has neither wildcard nor variable.
func isFixed(value string) bool {
	return value != "" && !strings.ContainsAny(value, "*?") && !strings.Contains(value, "${")
}

// isOfOneAccount says that the ARN names its account; the name of the access point may be a pattern.
func isOfOneAccount(value string) bool {
	parts, ok := arn.Split(value)
	return ok && arn.IsAccount(parts[4]) && !strings.Contains(value, "${")
}

// isNarrow says that the range is no broader than /8, or /32 of IPv6, unless it is private.
func isNarrow(value string) bool {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		a, err := netip.ParseAddr(value)
		return err == nil && a.Zone() == ""
	}
	if p.Addr().Is4() {
		return p.Bits() >= 8
	}
	return p.Bits() >= 32
}
