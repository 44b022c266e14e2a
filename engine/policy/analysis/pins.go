package analysis

import (
	"slices"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
)

// A pin is a condition on one of these keys with a fixed value: it names who or where the caller is, so that what it guards is not open
// to the public. AWS documentation: "Blocking public access to your Amazon S3 storage", the meaning of "public".
func pin(key string) pinKind {
	switch key {
	case "aws:sourceip", "aws:vpcsourceip":
		return pinAddress
	case "aws:sourcearn", "aws:principalarn", "s3:dataaccesspointarn", "elasticfilesystem:accesspointarn":
		return pinARN
	case "aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths":
		return pinPath
	case "aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:principalorgid", "aws:principalaccount", "aws:userid",
		"aws:vpceaccount", "aws:vpceorgid", "s3:dataaccesspointaccount", "kms:calleraccount", "elasticfilesystem:accessedviamounttarget":
		return pinText
	}
	return pinNone
}

type pinKind uint8

const (
	pinNone pinKind = iota
	pinText
	pinARN
	pinPath
	pinAddress
)

// pins collects the fixed values that a policy gives to pins.
type pins struct {
	values map[[2]string][]string // by key and the operator that recognises them
}

func (p *pins) add(key, operator, value string) {
	k := [2]string{key, operator}
	if !slices.Contains(p.values[k], value) {
		p.values[k] = append(p.values[k], value)
	}
}

// pinsOf gathers the pins of all conditions, whatever their sign: who is named is no stranger.
func pinsOf(d *policy.Document) *pins {
	p := &pins{values: map[[2]string][]string{}}
	for i := range d.Statements {
		for j := range d.Statements[i].Condition {
			c := &d.Statements[i].Condition[j]
			key := strings.ToLower(c.Key)
			for _, v := range c.Values {
				if op := fixed(pin(key), c.Operator.Comparison, v.Text); op != "" {
					p.add(key, op, v.Text)
				}
			}
		}
	}
	return p
}

// fixed returns the operator that recognises a value of a pin, or "" when the value is too wide to name anybody.
func fixed(k pinKind, c policy.Comparison, value string) string {
	if strings.Contains(value, "${") {
		return ""
	}
	wild := (c == policy.StringLike || c == policy.ARNLike) && strings.ContainsAny(value, "*?")
	switch {
	case k == pinNone:
		return ""
	case k == pinAddress:
		if p, ok := prefix(value); ok && c == policy.IPAddress && (p.Addr().Is4() && p.Bits() >= 8 || p.Addr().Is6() && p.Bits() >= 32) {
			return "IpAddress"
		}
		return ""
	case k == pinPath:
		if id, _, ok := strings.Cut(value, "/"); ok && strings.HasPrefix(id, "o-") && !strings.ContainsAny(id, "*?") {
			return "ForAnyValue:StringLike"
		}
		return ""
	case k == pinARN && wild:
		if parts, ok := arn.Split(value); ok && arn.IsAccount(parts[4]) {
			return "StringLike"
		}
		return ""
	case wild:
		return ""
	case c == policy.StringEqualsIgnoreCase:
		return "StringEqualsIgnoreCase"
	case familyOf(c) == ofText:
		return "StringEquals"
	}
	return ""
}

// statements deny what the pins recognise.
func (p *pins) statements() []statement {
	var out []statement
	for k, values := range p.values {
		out = append(out, statement{Effect: "Deny", Action: "*", Resource: "*", Condition: map[string]map[string][]string{k[1]: {k[0]: values}}})
	}
	slices.SortFunc(out, func(a, b statement) int { return strings.Compare(conditionName(a), conditionName(b)) })
	return out
}

func conditionName(s statement) string {
	for op, keys := range s.Condition {
		for k := range keys {
			return op + " " + k
		}
	}
	return ""
}

// notServices denies AWS services, which are not the public.
func notServices() statement {
	return statement{Effect: "Deny", Action: "*", Resource: "*", Condition: map[string]map[string][]string{"Bool": {"aws:PrincipalIsAWSService": {"true"}}}}
}

// notNamed denies the principals that a policy names.
func notNamed(d *policy.Document) []statement {
	var n named
	for i := range d.Statements {
		n.add(d.Statements[i].Principal)
		n.add(d.Statements[i].NotPrincipal)
	}
	who := map[string][]string{}
	put := func(kind string, list ...string) {
		if len(list) > 0 {
			who[kind] = append(who[kind], list...)
		}
	}
	put("AWS", n.accounts...)
	put("AWS", n.users...)
	put("AWS", n.roles...)
	put("Federated", n.providers...)
	put("CanonicalUser", n.canonical...)
	if len(who) == 0 {
		return nil
	}
	return []statement{{Effect: "Deny", Principal: who, Action: "*", Resource: "*"}}
}
