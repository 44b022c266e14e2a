package lint

import (
	"errors"

	"vauban/engine/policy"
)

// syntax reports a text that is no JSON, or repeats a name in an object, or is nested or long beyond measure.
func (c *checker) syntax(err error) {
	at := 0
	var s *policy.SyntaxError
	if errors.As(err, &s) && s.Line > 0 && s.Line <= len(c.positions.lines) {
		at = c.positions.lines[s.Line-1]
		for n := s.Column - 1; n > 0 && at < len(c.text); n-- {
			for at++; at < len(c.text) && c.text[at]&0xC0 == 0x80; at++ {
			}
		}
	}
	p := c.positions.at(at)
	c.at("JSON_SYNTAX_ERROR", place{from: at, to: at}, p.Offset, p.Line, p.Column)
}

// is checks the type of a value.
func (c *checker) is(p place, t policy.JSONType) bool {
	if p.Type == t {
		return true
	}
	c.at("DATA_TYPE_MISMATCH", p, t)
	return false
}

// document checks the elements of the policy itself, then its statements.
func (c *checker) document(root place) {
	if !c.is(root, policy.JSONObject) {
		return
	}
	c.size(root)
	for i := range root.Members {
		m := &root.Members[i]
		switch m.Name {
		case "Version", "Statement":
		case "Id":
			if c.is(root.value(m), policy.JSONString) {
				c.noVariables(root.value(m))
			}
		default:
			c.at("INVALID_POLICY_ELEMENT", root.key(m), m.Name)
		}
	}
	c.version(root)
	list, ok := root.get("Statement")
	if !ok || list.Type == policy.JSONArray && len(list.Items) == 0 {
		if !ok {
			list = root
		}
		c.at("MISSING_STATEMENT", list)
		return
	}
	var statements []*statement
	for _, p := range list.items() {
		if c.is(p, policy.JSONObject) {
			statements = append(statements, newStatement(p))
		}
	}
	for _, s := range statements {
		for _, check := range statementChecks() {
			check(c, s)
		}
	}
	c.statementIDs(statements)
	c.redundantStatements(statements)
}

func (c *checker) version(root place) {
	v, ok := root.get("Version")
	if !ok {
		c.at("MISSING_VERSION", root)
		return
	}
	if !c.is(v, policy.JSONString) {
		return
	}
	c.variables = v.Text == policy.Version2012
	if v.Text != policy.Version2008 && v.Text != policy.Version2012 {
		c.variables = true // one fault is enough
		c.at("INVALID_VERSION", v, v.Text)
	}
}

// size compares the length of the policy with the quota of its kind.
func (c *checker) size(root place) {
	all, bare := c.positions.char(len(c.text)), policy.Size([]byte(c.text))
	switch c.kind.Policy {
	case Identity:
		if bare > policy.ManagedPolicySize {
			c.at("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", root, bare, policy.ManagedPolicySize)
		}
	case Resource:
		if a := attachmentOf(c.kind.ResourceType); a.size > 0 && all > a.size {
			c.at("POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", root, all, a.size)
		}
	case Trust:
		if bare > policy.TrustPolicySize {
			c.at("POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", root)
		}
	case SCP:
		if all > policy.ServiceControlSize {
			c.at("POLICY_SIZE_EXCEEDS_SCP_QUOTA", root, all, policy.ServiceControlSize)
		}
	case RCP:
		if all > policy.ResourceControlSize {
			c.at("POLICY_SIZE_EXCEEDS_RCP_QUOTA", root, all, policy.ResourceControlSize)
		}
	}
}
