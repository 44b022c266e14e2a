package lint

import (
	"strings"

	"vauban/engine/catalog"
	"vauban/engine/policy"
)

// conditionElement checks the Condition element: its operators, the keys and the values.
func (c *checker) conditionElement(s *statement) {
	block, ok := s.get("Condition")
	if !ok || !c.is(block, policy.JSONObject) {
		return
	}
	if len(block.Members) == 0 {
		c.at("EMPTY_OBJECT_CONDITION", block)
	}
	for i := range block.Members {
		m := &block.Members[i]
		keys := block.value(m)
		c.operator(block.key(m), m.Name)
		if !c.is(keys, policy.JSONObject) {
			continue
		}
		if len(keys.Members) == 0 {
			c.at("EMPTY_OBJECT_CONDITION", keys)
		}
		c.duplicates(keys)
	}
	for i := range s.conditions {
		k := &s.conditions[i]
		if !c.values(k) {
			continue
		}
		key, known := c.conditionKey(k)
		if !k.known {
			continue
		}
		if known {
			c.qualifier(k, key)
			c.operatorType(k, key)
		}
		c.comparisons(k)
		c.wildcards(k)
	}
}

// operator checks the name of an operator.
func (c *checker) operator(p place, name string) {
	op, ok := policy.ParseOperator(name)
	_, bare, qualified := strings.Cut(name, ":")
	if !qualified {
		bare = name
	}
	switch {
	case ok && op.Comparison == policy.Null && op.Quantifier != policy.One:
		c.at("NULL_WITH_QUALIFIER", p)
	case ok:
	case strings.EqualFold(bare, "NullIfExists"):
		c.at("NULL_WITH_IF_EXISTS", p)
	default:
		c.at("INVALID_CONDITION_OPERATOR", p, name)
	}
}

// duplicates reports keys that are the same but for their case; JSON itself forbids the same spelling.
func (c *checker) duplicates(keys place) {
	first := map[string]int{}
	for i := range keys.Members {
		low := strings.ToLower(keys.Members[i].Name)
		if j, ok := first[low]; ok {
			c.report("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", []place{keys.key(&keys.Members[i]), keys.key(&keys.Members[j])}, keys.Members[i].Name)
			continue
		}
		first[low] = i
	}
}

// values checks the types of the values and reports whether there are some to look at.
func (c *checker) values(k *condition) bool {
	if len(k.values) == 0 {
		c.empty(k)
		return true
	}
	ok := true
	for _, v := range k.values {
		switch v.Type {
		case policy.JSONString, policy.JSONNumber, policy.JSONBoolean:
		default:
			ok = false
			c.at("DATA_TYPE_MISMATCH", v, policy.JSONString)
		}
	}
	for _, v := range k.values[1:] {
		if ok && v.Type != k.values[0].Type {
			c.at("INVALID_CONDITION_DATA_TYPE", k.value)
			break
		}
	}
	return ok
}

func (c *checker) empty(k *condition) {
	code := "EMPTY_ARRAY_CONDITION"
	switch {
	case k.operator.Quantifier == policy.ForAllValues:
		code += "_FORALLVALUES"
	case k.operator.Quantifier == policy.ForAnyValue:
		code += "_FORANYVALUE"
	case k.operator.IfExists:
		code += "_IFEXISTS"
	}
	c.at(code, k.value, k.key)
}

// conditionKey checks that the key exists and returns what is known of it. The second result is false for keys that do not exist and for
// claims of identity providers, of which nothing is known.
func (c *checker) conditionKey(k *condition) (catalog.Key, bool) {
	prefix, name, ok := strings.Cut(k.key, ":")
	if !ok || prefix == "" || name == "" {
		c.at("INVALID_CONDITION_KEY_FORMAT", k.at)
		return catalog.Key{}, false
	}
	if key, ok := c.cat.GlobalKey(k.key); ok {
		return key, true
	}
	if strings.EqualFold(prefix, "aws") {
		c.unknownGlobal(k)
		return catalog.Key{}, false
	}
	if key, ok := c.serviceKey(k.key); ok {
		return key, true
	}
	_, isService := c.cat.Service(prefix)
	switch {
	case tagPrefix(k.key):
		c.at("MISSING_TAG_KEY_IN_CONDITION", k.at, strings.TrimSuffix(k.key, "/")+"/")
	case isService:
		c.at("INVALID_SERVICE_CONDITION_KEY", k.at, k.key, prefix)
	case !strings.ContainsAny(prefix, "./"): // the others are identity providers
		c.at("INVALID_SERVICE", k.at, prefix)
	}
	return catalog.Key{}, false
}

