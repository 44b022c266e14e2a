package lint

import (
	"strings"

	"vauban/engine/policy"
)

// attachment is what a resource policy can be attached to, where the kind says so.
type attachment struct {
	name    string // in AWS's findings
	service string
	types   []string // resource types of the service that the policy speaks of
	size    int      // quota in characters
}

func attachmentOf(resourceType string) attachment {
	switch resourceType {
	case "AWS::S3::Bucket":
		return attachment{"S3 Bucket", "s3", []string{"bucket", "object"}, policy.BucketPolicySize}
	case "AWS::S3::AccessPoint":
		return attachment{"S3 Access Point", "s3", []string{"accesspoint", "accesspointobject", "object", "bucket"}, policy.BucketPolicySize}
	case "AWS::S3::MultiRegionAccessPoint":
		return attachment{"S3 Multi-Region Access Point", "s3", []string{"multiregionaccesspoint", "object", "bucket", "accesspoint", "accesspointobject"}, policy.BucketPolicySize}
	case "AWS::S3ObjectLambda::AccessPoint":
		return attachment{"S3 Object Lambda Access Point", "s3-object-lambda", []string{"objectlambdaaccesspoint"}, policy.BucketPolicySize}
	case "AWS::DynamoDB::Table":
		return attachment{"DynamoDB Table", "dynamodb", []string{"table", "index", "stream"}, policy.BucketPolicySize}
	}
	return attachment{}
}

// attachment checks that actions and resources are those of what the policy is attached to.
func (c *checker) attachment(s *statement) {
	a := attachmentOf(c.kind.ResourceType)
	if c.kind.Policy != Resource || a.name == "" {
		return
	}
	for _, p := range s.actions {
		if p.Text != "*" && !c.attachedAction(a, p.Text) {
			c.at("UNSUPPORTED_ACTION_IN_POLICY", p, p.Text, a.name)
		}
	}
	for _, p := range s.resources {
		if f := fields(p.Text); f.text[0] != "arn" && p.Text != "*" || f.n < 6 && p.Text != "*" {
			continue // reported already
		} else if f.text[2] != a.service || c.kind.ResourceType == "AWS::S3::Bucket" && f.text[3]+f.text[4] != "" {
			c.at("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", p, a.name)
		}
	}
	for _, k := range s.conditions {
		if a.service == "s3" && oneOf(k.key, "s3:ResourceAccount") {
			c.at("IRRELEVANT_CONDITION_KEY_IN_POLICY", k.at, k.key, a.name)
		}
	}
}

// attachedAction reports whether the action can be granted on the attachment's types. Actions that do not exist are reported elsewhere, and
// of patterns only the service is judged.
func (c *checker) attachedAction(a attachment, text string) bool {
	prefix, _, _ := strings.Cut(text, ":")
	if !strings.EqualFold(prefix, a.service) {
		return false
	}
	action, ok := c.cat.Action(text)
	if !ok {
		return true
	}
	for _, use := range action.Resources {
		if oneOf(use.Type, a.types...) {
			return true
		}
	}
	return false
}
