package lint

import (
	"strings"

	"vauban/engine/arn"
)

// resourceElement checks what stands in Resource or NotResource.
func (c *checker) resourceElement(s *statement) {
	for _, name := range []string{"Resource", "NotResource"} {
		p, ok := s.get(name)
		if !ok || !c.isStrings(p) {
			continue
		}
		if len(p.items()) == 0 {
			c.at("EMPTY_ARRAY_RESOURCE", p)
			continue
		}
		list := p.strings()
		for _, r := range list {
			c.checkVariables(r)
			c.resource(r)
		}
		if redundant := c.covered(list, c.coversARN); len(redundant) > 0 {
			c.report("REDUNDANT_RESOURCE", redundant, len(redundant))
		}
	}
}

// resource checks one resource: its fields first, then the whole against what its service has.
func (c *checker) resource(p place) {
	if p.Text == "*" || c.kind.Policy == Resource && strings.HasPrefix(p.Text, "execute-api:/") {
		return // API Gateway's own short form in its resource policies
	}
	f := fields(p.Text)
	switch {
	case f.text[0] != "arn":
		c.at("INVALID_ARN_PREFIX", p)
		return
	case f.n < 6 || f.text[5] == "":
		c.at("MISSING_ARN_FIELD", p)
		return
	}
	service := f.text[2]
	if !isOpen(f.text[1]) && !oneOf(f.text[1], partitions()...) {
		c.at("INVALID_PARTITION", f.field(p, 1), service, f.text[1], strings.Join(partitions(), ", "))
	}
	c.account(p, f)
	if !isOpen(f.text[3]) && f.text[3] != "" && !isRegion(f.text[3]) {
		c.at("INVALID_ARN_REGION", f.field(p, 3), f.text[3])
	}
	switch {
	case strings.ContainsAny(literal(service), "*?"):
		c.at("WILDCARD_IN_SERVICE_NAME", f.field(p, 2))
	case isOpen(service):
	case len(c.formatsOf(service)) > 0:
		c.format(p, f)
	case service != strings.ToLower(service) && len(c.formatsOf(strings.ToLower(service))) > 0:
		c.at("INVALID_ARN_SERVICE_CASE", f.field(p, 2), service)
	default:
		if _, ok := c.cat.Service(service); !ok {
			c.at("INVALID_SERVICE", f.field(p, 2), service)
		}
	}
}

// isOpen says that a field stands for several values.
func isOpen(s string) bool { return strings.ContainsAny(s, "*?") || strings.Contains(s, "${") }

// account checks the account of a resource. AWS's own resources carry the name of their owner: policies have "aws".
func (c *checker) account(p place, f arnFields) {
	a := f.text[4]
	if a == "" || isOpen(a) || arn.IsAccount(a) || oneOf(a, "aws", "amazon", "aws-marketplace", "third-party", "cloudfront") {
		return
	}
	c.at("INVALID_ARN_ACCOUNT", f.field(p, 4), a)
}

// format holds the ARN against the formats of the service's resource types.
func (c *checker) format(p place, f arnFields) {
	var fit []format
	for _, t := range c.formatsOf(f.text[2]) {
		if c.overlap(f.text[5], t.resource) {
			fit = append(fit, t)
		}
	}
	if len(fit) == 0 {
		c.at("INVALID_ARN_RESOURCE", f.field(p, 5))
		return
	}
	region, account := true, true
	for _, t := range fit {
		region = region && t.region != ""
		account = account && t.account != ""
	}
	none := func(of func(format) string) bool {
		for _, t := range fit {
			if of(t) != "" {
				return false
			}
		}
		return true
	}
	if f.text[3] == "" && region {
		c.at("MISSING_ARN_REGION", p, f.text[2])
	}
	if f.text[3] != "" && f.text[3] != "*" && none(func(t format) string { return t.region }) {
		c.at("ARN_REGION_NOT_ALLOWED", f.field(p, 3), f.text[2])
	}
	if f.text[4] == "" && account {
		c.at("MISSING_ARN_ACCOUNT", p, fit[0].name)
	}
	if f.text[4] != "" && f.text[4] != "*" && none(func(t format) string { return t.account }) {
		c.at("ARN_ACCOUNT_NOT_ALLOWED", f.field(p, 4), f.text[2])
	}
}

func partitions() []string {
	return []string{"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}
}