// serviceKey finds a service's own key.
func (c *checker) serviceKey(name string) (catalog.Key, bool) {
	low := strings.ToLower(name)
	key, seen := c.keys[low]
	if !seen {
		key = c.findKey(name)
		c.keys[low] = key
	}
	return key, key.Name != ""
}

// findKey looks at the service of the prefix first. Some services list keys with the prefix of another, and STS those of identity providers.
func (c *checker) findKey(name string) catalog.Key {
	if key, ok := c.cat.Key(name); ok {
		return key
	}
	if sts, ok := c.cat.Service("sts"); ok {
		if key, ok := sts.Key(name); ok {
			return key
		}
	}
	prefix, _, _ := strings.Cut(name, ":")
	for _, s := range c.cat.Services() {
		for _, key := range s.Keys {
			if !c.spend(1) {
				return catalog.Key{}
			}
			if hasPrefixFold(key.Name, prefix) && key.Matches(name) {
				return key
			}
		}
	}
	return catalog.Key{}
}

func (c *checker) isServiceKey(name string) bool {
	_, ok := c.serviceKey(name)
	return ok
}

// tagPrefix recognises keys of tags that lack the tag's name.
func tagPrefix(key string) bool {
	_, name, _ := strings.Cut(strings.TrimSuffix(key, "/"), ":")
	return oneOf(name, "ResourceTag", "RequestTag", "PrincipalTag", "ExistingObjectTag", "RequestObjectTag")
}

func (c *checker) unknownGlobal(k *condition) {
	switch {
	case oneOf(k.key, "aws:ARN") && c.kind.Policy == Identity:
		c.at("DEPRECATED_GLOBAL_CONDITION_KEY", k.at)
	case oneOf(k.key, "aws:ARN"):
		c.at("UNSUPPORTED_GLOBAL_CONDITION_KEY", k.at)
	case tagPrefix(k.key):
		c.at("MISSING_TAG_KEY_IN_CONDITION", k.at, strings.TrimSuffix(k.key, "/")+"/")
	default:
		c.at("INVALID_GLOBAL_CONDITION_KEY", k.at, k.key)
	}
}

// qualifier compares the operator's prefix with the number of values that requests carry. IAM User Guide: "Single-valued vs. multivalued
// context keys".
func (c *checker) qualifier(k *condition, key catalog.Key) {
	audience := strings.HasSuffix(strings.ToLower(k.key), ":aud") && !hasPrefixFold(k.key, "saml:")
	switch q := k.operator.Quantifier; {
	case k.operator.Comparison == policy.Null:
	case key.Multivalued() && q == policy.One:
		c.at("MISSING_QUALIFIER", k.at, k.key)
	case audience && q == policy.ForAnyValue:
		c.at("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", k.at, k.key)
	case !key.Multivalued() && q == policy.ForAllValues:
		c.at("FORALLVALUES_WITH_SINGLE_VALUED_KEY", k.at, k.key)
	}
}

// operatorType compares the operator with the type of the key.
func (c *checker) operatorType(k *condition, key catalog.Key) {
	family, want := familyOf(k.operator.Comparison), key.ValueType()
	if family == "" || family == want {
		return
	}
	name := map[string]string{"Bool": "Boolean", "IPAddress": "IP address"}[want]
	if name == "" {
		name = want
	}
	code := "TYPE_MISMATCH"
	switch {
	case want == "Date" && family == "Numeric" && oneOf(k.key, "aws:EpochTime"):
		return
	case want == "ARN" && family == "String" && k.operator.Comparison != policy.StringLike:
		return // the text of an ARN can be compared whole
	case want == "ARN" && family == "String":
		code = "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS"
	case want == "String" && family != "Bool" && family != "IPAddress" && !hasPrefixFold(k.key, "aws:") || family == "Numeric" && tagged(k.key):
		return // of their own keys services say String for much that is more
	case want == "String" && tagged(k.key):
		return // the values of tags are what their owners make them
	}
	c.at(code, k.at, name, k.name, k.key)
}

func tagged(key string) bool { return strings.Contains(strings.ToLower(key), "tag/") }

// familyOf is the type of keys that a comparison is for; Null is for all.
func familyOf(c policy.Comparison) string {
	switch {
	case c <= policy.StringLike:
		return "String"
	case c <= policy.NumericGreaterThanEquals:
		return "Numeric"
	case c <= policy.DateGreaterThanEquals:
		return "Date"
	case c == policy.Bool:
		return "Bool"
	case c == policy.BinaryEquals:
		return "Binary"
	case c == policy.IPAddress:
		return "IPAddress"
	case c == policy.ARNLike:
		return "ARN"
	}
	return ""
}
