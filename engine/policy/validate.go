package policy

import (
	"fmt"
	"strconv"
)

// Kind is what a policy is for. It decides what may stand in it.
type Kind uint8

// The kinds of policy.
const (
	IdentityPolicy        Kind = iota // managed or inline
	BoundaryPolicy                    // a managed policy in use as a boundary
	SessionPolicy                     // passed when a session is made
	TrustPolicy                       // of a role
	ResourcePolicy                    // of a bucket, key, queue, topic, secret, …
	EndpointPolicy                    // of a VPC endpoint
	ServiceControlPolicy              // of an organization, root, unit or account
	ResourceControlPolicy             // the same for resources
)

// The codes of a ValidationError, as IAM and Organizations name them. Services that call them otherwise translate.
const (
	CodeMalformed       = "MalformedPolicyDocument"
	CodeMalformedOrg    = "MalformedPolicyDocumentException"
	CodeLimitExceeded   = "LimitExceeded"
	malformedForOrg     = "The provided policy document does not meet the requirements of the specified policy type."
	syntaxErrors        = "Syntax errors in policy."
	legacyParsingFailed = "The policy failed legacy parsing"
)

// ValidationError is a policy that AWS would not store, in AWS's words.
type ValidationError struct {
	Position
	Code      string
	Message   string
	Detail    string // what AWS's message leaves out; for people, not for the wire
	Principal string // the principal that does not exist or is none, if that is what is wrong
}

func (e *ValidationError) Error() string {
	s := fmt.Sprintf("policy: %s: %s", e.Code, e.Message)
	if e.Line > 0 {
		s += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Checks are what Validate cannot know by itself. The zero value checks the text alone.
type Checks struct {
	// Exists says whether the user, role, account (12 digits or a root ARN), unique ID, identity provider or service exists. Nil
	// takes every well-formed principal as existing.
	Exists func(t PrincipalType, text string) bool
	// MaxSize is the quota for a trust policy; 0 means TrustPolicySize.
	MaxSize int
}

// Validate parses a policy and says whether AWS would store it as a policy of that kind. An error is of type *ValidationError; of
// several faults it reports the one that AWS reports. Sizes that depend on more than the text are the caller's to check.
func Validate(kind Kind, text []byte, checks Checks) (*Document, error) {
	switch kind {
	case TrustPolicy, ResourcePolicy, EndpointPolicy:
		return validateNamed(kind, text, checks)
	case ServiceControlPolicy, ResourceControlPolicy:
		return validateControl(kind, text)
	}
	return validateIdentity(kind, text)
}

// CheckManagedSize says whether the text fits the quota of a managed policy.
func CheckManagedSize(text []byte) error {
	return checkSize(text, "PolicySize", ManagedPolicySize)
}

// InlineSizeExceeded is the error for inline policies that together are too large for their owner: "user", "group" or "role".
func InlineSizeExceeded(owner, name string, quota int) error {
	return &ValidationError{Code: CodeLimitExceeded, Message: fmt.Sprintf("Maximum policy size of %d bytes exceeded for %s %s", quota, owner, name)}
}

func checkSize(text []byte, quota string, limit int) error {
	if n := Size(text); n > limit {
		return &ValidationError{
			Code: CodeLimitExceeded, Message: "Cannot exceed quota for " + quota + ": " + strconv.Itoa(limit),
			Detail: fmt.Sprintf("the policy has %d characters", n),
		}
	}
	return nil
}

func malformed(p Position, format string, args ...any) *ValidationError {
	return &ValidationError{Position: p, Code: CodeMalformed, Message: fmt.Sprintf(format, args...)}
}

// syntaxError puts a fault that AWS does not describe into the words that it uses.
func syntaxError(err error, message string) *ValidationError {
	v := &ValidationError{Code: CodeMalformed, Message: message, Detail: err.Error()}
	if s, ok := err.(*SyntaxError); ok {
		v.Position, v.Detail = s.Position, s.Message
	}
	return v
}

// statementsOf returns the statements of a policy as they stand, one or a list.
func statementsOf(root *node) []*node {
	s := root.member("Statement")
	switch {
	case s == nil:
		return nil
	case s.kind == arrayNode:
		return s.items
	}
	return []*node{s}
}

// stringsOf returns the strings of an element, one or a list, without what is no string.
func stringsOf(n *node) []*node {
	switch {
	case n == nil:
		return nil
	case n.kind == stringNode:
		return []*node{n}
	}
	var out []*node
	for _, i := range n.items {
		if i.kind == stringNode {
			out = append(out, i)
		}
	}
	return out
}

// either returns the first member that is present.
func (n *node) either(a, b string) *node {
	if m := n.member(a); m != nil {
		return m
	}
	return n.member(b)
}
