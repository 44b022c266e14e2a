package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vauban/engine/catalog"
	"vauban/engine/policy"
)

// Policy is a type of policy.
type Policy uint8

// The types of policy.
const (
	Identity Policy = iota // of a user, group or role; also boundaries and session policies
	Resource               // of a resource; Kind.ResourceType can say of which
	Trust                  // of a role: who may assume it
	SCP                    // service control policy
	RCP                    // resource control policy
)

// Kind is what a policy is for.
type Kind struct {
	Policy Policy
	// ResourceType is what a resource policy is attached to, as CloudFormation names it: AWS::S3::Bucket, AWS::S3::AccessPoint,
	// AWS::S3::MultiRegionAccessPoint, AWS::S3ObjectLambda::AccessPoint or AWS::DynamoDB::Table. Without one the checks that hold for
	// all resource policies are made.
	ResourceType string
}

// KindOf is the kind that ValidatePolicy's parameters policyType and validatePolicyResourceType name; the second may be empty.
func KindOf(policyType, resourceType string) (Kind, bool) {
	switch {
	case policyType == "RESOURCE_POLICY" && resourceType == "AWS::IAM::AssumeRolePolicyDocument":
		return Kind{Policy: Trust}, true
	case policyType == "RESOURCE_POLICY" && (resourceType == "" || attachmentOf(resourceType).name != ""):
		return Kind{Policy: Resource, ResourceType: resourceType}, true
	case resourceType != "":
		return Kind{}, false
	case policyType == "IDENTITY_POLICY":
		return Kind{Policy: Identity}, true
	case policyType == "SERVICE_CONTROL_POLICY":
		return Kind{Policy: SCP}, true
	case policyType == "RESOURCE_CONTROL_POLICY":
		return Kind{Policy: RCP}, true
	}
	return Kind{}, false
}

// effort bounds the work of the comparisons whose price grows faster than the policy. Beyond it they find nothing more: of a policy made to
// be expensive, findings can be missing.
const effort = 10_000_000

// mostFindings bounds the answer: a policy with that many faults is not read to the end.
const mostFindings = 1000

type checker struct {
	kind      Kind
	cat       *catalog.Catalog
	issues    map[string]issue
	positions positions
	text      string
	variables bool // the version knows policy variables
	effort    int
	formats   map[string][]format    // by service, as resource ARNs name it
	keys      map[string]catalog.Key // service keys that were looked up; without a name those that do not exist
	found     []Finding
}

// Check finds what AWS IAM Access Analyzer's ValidatePolicy finds in a policy of that kind, in the order of the text.
func Check(text []byte, kind Kind, cat *catalog.Catalog) []Finding {
	c := &checker{kind: kind, cat: cat, issues: issues(), positions: newPositions(string(text)), text: string(text), effort: effort, formats: map[string][]format{}, keys: map[string]catalog.Key{}}
	root, err := policy.ParseJSON(text)
	if err != nil {
		c.syntax(err)
		return c.found
	}
	c.document(rootOf(root))
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Compare(a.Locations[0].Span.Start.Offset, b.Locations[0].Span.Start.Offset)
	})
	return c.found
}

// report adds a finding at the places, with args in the issue's text.
func (c *checker) report(code string, at []place, args ...any) {
	if len(c.found) >= mostFindings || len(at) == 0 {
		return
	}
	i := c.issues[code]
	code, _, _ = strings.Cut(code, " ")
	f := Finding{Type: i.typ, IssueCode: code, Details: fmt.Sprintf(i.text, args...), LearnMoreLink: learnMore(i.typ, code)}
	for _, p := range at {
		path := p.path
		if path == nil {
			path = []PathElement{}
		}
		f.Locations = append(f.Locations, Location{Path: path, Span: c.positions.span(p.from, p.to)})
	}
	c.found = append(c.found, f)
}

func (c *checker) at(code string, p place, args ...any) { c.report(code, []place{p}, args...) }

// spend takes from the effort that is left and reports whether there was enough.
func (c *checker) spend(n int) bool {
	c.effort -= n
	return c.effort > 0
}

func (k Kind) isOrganization() bool { return k.Policy == SCP || k.Policy == RCP }
