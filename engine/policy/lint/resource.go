package lint

import (
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
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

// arnFields are the fields of a resource ARN and where they begin. Colons of variables do not divide.
type arnFields struct {
	n    int
	text [6]string
	from [6]int
}

func fields(s string) arnFields {
	f := arnFields{n: 1}
	plain := literal(s)
	for f.n < 6 {
		i := strings.IndexByte(plain[f.from[f.n-1]:], ':')
		if i < 0 {
			break
		}
		f.from[f.n] = f.from[f.n-1] + i + 1
		f.n++
	}
	for i := range f.n {
		to := len(s)
		if i+1 < f.n {
			to = f.from[i+1] - 1
		}
		f.text[i] = s[f.from[i]:to]
	}
	return f
}

// field is the place of one field.
func (f arnFields) field(p place, i int) place { return p.part(f.from[i], f.from[i]+len(f.text[i])) }

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

// format is the format of a resource type's ARN.
type format struct {
	name, region, account string
	resource              string // a pattern: placeholders are *
}

// formatsOf returns the formats whose service is that, of whatever service's types.
func (c *checker) formatsOf(service string) []format {
	if list, ok := c.formats[service]; ok {
		return list
	}
	var list []format
	within := ":" + service + ":"
	for _, s := range c.cat.Services() {
		for i := range s.ResourceTypes {
			t := &s.ResourceTypes[i]
			if !strings.Contains(t.ARN, within) {
				continue
			}
			f := fields(t.ARN)
			if f.n == 6 && f.text[2] == service {
				list = append(list, format{name: t.Name, region: f.text[3], account: f.text[4], resource: opened(f.text[5])})
			}
		}
	}
	c.formats[service] = list
	return list
}

// opened replaces variables by wildcards.
func opened(s string) string {
	list := variablesIn(s)
	if list == nil {
		return s
	}
	var b strings.Builder
	at := 0
	for _, v := range list {
		b.WriteString(s[at:v.from])
		b.WriteByte('*')
		at = v.to
	}
	return b.String() + s[at:]
}

// overlap reports whether some text is matched by both patterns. Without effort left it says yes.
func (c *checker) overlap(a, b string) bool {
	a, b = opened(a), opened(b)
	for i := 0; i < len(a) && i < len(b) && a[i] != '*' && b[i] != '*' && a[i] != '?' && b[i] != '?'; i++ {
		if a[i] != b[i] {
			return false
		}
	}
	if !c.spend(len(a) * len(b)) {
		return true
	}
	// can[j] says whether the rest of a from the row's place and the rest of b from j can match the same text.
	can := make([]bool, len(b)+1)
	for i := len(a); i >= 0; i-- {
		right := false // can of the row before, one place on
		for j := len(b); j >= 0; j-- {
			down := can[j]
			switch {
			case i == len(a) && j == len(b):
				can[j] = true
			case i < len(a) && a[i] == '*':
				can[j] = down || j < len(b) && can[j+1]
			case j < len(b) && b[j] == '*':
				can[j] = can[j+1] || i < len(a) && down
			default:
				can[j] = i < len(a) && j < len(b) && right && (a[i] == b[j] || a[i] == '?' || b[j] == '?')
			}
			right = down
		}
	}
	return can[0]
}

func partitions() []string {
	return []string{"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}
}

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
