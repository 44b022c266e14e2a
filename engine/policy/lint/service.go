package lint

import "strings"

// services checks what a resource policy grants to AWS services. IAM User Guide: "The confused deputy problem".
func (c *checker) services(s *statement) {
	if c.kind.Policy != Resource || c.mayTrust(s) || s.effect != "Allow" || s.notPrincipal {
		return
	}
	var services []principal
	for _, p := range s.principals {
		if p.kind == "Service" {
			services = append(services, p)
		}
	}
	if len(services) == 0 {
		return
	}
	if len(services) == len(s.principals) {
		c.principalKeys(s, services[0])
	}
	if s.has("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths") {
		return
	}
	for _, k := range s.conditions {
		if oneOf(k.key, "aws:Referer") {
			name, _, _ := strings.Cut(services[0].Text, ".")
			c.at("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", k.at, name, k.key)
			return
		}
	}
	for _, p := range services {
		c.at("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", p.place)
	}
}

// principalKeys reports keys that requests of services do not carry. IAM User Guide: "AWS global condition context keys", properties of the
// principal.
func (c *checker) principalKeys(s *statement, p principal) {
	at := []place{p.place}
	var names []string
	for _, k := range s.conditions {
		if !k.known || k.operator.IfExists || k.operator.Negated {
			continue
		}
		if oneOf(k.key, "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:username") || hasPrefixFold(k.key, "aws:PrincipalTag/") {
			at = append(at, k.at)
			names = append(names, k.key)
		}
	}
	if names != nil {
		c.report("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", at, strings.Join(names, ", "))
	}
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
