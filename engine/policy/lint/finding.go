package lint

import "strings"

// Type is the impact of a finding.
type Type string

// The types, as the API names them. The documentation calls WARNING "General Warning".
const (
	Error           Type = "ERROR"
	SecurityWarning Type = "SECURITY_WARNING"
	Warning         Type = "WARNING"
	Suggestion      Type = "SUGGESTION"
)

// Finding is one thing that is wrong with a policy, or could be better.
type Finding struct {
	Type          Type       `json:"findingType"`
	IssueCode     string     `json:"issueCode"`
	Details       string     `json:"findingDetails"`
	LearnMoreLink string     `json:"learnMoreLink"`
	Locations     []Location `json:"locations"`
}

// Location is a place in a policy: the way to it, and where it stands in the text.
type Location struct {
	Path []PathElement `json:"path"`
	Span Span          `json:"span"`
}

// PathElement is one step of a path; exactly one member is set. Value goes to the value of a member, Key names the member itself.
type PathElement struct {
	Index     *int       `json:"index,omitempty"`
	Key       *string    `json:"key,omitempty"`
	Value     *string    `json:"value,omitempty"`
	Substring *Substring `json:"substring,omitempty"`
}

// Substring is a part of a string, in characters.
type Substring struct {
	Start  int `json:"start"`
	Length int `json:"length"`
}

// Span is a part of the text; End is the place behind it.
type Span struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Position is a place in the text. Lines are counted from 1, columns and offsets from 0, in characters.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

const reference = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-"

// learnMore is the address of the check in AWS's documentation.
func learnMore(t Type, code string) string {
	kind := "error-"
	switch t {
	case SecurityWarning:
		kind = "security-warning-"
	case Warning:
		kind = "general-warning-"
	case Suggestion:
		kind = "suggestion-"
	}
	return reference + kind + strings.ReplaceAll(strings.ToLower(code), "_", "-")
}
