package lint

import (
	"strings"

	"vauban/engine/policy"
)

// principalElement checks Principal and NotPrincipal.
func (c *checker) principalElement(s *statement) {
	for _, name := range []string{"Principal", "NotPrincipal"} {
		p, ok := s.get(name)
		if !ok {
			continue
		}
		switch c.kind.Policy {
		case Identity:
			c.at("UNSUPPORTED_PRINCIPAL", p, "IDENTITY_POLICY")
		case SCP:
			c.at("SCP_SYNTAX_ERROR_PRINCIPAL", p)
		case RCP:
			if name == "NotPrincipal" || !isEverybody(p) {
				c.at("RCP_SYNTAX_ERROR_PRINCIPAL", p)
			}
		default:
			if name == "NotPrincipal" {
				c.notPrincipal(s, p)
			}
			c.principals(s, p)
		}
	}
}

// isEverybody recognises "*" and {"AWS": "*"}.
func isEverybody(p place) bool {
	if p.Type == policy.JSONString {
		return p.Text == "*"
	}
	if len(p.Members) != 1 || p.Members[0].Name != "AWS" {
		return false
	}
	list := p.value(&p.Members[0]).items()
	return len(list) == 1 && list[0].Text == "*" && list[0].Type == policy.JSONString
}

func (c *checker) notPrincipal(s *statement, p place) {
	switch {
	case c.mayTrust(s):
		c.at("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", p)
	case s.effect == "Allow":
		c.at("ALLOW_WITH_NOT_PRINCIPAL", p)
	}
}

// principals checks the form of the element and of the principals in it.
func (c *checker) principals(s *statement, p place) {
	switch {
	case p.Type == policy.JSONString && p.Text == "*":
		if c.kind.Policy == Trust {
			c.at("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", p)
		}
		return
	case p.Type != policy.JSONObject:
		c.at("INVALID_PRINCIPAL_FORMAT", p)
		return
	case len(p.Members) == 0:
		c.at("EMPTY_OBJECT_PRINCIPAL", p)
		return
	}
	for i := range p.Members {
		m := &p.Members[i]
		v := p.value(m)
		switch m.Name {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			c.at("INVALID_PRINCIPAL_KEY", p.key(m), m.Name)
			continue
		}
		if !c.isStrings(v) {
			continue
		}
		if len(v.items()) == 0 {
			c.at("EMPTY_ARRAY_PRINCIPAL", v)
		}
		for _, t := range v.strings() {
			c.principal(s, principal{t, m.Name})
		}
	}
}

func (c *checker) principal(s *statement, p principal) {
	if !c.noVariables(p.place) {
		return
	}
	if strings.ContainsAny(p.Text, "*?") && (p.kind != "AWS" || p.Text != "*") {
		c.at("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", p.place, p.kind)
		return
	}
	switch p.kind {
	case "AWS":
		switch {
		case isUniqueID(p.Text, "AROA"):
			c.at("INVALID_ROLE_REFERENCE", p.place, p.Text)
		case isUniqueID(p.Text, "AIDA"):
			c.at("INVALID_USER_REFERENCE", p.place, p.Text)
		}
	case "Service":
		if !isServicePrincipal(p.Text) {
			c.at("INVALID_SERVICE_PRINCIPAL_FORMAT", p.place, "service-name.amazonaws.com")
		}
	case "Federated":
		if c.kind.Policy == Resource && !c.mayTrust(s) {
			c.at("FEDERATED_PRINCIPAL_NOT_SUPPORTED", p.place)
		}
	}
}

// isUniqueID recognises the unique IDs of IAM. IAM User Guide: "IAM identifiers", unique identifiers.
func isUniqueID(s, prefix string) bool {
	if !strings.HasPrefix(s, prefix) || len(s) < 16 {
		return false
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// isServicePrincipal knows the forms of service principals, in lower case.
func isServicePrincipal(s string) bool {
	if s != strings.ToLower(s) {
		return false
	}
	for _, suffix := range []string{".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal", ".c2s.ic.gov", ".sc2s.sgov.gov", ".amazonaws.eu"} {
		if name, ok := strings.CutSuffix(s, suffix); ok && isDomain(name+".x") {
			return true
		}
	}
	return false
}

// isDomain recognises labels of letters, digits and hyphens with dots between them, at least two, and what may follow in a path.
func isDomain(s string) bool {
	host, _, _ := strings.Cut(s, "/")
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" {
			return false
		}
		for i := range len(l) {
			if ch := l[i] | 0x20; (ch < 'a' || ch > 'z') && (l[i] < '0' || l[i] > '9') && l[i] != '-' && l[i] != '_' {
				return false
			}
		}
	}
	return len(labels) > 1
}
