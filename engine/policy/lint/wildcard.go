package lint

import (
	"strings"

	"vauban/engine/policy"
)

// wildcards checks what * ? and variables mean in the values of a condition whose operator knows them.
func (c *checker) wildcards(k *condition) {
	if op := k.operator.Comparison; op != policy.StringLike && op != policy.ARNLike {
		if op <= policy.StringEqualsIgnoreCase {
			c.sensitiveVariables(k)
		}
		return
	}
	c.sensitiveVariables(k)
	if c.sensitiveWildcards(k) {
		return
	}
	for _, v := range k.values {
		if v.Text == "*" {
			c.anything(k)
			return
		}
	}
}

// sensitive are the keys whose values are never meant in part. IAM User Guide: "AWS global condition context keys", sensitive condition
// keys.
func sensitive(key string) bool {
	return oneOf(key, "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:SourceAccount",
		"aws:SourceOrgID", "aws:SourceVpc", "aws:SourceVpce", "aws:VpceAccount", "aws:VpceOrgID")
}

func (c *checker) sensitiveWildcards(k *condition) bool {
	found := false
	for _, v := range k.values {
		plain := literal(v.Text)
		switch {
		case sensitive(k.key) && strings.ContainsAny(plain, "*?"):
			c.at("WILDCARD_USAGE_TOO_PERMISSIVE", v, k.key)
			found = true
		case strings.EqualFold(k.key, "aws:userid") && leftOfColon(plain, "*?"):
			c.at("WILDCARD_USAGE_TOO_PERMISSIVE userid", v)
			found = true
		}
	}
	return found
}

// leftOfColon reports whether one of the characters is part of an ID, not of what the session calls itself. Alone it stands for any ID.
func leftOfColon(s, chars string) bool {
	id, _, ok := strings.Cut(s, ":")
	return strings.ContainsAny(id, chars) && (!ok || len(id) > 1)
}

// sensitiveVariables reports variables in the values of sensitive keys, but for variables that are such keys themselves: a request's principal and
// resource in the same organization is what "${aws:PrincipalOrgID}" is for.
func (c *checker) sensitiveVariables(k *condition) {
	if !c.variables {
		return
	}
	for _, v := range k.values {
		for _, x := range variablesIn(v.Text) {
			switch {
			case !x.closed || x.escape() || sensitive(x.key()) || x.key() == "":
			case sensitive(k.key):
				c.at("VARIABLE_USAGE_TOO_PERMISSIVE", v.part(x.from, x.to), k.key)
			case strings.EqualFold(k.key, "aws:userid") && !strings.Contains(v.Text[:x.from], ":") && !strings.HasPrefix(v.Text[x.to:], ":"):
				c.at("VARIABLE_USAGE_TOO_PERMISSIVE userid", v.part(x.from, x.to))
			}
		}
	}
}

// anything judges a condition with a value of "*" by what its operator makes of keys that are present and of keys that are absent.
func (c *checker) anything(k *condition) {
	op := k.operator
	present := !op.Negated
	absent := op.Negated || op.IfExists || op.Quantifier == policy.ForAllValues
	if op.Quantifier == policy.ForAnyValue && !op.IfExists {
		absent = false
	}
	switch {
	case present && absent:
		c.at("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", k.at, k.key, k.name)
	case present:
		c.at("EQUIVALENT_TO_NULL_FALSE", k.at, k.key, k.name)
	case absent:
		c.at("EQUIVALENT_TO_NULL_TRUE", k.at, k.key, k.name)
	default:
		c.at("REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", k.at, k.key, k.name)
	}
}
