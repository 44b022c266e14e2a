package lint

import (
	"strings"

	"vauban/engine/catalog"
	"vauban/engine/glob"
	"vauban/engine/policy"
)

// actionElement checks what stands in Action or NotAction.
func (c *checker) actionElement(s *statement) {
	for _, name := range []string{"Action", "NotAction"} {
		p, ok := s.get(name)
		if !ok || !c.isStrings(p) {
			continue
		}
		if len(p.items()) == 0 {
			c.at("EMPTY_ARRAY_ACTION", p)
			continue
		}
		list := p.strings()
		for _, a := range list {
			if c.noVariables(a) {
				c.action(a)
			}
		}
		redundant := c.covered(list, func(a, b string) bool { return c.covers(strings.ToLower(a), strings.ToLower(b)) })
		if len(redundant) > 0 {
			c.report("REDUNDANT_ACTION", redundant, len(redundant), redundant[0].Text)
		}
	}
}

// isStrings checks that a value is a string or a list of strings.
func (c *checker) isStrings(p place) bool {
	ok := true
	for _, i := range p.items() {
		ok = c.is(i, policy.JSONString) && ok
	}
	return ok
}

func (c *checker) action(p place) {
	if p.Text == "*" {
		return
	}
	prefix, name, ok := strings.Cut(p.Text, ":")
	if !ok || strings.Contains(name, ":") {
		c.at("INVALID_ACTION", p, p.Text, "")
		return
	}
	service, ok := c.cat.Service(prefix)
	switch {
	case !ok:
		c.at("INVALID_SERVICE_IN_ACTION", p, prefix, didYouMean("", c.nearest(prefix, servicePrefixes(c.cat))))
	case !c.anyAction(service, name):
		c.at("INVALID_ACTION", p, p.Text, c.betterAction(service, name))
	}
}

func servicePrefixes(cat *catalog.Catalog) []string {
	var out []string
	for _, s := range cat.Services() {
		out = append(out, s.Prefix)
	}
	return out
}

func didYouMean(prefix, name string) string {
	if name == "" {
		return ""
	}
	return " Did you mean " + prefix + name + "?"
}

// anyAction reports whether the service has an action that the name, perhaps a pattern, matches.
func (c *checker) anyAction(service *catalog.Service, name string) bool {
	if !strings.ContainsAny(name, "*?") {
		_, ok := service.Action(name)
		return ok
	}
	pattern := glob.Compile(strings.ToLower(name))
	for i := range service.Actions {
		if !c.spend(len(name)) || pattern.MatchFold(service.Actions[i].Name) {
			return true
		}
	}
	return false
}

// betterAction proposes an action for one that does not exist: the one that authorises the API operation of that name, or the nearest by
// spelling.
func (c *checker) betterAction(service *catalog.Service, name string) string {
	if a := authorising(service.Prefix, name); a != "" {
		return " Did you mean " + a + "? The API called " + name + " authorizes against the IAM action " + a + "."
	}
	if strings.ContainsAny(name, "*?") {
		return ""
	}
	names := make([]string, len(service.Actions))
	for i := range service.Actions {
		names[i] = service.Actions[i].Name
	}
	return didYouMean(service.Prefix+":", c.nearest(name, names))
}

// authorising is the action that authorises an API operation of another name. Service Authorization Reference: "Actions, resources, and
// condition keys for Amazon S3", "… for AWS Lambda"; Amazon S3 User Guide: "Required permissions for Amazon S3 API operations".
func authorising(service, operation string) string {
	switch service + ":" + operation {
	case "s3:ListBuckets":
		return "s3:ListAllMyBuckets"
	case "s3:HeadObject":
		return "s3:GetObject"
	case "s3:HeadBucket", "s3:ListObjects", "s3:ListObjectsV2":
		return "s3:ListBucket"
	case "s3:ListObjectVersions":
		return "s3:ListBucketVersions"
	case "s3:DeleteObjects":
		return "s3:DeleteObject"
	case "s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload":
		return "s3:PutObject"
	case "s3:ListParts":
		return "s3:ListMultipartUploadParts"
	case "s3:ListMultipartUploads":
		return "s3:ListBucketMultipartUploads"
	case "s3:GetBucketEncryption":
		return "s3:GetEncryptionConfiguration"
	case "s3:PutBucketEncryption", "s3:DeleteBucketEncryption":
		return "s3:PutEncryptionConfiguration"
	case "s3:GetBucketLifecycleConfiguration":
		return "s3:GetLifecycleConfiguration"
	case "s3:PutBucketLifecycleConfiguration", "s3:DeleteBucketLifecycle":
		return "s3:PutLifecycleConfiguration"
	case "s3:GetPublicAccessBlock":
		return "s3:GetBucketPublicAccessBlock"
	case "s3:PutPublicAccessBlock", "s3:DeletePublicAccessBlock":
		return "s3:PutBucketPublicAccessBlock"
	case "s3:GetObjectLockConfiguration":
		return "s3:GetBucketObjectLockConfiguration"
	case "lambda:Invoke":
		return "lambda:InvokeFunction"
	}
	return ""
}

// nearest is the name with the fewest changed letters, when they are few for its length.
func (c *checker) nearest(name string, names []string) string {
	best, least := "", len(name)/4+2
	for _, n := range names {
		if d := len(n) - len(name); d >= least || -d >= least {
			continue
		}
		if !c.spend(len(n) * len(name)) {
			return best
		}
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or change to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
