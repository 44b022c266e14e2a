package lint

import (
	"strings"

	"vauban/engine/policy"
)

// serviceKeys checks keys that need another beside them, or mean less than they seem to.
func (c *checker) serviceKeys(s *statement) {
	for _, k := range s.conditions {
		switch strings.ToLower(k.key) {
		case "aws:referer", "aws:useragent":
			c.at("UNTRUSTWORTHY_CONDITION_KEY", k.at, k.key)
		case "aws:vpcsourceip":
			if !s.has("aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn") {
				c.at("MISSING_PAIRED_CONDITION_KEYS", k.at, k.key, "aws:SourceVpc")
			}
		case "aws:ec2instancesourceprivateipv4":
			if !s.has("aws:Ec2InstanceSourceVpc") {
				c.at("MISSING_PAIRED_CONDITION_KEYS", k.at, k.key, "aws:Ec2InstanceSourceVpc")
			}
		case "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths":
			if s.allServices() {
				c.at("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", k.at, k.key)
			}
		case "dynamodb:attributes":
			if s.effect == "Allow" && !s.holds("dynamodb:Select", policy.StringEquals, "SPECIFIC_ATTRIBUTES") && !s.has("dynamodb:Select") {
				c.at("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", k.at)
			}
		case "s3:prefix":
			if k.known && familyOf(k.operator.Comparison) == "String" && (s.effect == "Deny") != k.operator.Negated && s.effect != "" {
				c.at("S3_PREFIX_IN_NEGATIVE_CONTEXT", k.at)
			}
		}
	}
}

// allServices says that the statement is not about the actions of certain services.
func (s *statement) allServices() bool {
	if s.notAction {
		return true
	}
	for _, a := range s.actions {
		if a.Text == "*" {
			return true
		}
	}
	return false
}
