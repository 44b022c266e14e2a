package lint

import (
	"strings"

	"vauban/engine/policy"
)

// organization checks what resource control policies may say. AWS Organizations User Guide: "RCP syntax". Of service control policies
// nothing is left but the principal, since in September 2025 they got the whole language.
func (c *checker) organization(s *statement) {
	if c.kind.Policy != RCP {
		return
	}
	if p, ok := s.get("NotAction"); ok {
		c.at("RCP_SYNTAX_ERROR_NOTACTION", p)
	}
	if s.effect == "Allow" {
		c.allowingRCP(s)
		return
	}
	if !s.notAction {
		for _, a := range s.actions {
			prefix, _, _ := strings.Cut(a.Text, ":")
			if _, known := c.cat.Service(prefix); a.Text == "*" || known && !policy.HasRCPs(prefix) {
				c.at("RCP_SYNTAX_ERROR_ACTION", a)
			}
		}
	}
	c.guards(s)
}

// allowingRCP: only RCPFullAWSAccess allows, and it allows everything.
func (c *checker) allowingRCP(s *statement) {
	p, _ := s.get("Principal")
	r, _ := s.get("Resource")
	_, conditional := s.get("Condition")
	if p.JSON == nil || !isEverybody(p) || r.JSON == nil || len(s.resources) != 1 || s.resources[0].Text != "*" || conditional {
		at, ok := s.get("Effect")
		if ok {
			c.at("RCP_SYNTAX_ERROR_ALLOW", at)
		}
	}
}

// guards wants conditions that keep an RCP from hitting AWS's services, or from hitting everybody else.
func (c *checker) guards(s *statement) {
	for _, k := range s.conditions {
		switch {
		case !k.known || k.operator.Comparison == policy.Null:
		case hasPrefixFold(k.key, "aws:Principal") && !oneOf(k.key, "aws:PrincipalIsAWSService", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"):
			if !s.holds("aws:PrincipalIsAWSService", policy.Bool, "false") {
				c.at("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", k.at, k.key)
			}
		case oneOf(k.key, "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceAccount", "aws:SourceArn"):
			if !s.holds("aws:PrincipalIsAWSService", policy.Bool, "true") {
				c.at("RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", k.at, k.key)
			}
			if oneOf(k.key, "aws:SourceOrgID", "aws:SourceOrgPaths") &&
				!s.holds("aws:SourceAccount", policy.Null, "false") && !s.holds("aws:SourceArn", policy.Null, "false") {
				c.at("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", k.at, k.key)
			}
		}
	}
}

// holds reports whether a condition wants that one value of the key.
func (s *statement) holds(key string, op policy.Comparison, value string) bool {
	for _, k := range s.conditions {
		if k.known && k.operator.Comparison == op && !k.operator.Negated && strings.EqualFold(k.key, key) && len(k.values) == 1 && strings.EqualFold(k.values[0].Text, value) {
			return true
		}
	}
	return false
}
